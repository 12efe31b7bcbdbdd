//! The feed: every committed change, in commit order.

use domain::{ChangeType, CompanyId, EntityType, Timestamp};

/// The place of a change in the feed. On PostgreSQL the transaction comes first: sequence order alone is not commit order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedPosition {
    /// The transaction that made it; 0 on stores with one writer.
    pub transaction: u64,
    /// Its number.
    pub seq: u64,
}

/// One committed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place.
    pub position: FeedPosition,
    /// The instant from which it holds.
    pub at: Timestamp,
    /// Whose; `None` for a catalog change.
    pub company_id: Option<CompanyId>,
    /// The company's entitlement version, or the catalog's generation.
    pub version: u64,
    /// What happened.
    pub change_type: ChangeType,
    /// To what.
    pub entity_type: EntityType,
    /// Its key.
    pub entity_key: Option<String>,
    /// The request that made it.
    pub request_id: Option<String>,
}
