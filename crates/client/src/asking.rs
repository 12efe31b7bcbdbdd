//! How a call is asked.

use std::time::Duration;

use api::{Detail, response::PreviewView};
use uuid::Uuid;

/// How a read is asked. The default takes any answer that the service stands for: at most its staleness bound old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub(crate) at_least_version: Option<u64>,
    pub(crate) is_strong: bool,
    pub(crate) within: Option<Duration>,
    pub(crate) request_id: Option<String>,
}

impl Read {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a node has in memory counts only with this entitlement version or a later one; otherwise it asks the database. Of
    /// entitlements only. Where the company has not come to the version the call fails with
    /// [`CallError::VersionNotReached`](crate::CallError::VersionNotReached): no answer is ever older.
    pub fn at_least(mut self, version: u64) -> Self {
        self.at_least_version = Some(version);
        self
    }

    /// The node asks the database, whatever it has in memory (`Consistency: strong`). Of entitlements, batches, eligibility and features.
    pub fn strong(mut self) -> Self {
        self.is_strong = true;
        self
    }

    /// The time of the call with all its attempts, instead of the client's.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// The id of the request, such as that of the request which made the caller ask; one is made otherwise.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

/// How a write is asked. By default it has an idempotency key of its own, which all its attempts carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    pub(crate) idempotency_key: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) if_version: Option<u64>,
    pub(crate) is_dry_run: bool,
    pub(crate) within: Option<Duration>,
    pub(crate) request_id: Option<String>,
}

impl Write {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// The idempotency key: one that the caller stores before it writes survives the caller's own crash. 1 to 255 characters, kept for 24
    /// hours; the same key with another request is a conflict.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// On whose behalf; the caller's own name stands in the history otherwise.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Only if the company still has this entitlement version (`If-Match`); refused with `precondition_failed` otherwise.
    pub fn if_version(mut self, version: u64) -> Self {
        self.if_version = Some(version);
        self
    }

    /// Answers in full what the write would do, with `changes`, and stores nothing.
    pub fn dry_run(mut self) -> Self {
        self.is_dry_run = true;
        self
    }

    /// The time of the call with all its attempts, instead of the client's.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// The id of the request; one is made otherwise.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    pub(crate) fn key_or_new(&self) -> String {
        self.idempotency_key.clone().unwrap_or_else(|| Uuid::new_v4().to_string())
    }
}

/// The answer to a write.
#[derive(Clone, Debug, PartialEq)]
pub struct Written<T> {
    /// The answer.
    pub answer: T,
    /// What one should know.
    pub warnings: Vec<Detail>,
    /// Of a dry run of a company write: what the company owns without it and with it.
    pub preview: Option<PreviewView>,
    /// The key that it was made under.
    pub idempotency_key: String,
}

/// What an explanation is asked about, beside everything that is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// Nothing in particular.
    #[default]
    Everything,
    /// A module, by key.
    Module(String),
    /// A permission, by key.
    Permission(String),
    /// A feature, by key.
    Feature(String),
}
