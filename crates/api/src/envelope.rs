//! The envelope around every answer (requirements 004 §12).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::response::PreviewView;

/// A successful answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Success<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// The answer.
    pub data: T,
    /// What one should know; left out when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Detail>,
}

impl<T> Success<T> {
    /// Wraps an answer.
    pub fn of(data: T) -> Self {
        Self { success: true, data, warnings: Vec::new() }
    }

    /// Wraps an answer with what one should know.
    pub fn with(data: T, warnings: Vec<Detail>) -> Self {
        Self { success: true, data, warnings }
    }
}

/// A successful answer to a write of a company. What a dry run shows of entitlements stands beside the answer, whose fields requirements 004
/// fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Previewed<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// The answer.
    pub data: T,
    /// What one should know; left out when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Detail>,
    /// Only in the answer to a dry run: what the company owns without the write and with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<PreviewView>,
}

/// A failed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// Always `false`.
    #[schema(example = false)]
    pub success: bool,
    /// What is wrong.
    pub error: ErrorBody,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable code; programs decide by this.
    pub code: ErrorCode,
    /// One sentence for people; its wording may change.
    pub message: String,
    /// Every broken rule, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// One broken rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    /// The field or rule, such as `endsAt` or `one_base_package`.
    pub field: String,
    /// What is wrong with it and what to do.
    pub message: String,
    /// The catalog entry that breaks the rule, such as `package basic`; left out where the request itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Where the rule comes from; left out where it is the API's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Detail {
    /// A broken rule of a request.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), item: None, source: None }
    }
}

// The word is a `tt`: as a `literal` it would reach the schema derive wrapped, and the document would name the variants instead.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $word:tt, $status:literal;)*) => {
        /// The codes of failures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum ErrorCode {
            $($(#[$meta])* #[serde(rename = $word)] $name,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

codes! {
    /// The request can never be right as it stands.
    ValidationError = "validation_error", 400;
    /// No valid credential.
    Unauthorized = "unauthorized", 401;
    /// A valid credential without the scope that this needs.
    Forbidden = "forbidden", 403;
    /// No such thing.
    NotFound = "not_found", 404;
    /// The route exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// A body, a header or the whole request did not arrive in time.
    RequestTimeout = "request_timeout", 408;
    /// The request contradicts what is stored.
    Conflict = "conflict", 409;
    /// The cursor belongs to another life of the database, or what follows it is no longer kept: load everything again.
    CursorExpired = "cursor_expired", 410;
    /// What `If-Match` asked for does not hold.
    PreconditionFailed = "precondition_failed", 412;
    /// The body is larger than its limit.
    PayloadTooLarge = "payload_too_large", 413;
    /// The body is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// A defect of the service; the request id leads to its log line.
    InternalError = "internal_error", 500;
    /// Not now: the database is away, or there is too much to do. Ask again.
    ServiceUnavailable = "service_unavailable", 503;
    /// Not ready to serve.
    NotReady = "not_ready", 503;
}
