//! Writes of what is neither company nor catalog: API keys, webhook endpoints and their deliveries.

use domain::{Timestamp, Uuid};

use crate::{Delivery, KeyRecord, StoredReply, WebhookEndpoint};

/// A write of the system to be stored in one transaction: all of it or nothing.
#[derive(Clone, Debug)]
pub struct SystemCommit {
    /// The change, guarded by what it was decided on; `None` to keep only the reply.
    pub change: Option<SystemChange>,
    /// What to answer to a repeat, when the request carried an idempotency key. It never holds a secret.
    pub reply: Option<StoredReply>,
}

impl From<SystemChange> for SystemCommit {
    fn from(change: SystemChange) -> Self {
        Self { change: Some(change), reply: None }
    }
}

/// A change of keys, webhook endpoints or deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemChange {
    /// A new API key.
    AddKey(KeyRecord),
    /// API keys are revoked, guarded by each of them being there and live.
    RevokeKeys {
        /// Which; each once.
        ids: Vec<Uuid>,
        /// When.
        at: Timestamp,
    },
    /// A new webhook endpoint, guarded by there being fewer than `most`.
    AddEndpoint {
        /// The endpoint.
        endpoint: Box<WebhookEndpoint>,
        /// How many there may be with it.
        most: u32,
    },
    /// An endpoint as it is from now on. One that was disabled and no longer is, is told that it missed events.
    PutEndpoint {
        /// The step that it was decided on, which guards it.
        known: u64,
        /// The endpoint.
        next: Box<WebhookEndpoint>,
    },
    /// An endpoint is removed. Its deliveries are attempted no more, and
    /// [`WebhookStore::prune_deliveries`](crate::WebhookStore::prune_deliveries) removes them.
    RemoveEndpoint {
        /// Which.
        id: Uuid,
        /// The step that it was decided on, which guards it.
        known: u64,
    },
    /// A new delivery for one endpoint, whatever that hears, guarded by the endpoint being enabled. The store numbers it.
    AddDelivery(Box<Delivery>),
    /// A delivery is attempted again, from the beginning of the schedule, whatever became of it.
    Redeliver {
        /// Whose.
        endpoint: Uuid,
        /// Which.
        delivery: Uuid,
        /// How many attempts were made when it was decided, which guards it.
        attempts: u32,
        /// When the next one is due.
        at: Timestamp,
    },
}

impl SystemChange {
    /// Whether a process beside the server may make it: nothing that the server remembers for longer than it takes to look again.
    pub fn is_of_keys(&self) -> bool {
        match self {
            Self::AddKey(_) | Self::RevokeKeys { .. } => true,
            Self::AddEndpoint { .. }
            | Self::PutEndpoint { .. }
            | Self::RemoveEndpoint { .. }
            | Self::AddDelivery(_)
            | Self::Redeliver { .. } => false,
        }
    }
}
