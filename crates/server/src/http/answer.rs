//! Answers in the envelope.

use api::{Detail, ErrorBody, ErrorCode, Failure, Success};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::etag::{etag, not_modified};
use crate::service::{Call, Rendered, Written};

/// What a write shall answer: the envelope, the version as `ETag`, and where a new thing stands.
pub fn rendered<T: Serialize>(status: StatusCode, data: T, version: Option<u64>, location: Option<String>) -> Rendered {
    warned(status, data, Vec::new(), version, location)
}

/// The same, with what one should know beside the answer.
pub fn warned<T: Serialize>(
    status: StatusCode,
    data: T,
    warnings: Vec<Detail>,
    version: Option<u64>,
    location: Option<String>,
) -> Rendered {
    enveloped(status, &Success::with(data, warnings), version, location)
}

/// What a write shall answer, in its envelope.
pub fn enveloped<T: Serialize>(
    status: StatusCode,
    envelope: &T,
    version: Option<u64>,
    location: Option<String>,
) -> Rendered {
    let etag = version.map(|version| (header::ETAG.to_string(), format!("\"{version}\"")));
    let location = location.map(|location| (header::LOCATION.to_string(), location));
    Rendered {
        status: status.as_u16(),
        headers: etag.into_iter().chain(location).collect(),
        body: serde_json::to_vec(envelope).unwrap_or_default(),
    }
}

/// The status of a write that makes something; of a dry run, which makes nothing, 200.
pub fn made(call: &Call, status: StatusCode) -> StatusCode {
    if call.dry_run { StatusCode::OK } else { status }
}

/// What a repeat is told of a write whose answer showed a secret.
pub fn shown_once(message: String) -> Rendered {
    let error = ErrorBody { code: ErrorCode::Conflict, message, details: Vec::new() };
    Rendered {
        status: error.code.status(),
        headers: Vec::new(),
        body: serde_json::to_vec(&Failure { success: false, error }).unwrap_or_default(),
    }
}

/// The answer to a read of something that has a version: 304 when the caller has it already.
pub fn versioned<T: Serialize>(request: &HeaderMap, version: u64, data: T) -> Response {
    let mut response = if not_modified(request, version) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        axum::Json(Success::of(data)).into_response()
    };
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}
