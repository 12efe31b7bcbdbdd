//! Why a call did not bring what it was made for.

use api::{Detail, ErrorCode};

/// Why a call did not bring what it was made for.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service answered, and said no.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// No connection came about, or it broke before there was an answer. A write may have been carried out: repeat it with its key.
    #[error("the service cannot be reached: {cause} (request `{request_id}`)")]
    Unreachable {
        /// The request's id.
        request_id: String,
        /// Of a write: the key to repeat it with.
        idempotency_key: Option<String>,
        /// What is wrong.
        cause: String,
    },
    /// The time of the call was over first. A write may have been carried out: repeat it with its key.
    #[error("no answer within {within_ms} ms (request `{request_id}`)")]
    Timeout {
        /// The request's id.
        request_id: String,
        /// Of a write: the key to repeat it with.
        idempotency_key: Option<String>,
        /// The time that the call had, in milliseconds.
        within_ms: u64,
    },
    /// What came is no answer of this API: look at the address, and at what stands in between.
    #[error("the answer cannot be read: {cause} (request `{request_id}`)")]
    Unreadable {
        /// The request's id.
        request_id: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The company has not come to the version that the read asked for ([`Read::at_least`](crate::Read::at_least)); the database was asked.
    /// Whoever was told that version by a write speaks to another database now, such as one that was restored.
    #[error("company `{company}` has version {version}, not yet {wanted} (request `{request_id}`)")]
    VersionNotReached {
        /// The request's id.
        request_id: String,
        /// The company.
        company: uuid::Uuid,
        /// The version that it has.
        version: u64,
        /// The version that was asked for.
        wanted: u64,
    },
    /// The call was never made, because it cannot be put on the wire.
    #[error("{0}")]
    Invalid(String),
}

/// A refusal in the words of the service (requirements 004 §12).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word}: {message} (request `{request_id}`)")]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The code; `None` when the service is newer than this client and says a code that it does not know: see `word`.
    pub code: Option<ErrorCode>,
    /// The code as it stood on the wire.
    pub word: String,
    /// One sentence for people; its wording may change.
    pub message: String,
    /// Every broken rule, where there are any.
    pub details: Vec<Detail>,
    /// The request's id: leads to the service's log lines.
    pub request_id: String,
    /// Of a write: the key that it was made under.
    pub idempotency_key: Option<String>,
    /// The version that stands, where the service names it.
    pub version: Option<u64>,
}

impl CallError {
    /// The code of a refusal; programs decide by this.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(refused) => refused.code,
            Self::VersionNotReached { .. } => Some(ErrorCode::Conflict),
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Unreadable { .. } | Self::Invalid(_) => None,
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            Self::VersionNotReached { .. } => Some(ErrorCode::Conflict.status()),
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Unreadable { .. } | Self::Invalid(_) => None,
        }
    }

    /// Whether the service could not say right now: it is away, overloaded, or does not know for certain, or does not
    /// know the version that was asked for. Never take this for "owns nothing", nor for what was known before: answer 503 yourself
    /// (requirements 004 §19.2).
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Refused(refused) => refused.status == 503,
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Unreadable { .. }
            | Self::VersionNotReached { .. } => true,
            Self::Invalid(_) => false,
        }
    }

    /// Whether the service has no such thing, such as a company that was never written.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(ErrorCode::NotFound)
    }

    /// The request's id; `None` when no request was made.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(refused) => Some(&refused.request_id),
            Self::Unreachable { request_id, .. }
            | Self::Timeout { request_id, .. }
            | Self::VersionNotReached { request_id, .. }
            | Self::Unreadable { request_id, .. } => Some(request_id),
            Self::Invalid(_) => None,
        }
    }

    /// Of a write that may have been carried out: the key to repeat it with, within 24 hours.
    pub fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::Refused(refused) => refused.idempotency_key.as_deref(),
            Self::Unreachable { idempotency_key, .. } | Self::Timeout { idempotency_key, .. } => {
                idempotency_key.as_deref()
            }
            Self::Unreadable { .. } | Self::VersionNotReached { .. } | Self::Invalid(_) => None,
        }
    }
}
