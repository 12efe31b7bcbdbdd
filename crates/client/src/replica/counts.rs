//! What a replica counts.

use crate::counters::Count;

/// What was counted since a replica was made: plain numbers that only grow, for whatever metrics the program has. What may shrink stands
/// in [`Standing`](super::Standing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaCounts {
    /// Times that the stream was opened.
    pub connects: u64,
    /// Times that it ended, or could not be opened.
    pub disconnects: u64,
    /// Heartbeats heard.
    pub heartbeats: u64,
    /// Changes heard of.
    pub changes: u64,
    /// Changes that were known already.
    pub known_changes: u64,
    /// Companies loaded, each time counted.
    pub loaded: u64,
    /// Requests for companies that failed.
    pub failed_loads: u64,
    /// Times that everything was loaded again, because the feed could not be resumed.
    pub reloads: u64,
    /// Checks that were refused because what was known was too old. Other checks are not counted: a shared counter would cost more than
    /// the check.
    pub stale_checks: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connects: Count,
    pub(crate) disconnects: Count,
    pub(crate) heartbeats: Count,
    pub(crate) changes: Count,
    pub(crate) known_changes: Count,
    pub(crate) loaded: Count,
    pub(crate) failed_loads: Count,
    pub(crate) reloads: Count,
    pub(crate) stale_checks: Count,
}

impl Counters {
    pub(crate) fn counts(&self) -> ReplicaCounts {
        ReplicaCounts {
            connects: self.connects.get(),
            disconnects: self.disconnects.get(),
            heartbeats: self.heartbeats.get(),
            changes: self.changes.get(),
            known_changes: self.known_changes.get(),
            loaded: self.loaded.get(),
            failed_loads: self.failed_loads.get(),
            reloads: self.reloads.get(),
            stale_checks: self.stale_checks.get(),
        }
    }
}
