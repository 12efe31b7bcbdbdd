//! The only map from errors to answers.

use api::{Detail, ErrorBody, ErrorCode, Failure};
use axum::response::{IntoResponse, Response};
use domain::{CompanyId, Refusal, RefusalCode};
use http::{HeaderValue, StatusCode, header};
use store::StoreError;

use super::catalog::FromBreach;
use crate::service::{RollOutError, WriteError};

/// What callers without a valid credential are told, whatever is wrong with it (requirements 004 §22.3).
const NO_CREDENTIALS: &str = "missing or invalid internal credentials";

/// How long a caller should wait before it asks again, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The code, which decides the status.
    pub code: ErrorCode,
    /// One sentence.
    pub message: String,
    /// Every broken rule.
    pub details: Vec<Detail>,
}

impl Problem {
    /// A problem without details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// A bad request because of one field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let details = vec![Detail::new(field, message.clone())];
        Self { code: ErrorCode::ValidationError, message, details }
    }

    /// A bad request because of several fields; `details` is not empty.
    pub fn invalid_fields(details: Vec<Detail>) -> Self {
        let first = details.first().map_or_else(String::new, |detail| detail.message.clone());
        let message = match details.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more, see details)", count - 1),
        };
        Self { code: ErrorCode::ValidationError, message, details }
    }

    /// No valid credential.
    pub fn unauthorized() -> Self {
        Self::new(ErrorCode::Unauthorized, NO_CREDENTIALS)
    }

    /// No such company.
    pub fn company_not_found() -> Self {
        Self::new(ErrorCode::NotFound, "company not found")
    }

    /// The company has not come to the version that a read asks for: the database was asked, and knows of no later one.
    pub fn version_not_reached(company: CompanyId, has: u64, asked: u64) -> Self {
        let message = format!(
            "company `{company}` has version {has}, and `atLeastVersion` asks for {asked}: ask for a version that a write answered, and where one \
             did, the database is another one now; drop what was kept of it"
        );
        let details =
            vec![Detail::new("atLeastVersion", format!("{asked} is larger than version {has} of the company"))];
        Self { code: ErrorCode::Conflict, message, details }
    }

    /// Not now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ServiceUnavailable, message)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.code {
            RefusalCode::Validation => ErrorCode::ValidationError,
            RefusalCode::NotFound => ErrorCode::NotFound,
            RefusalCode::Conflict => ErrorCode::Conflict,
            RefusalCode::Forbidden => ErrorCode::Forbidden,
        };
        Self {
            code,
            message: refusal.message,
            details: refusal.breaches.into_iter().map(Detail::from_breach).collect(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable("the database is unavailable; ask again"),
            StoreError::OutcomeUnknown(_) => Self::unavailable(
                "the outcome of the write is unknown; repeat it with the same Idempotency-Key, or read before you write again",
            ),
            StoreError::Schema { .. } => Self::unavailable("the database has another schema version than this program"),
            StoreError::Defect(_) => Self::from_defect(&error),
        }
    }
}

impl From<RollOutError> for Problem {
    fn from(error: RollOutError) -> Self {
        match error {
            RollOutError::Refused(refusal) => refusal.into(),
            RollOutError::Write(error) => error.into(),
            RollOutError::Store(error) => error.into(),
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        let message = error.to_string();
        match error {
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Precondition { .. } => Self::new(ErrorCode::PreconditionFailed, message),
            WriteError::KeyReused | WriteError::KeyBusy => Self::new(ErrorCode::Conflict, message),
            WriteError::Contended => Self::unavailable(message),
            WriteError::Store(error) => error.into(),
            WriteError::Defect(_) => Self::from_defect(&error),
        }
    }
}

impl Problem {
    /// A defect of ours: the log says what, the caller only learns that.
    pub fn from_defect(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "defect");
        Self::new(ErrorCode::InternalError, "internal error; the request id leads to its log line")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = ErrorBody { code: self.code, message: self.message, details: self.details };
        let mut response = (status, axum::Json(Failure { success: false, error })).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"platform-core\""));
            }
            _ => {}
        }
        response
    }
}
