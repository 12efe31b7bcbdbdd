//! What a company's credit ledger shows.

use domain::{CreditEntry, Text, Timestamp};

/// The place of a line in a ledger. Lines are listed newest first, by this, descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerPosition {
    /// The company's write sequence that the line's write made.
    pub number: u64,
    /// The place among the lines of one write, from 0.
    pub part: u32,
}

/// One line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Its place.
    pub position: LedgerPosition,
    /// What it says.
    pub entry: CreditEntry,
    /// When it was written.
    pub at: Timestamp,
    /// On whose behalf.
    pub actor: Text,
}
