//! What a company's history shows.

use domain::{ChangeType, EntityType, Status, Timestamp, Uuid};

/// Where a history entry comes from; orders entries of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HistorySource {
    /// A catalog change that reached the company.
    Catalog,
    /// A change of the company's own.
    Company,
}

/// The place of an entry in a company's history. Entries are listed newest first, by this, descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryPosition {
    /// When it happened.
    pub created_at: Timestamp,
    /// Whose change it is.
    pub source: HistorySource,
    /// The company's write sequence, or the catalog's generation.
    pub number: u64,
    /// The place among the entries of one write, from 0.
    pub part: u32,
}

/// One entry of a company's history (requirements 004 §15.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Identifier.
    pub id: Uuid,
    /// Its place.
    pub position: HistoryPosition,
    /// The entitlement version that the write made; `None` for a catalog change.
    pub version: Option<u64>,
    /// What happened.
    pub change_type: ChangeType,
    /// To what.
    pub entity_type: EntityType,
    /// Its key.
    pub entity_key: Option<String>,
    /// The row's status before.
    pub previous_status: Option<Status>,
    /// The row's status after.
    pub new_status: Option<Status>,
    /// What kind of process wrote it.
    pub source: Option<String>,
    /// On whose behalf.
    pub changed_by: Option<String>,
    /// The request that made it.
    pub request_id: Option<String>,
}
