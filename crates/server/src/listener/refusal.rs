//! Answers to what is no request: hyper writes a bare one, or none, and callers are owed the envelope.

use std::fmt::Write as _;

use api::{ErrorBody, ErrorCode, Failure};
use domain::Uuid;

/// Why what came on a connection is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not HTTP.
    Malformed,
    /// Its head is larger than the limit.
    HeadTooLarge,
    /// Its target is longer than any URI.
    TargetTooLong,
    /// Its head did not come in time.
    TooSlow,
}

impl Refusal {
    /// What hyper is about to refuse, when the bytes are its own bare answer: status line, `content-length: 0`, date, and no body.
    /// An answer of the service has a request id.
    pub(super) fn of_bare_answer(bytes: &[u8]) -> Option<Self> {
        // Most answers end in JSON, so that this is all that they cost.
        let head = bytes.strip_suffix(b"\r\n\r\n")?;
        let head = std::str::from_utf8(head).ok()?.strip_prefix("HTTP/1.")?;
        let (_, status) = head.lines().next()?.split_once(' ')?;
        let named = |name: &str| head.lines().any(|line| line.to_ascii_lowercase().starts_with(name));
        if !named("content-length: 0") || named("x-request-id:") || named("content-type:") {
            return None;
        }
        match status.get(..3)? {
            "400" => Some(Self::Malformed),
            "414" => Some(Self::TargetTooLong),
            "431" => Some(Self::HeadTooLarge),
            _ => None,
        }
    }

    /// The whole answer in the place of the bare one. The connection ends after it.
    pub(super) fn answer(self) -> Vec<u8> {
        const BAD: (ErrorCode, &str) = (ErrorCode::ValidationError, "Bad Request");
        const SLOW: (ErrorCode, &str) = (ErrorCode::RequestTimeout, "Request Timeout");
        let ((code, reason), message) = match self {
            Self::Malformed => (BAD, "the request is not valid HTTP"),
            Self::HeadTooLarge => (BAD, "the request line and headers are larger than `limits.max_header_bytes`"),
            Self::TargetTooLong => (BAD, "the request target is too long"),
            Self::TooSlow => (SLOW, "the request line and headers were not sent in time"),
        };
        let error = ErrorBody { code, message: message.to_owned(), details: Vec::new() };
        let body = serde_json::to_string(&Failure { success: false, error }).unwrap_or_default();
        let request_id = Uuid::now_v7();
        tracing::debug!(code = code.as_str(), %request_id, message, "a connection brought no request");
        let mut answer = format!("HTTP/1.1 {} {reason}\r\n", code.status());
        for (name, value) in [
            ("content-type", "application/json"),
            ("content-length", &body.len().to_string()),
            ("x-request-id", &request_id.to_string()),
            ("connection", "close"),
        ] {
            let _infallible = write!(answer, "{name}: {value}\r\n");
        }
        answer.push_str("\r\n");
        answer.push_str(&body);
        answer.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_answer_is_taken_for_one() {
        let bare = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\ndate: x\r\n\r\n");
        let of = |text: &str| Refusal::of_bare_answer(text.as_bytes());

        assert_eq!(of(&bare("400 Bad Request")), Some(Refusal::Malformed));
        assert_eq!(of(&bare("431 Request Header Fields Too Large")), Some(Refusal::HeadTooLarge));
        assert_eq!(of(&bare("414 URI Too Long")), Some(Refusal::TargetTooLong));
        assert_eq!(of(&bare("404 Not Found")), None);
        assert_eq!(of(&bare("200 OK")), None);
        assert_eq!(of("HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n"), None);
        assert_eq!(of("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}"), None);
        assert_eq!(of("\r\n\r\n"), None);
    }
}
