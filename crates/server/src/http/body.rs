//! Bodies: what is sent, and what is read.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use api::{Detail, ErrorCode};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use serde::de::DeserializeOwned;

use super::{App, Problem};
use crate::{
    listener::{BodyError, read_body},
    wire::{further_mistakes, names_unknown_field},
};

/// The body of an answer: whole, or whatever the router made.
pub enum Body {
    /// Whole.
    Whole(Full<Bytes>),
    /// From the router.
    Routed(axum::body::Body),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)))
            }
            Self::Routed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Routed(body) => body.size_hint(),
        }
    }
}

/// The routes that take a whole catalog.
const WHOLE_CATALOGS: [&str; 2] = ["/internal/catalog/plan", "/internal/catalog/apply"];

/// The largest catalog document, in bytes: about ten thousand entries.
const MAX_CATALOG_BYTES: usize = 4 * 1024 * 1024;

/// A request's body, whole, within its limit and deadline.
pub struct WholeBody(pub Bytes);

impl FromRequest<Arc<App>> for WholeBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let is_catalog = WHOLE_CATALOGS.contains(&request.uri().path());
        let limit = app.limits.max_body_bytes.max(if is_catalog { MAX_CATALOG_BYTES } else { 0 });
        let deadline = app.limits.body_deadline;
        let read = read_body(request.into_body(), limit, deadline).await;
        read.map(Self).map_err(|error| {
            let message = error.to_string();
            match error {
                BodyError::TooLarge { .. } => Problem::new(ErrorCode::PayloadTooLarge, message),
                BodyError::Slow => Problem::new(ErrorCode::RequestTimeout, message),
                BodyError::Broken => Problem::invalid("body", message),
            }
        })
    }
}

/// Refuses a body that does not call itself JSON.
///
/// # Errors
/// `unsupported_media_type`.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::UnsupportedMediaType, "the body must be sent as Content-Type: application/json"))
}

/// Reads a JSON body: unknown and duplicate fields, wrong types and anything after the end are refused, naming the field; of a document, at
/// least one for each entry that has any.
///
/// # Errors
/// A validation problem.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A list would be read as the fields in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("body", "the body must be a JSON object, not a list"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|first| {
        let mut problem = json_problem(first.path(), first.inner());
        let is_unknown = names_unknown_field(first.inner());
        let further = further_mistakes::<T>(bytes, first.path(), is_unknown);
        let details = further.iter().flat_map(|mistake| json_problem(mistake.path(), mistake.inner()).details);
        problem.details.extend(details);
        problem
    })?;
    deserializer.end().map_err(|error| json_problem_at(".", &error))?;
    Ok(value)
}

fn json_problem(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Problem {
    json_problem_at(&path.to_string(), error)
}

fn json_problem_at(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let named = |prefix: &str| what.strip_prefix(prefix)?.split('`').next().map(ToOwned::to_owned);
    let at_root = path == "." || path.is_empty();
    let (field, message) = if let Some(field) = named("missing field `") {
        let message = format!("{field} is required");
        (field, message)
    } else if let Some(field) = named("unknown field `") {
        (field, what.to_owned())
    } else if let Some(field) = named("duplicate field `") {
        let message = format!("field `{field}` stands twice");
        (field, message)
    } else if error.is_data() && !at_root {
        (path.to_owned(), format!("{path}: {what}"))
    } else if error.is_data() {
        ("body".to_owned(), format!("the body is not what is expected here: {what}"))
    } else {
        ("body".to_owned(), format!("the body is not valid JSON: {text}"))
    };
    Problem { code: ErrorCode::ValidationError, message: message.clone(), details: vec![Detail::new(field, message)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: DeserializeOwned>(body: &str) -> String {
        from_json::<T>(body.as_bytes()).err().map_or_else(|| "fine".to_owned(), |problem| problem.message)
    }

    #[test]
    fn a_bad_body_says_what_is_wrong_with_which_field() {
        use api::request::SetAddon;
        assert_eq!(message::<SetAddon>(r#"{"addonKey":"finance","status":"active"}"#), "fine");
        assert_eq!(message::<SetAddon>(r#"{"status":"active"}"#), "addonKey is required");
        assert!(message::<SetAddon>(r#"{"addonKey":"a","status":"on"}"#).starts_with("status: unknown variant `on`"));
        assert!(message::<SetAddon>(r#"{"addonKey":"a","status":"active","x":1}"#).starts_with("unknown field `x`"));
        assert_eq!(
            message::<SetAddon>(r#"{"addonKey":"a","addonKey":"b","status":"active"}"#),
            "field `addonKey` stands twice"
        );
        assert!(message::<SetAddon>(r#"{"addonKey":7,"status":"active"}"#).starts_with("addonKey: invalid type"));
        for value in ["null", "7", r#"{"active":null}"#] {
            let body = format!(r#"{{"addonKey":"a","status":{value}}}"#);
            assert!(message::<SetAddon>(&body).starts_with("status: invalid type"), "{value}");
        }
        assert!(
            message::<SetAddon>(r#"{"addonKey":"a","status":"active","endsAt":"2026"}"#).starts_with("endsAt: `2026`")
        );
        assert!(
            message::<SetAddon>("{} x").contains("not valid JSON") || message::<SetAddon>("{} x").contains("required")
        );
        assert!(message::<SetAddon>("\u{feff}{}").contains("not valid JSON"));
        assert!(message::<SetAddon>("").contains("not valid JSON"));
        assert!(message::<SetAddon>(&"[".repeat(100_000)).contains("not a list"));
        assert!(message::<SetAddon>(r#"["finance", "active"]"#).contains("not a list"));
        assert!(message::<SetAddon>(&format!("{{\"addonKey\":{}", "[".repeat(100_000))).starts_with("addonKey"));
    }
}
