//! Kept replies: what a write with an `Idempotency-Key` answered, so that a repeat answers the same. Where the answer showed a secret, what
//! a repeat is told instead.

use domain::Timestamp;

/// How long a reply is kept, in hours.
pub const REPLY_KEPT_HOURS: i64 = 24;

/// Names a kept reply: keys of different callers never meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyKey {
    /// The caller's name.
    pub caller: String,
    /// The caller's key for the write.
    pub key: String,
}

/// A kept reply. Only of successes is one kept, and never one that holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReply {
    /// Whose and which.
    pub key: ReplyKey,
    /// SHA-256 over method, path, query and body of the request.
    pub request_hash: [u8; 32],
    /// The status that was answered.
    pub status: u16,
    /// The response headers worth repeating (`ETag`, `Location`), by name.
    pub headers: Vec<(String, String)>,
    /// The body that was answered.
    pub body: Vec<u8>,
    /// When the write was made; the reply is kept for [`REPLY_KEPT_HOURS`] from then.
    pub created_at: Timestamp,
}

impl StoredReply {
    /// The last instant at which the reply is no longer kept.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::clamped(self.created_at.micros() + REPLY_KEPT_HOURS * 3_600_000_000)
    }
}
