//! Roll-outs: moving the holders of an item to a newer revision, batch by batch.

use domain::{CompanyId, ItemRef, Text, Timestamp, Uuid};

/// Where a roll-out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RollOutStatus {
    /// Goes on batch by batch.
    Running,
    /// Waits to be resumed.
    Paused,
    /// Has moved everyone that it was to move.
    Done,
    /// Moves everyone back.
    Returning,
    /// Has moved everyone back.
    Returned,
}

impl RollOutStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Done, Self::Returning, Self::Returned];

    /// Whether it still moves, or waits to move, companies: of an item there is one such roll-out at a time.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Returning)
    }

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Returning => "returning",
            Self::Returned => "returned",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A roll-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollOut {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Grows by one with every step; guards the next.
    pub step: u64,
    /// Whose holders.
    pub item: ItemRef,
    /// The revision that they are moved to; pinned: a newer one changes nothing.
    pub to_revision: u32,
    /// Where it stands.
    pub status: RollOutStatus,
    /// Only these companies, by identifier; `None` is every holder.
    pub only: Option<Vec<CompanyId>>,
    /// Never these companies.
    pub exclude: Vec<CompanyId>,
    /// Of the holders, this share in percent, 1 to 100; chosen by company, the same each time, so that 20 is the first 10 and 10 more.
    pub percent: u32,
    /// How many companies are moved between two looks at whether to go on.
    pub batch_size: u32,
    /// The company after which the next batch begins.
    pub cursor: Option<CompanyId>,
    /// How many companies were moved, or moved back.
    pub moved: u64,
    /// How many had nothing to move.
    pub unchanged: u64,
    /// How many were refused, with the first reasons.
    pub refused: u64,
    /// The first reasons for refusals, and warnings of companies that were moved, at most ten.
    pub reasons: Vec<String>,
    /// How many companies it was to look at when it began: every holder, or those that are named.
    pub total: u64,
    /// On whose behalf.
    pub created_by: Text,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last went a step.
    pub updated_at: Timestamp,
}

impl RollOut {
    /// Whether a holder, where holders are named one of those, is to be moved. The same companies come first whatever the share, so that
    /// waves build on each other.
    pub fn is_for(&self, company: CompanyId) -> bool {
        !self.exclude.contains(&company) && place_in_hundred(company) < self.percent
    }
}

/// Where a company stands among a hundred: spread evenly, and always the same.
fn place_in_hundred(company: CompanyId) -> u32 {
    let mixed = company.uuid().as_u128().wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    u32::try_from((mixed >> 64) % 100).unwrap_or(0)
}
