//! Change requests: catalog changes that wait for a second pair of eyes.

use domain::{ItemRef, Text, Timestamp, Uuid};

/// Where a change request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeRequestStatus {
    /// Waits for an approver.
    Pending,
    /// Was approved and has taken effect.
    Applied,
    /// Was rejected.
    Rejected,
    /// What it was based on has moved before it was approved.
    Stale,
}

impl ChangeRequestStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Applied, Self::Rejected, Self::Stale];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Applied => "applied",
            Self::Rejected => "rejected",
            Self::Stale => "stale",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Where it stands.
    pub status: ChangeRequestStatus,
    /// The item whose approvers are asked.
    pub item: ItemRef,
    /// What was asked for: the request's body, as JSON.
    pub change: String,
    /// What it would do to whom, as it was told to the requester, as JSON.
    pub impact: String,
    /// The newest revision of the item, and its last change, that it was based on: when they have moved it is stale.
    pub based_on: (u32, Timestamp),
    /// Who asked.
    pub requested_by: Text,
    /// When.
    pub requested_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<Text>,
    /// When.
    pub decided_at: Option<Timestamp>,
}
