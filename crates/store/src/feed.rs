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

/// A part of the feed, as of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPage {
    /// Which life of which database the positions belong to: another one after a restore, or in another database.
    pub epoch: u64,
    /// Up to where changes are no longer kept.
    pub pruned: FeedPosition,
    /// Whether the position asked after lies beyond everything that was told here: then it was given before the database went back to an earlier point.
    pub is_ahead: bool,
    /// The changes, in commit order: each is shown only once nothing can come before it.
    pub entries: Vec<FeedEntry>,
    /// The database's instant as of which nothing is missing: every change that was committed before it is in this page, or before it.
    /// `None` when the page is full, because more may follow.
    pub complete_at: Option<Timestamp>,
    /// Whether everything that was committed when it was read is in this page, or before it. False when the page is full, and while a change
    /// that was committed cannot be shown yet because something before it may still come.
    pub is_settled: bool,
}

impl FeedPage {
    /// Whether a reader that knows everything up to a position of that epoch, after which it asked, can go on from there: the database still is
    /// the one and has come as far, and nothing behind the position was pruned.
    pub fn continues(&self, epoch: u64, after: FeedPosition) -> bool {
        self.epoch == epoch && !self.is_ahead && after >= self.pruned
    }
}
