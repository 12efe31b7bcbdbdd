//! Credits: amounts that are used up, kept in lots so that what expires first is used first.

use crate::{FeatureKey, Text, Timestamp};
use uuid::Uuid;

/// The most lots of one feature that may still have something in them.
pub const MAX_OPEN_LOTS: usize = 10_000;

/// An amount that was granted once, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLot {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Of which feature.
    pub feature: FeatureKey,
    /// How much was granted; at least 1.
    pub granted: u64,
    /// How much is left.
    pub remaining: u64,
    /// First instant at which it can be used; `None` is from when it was granted. [`Self::WAITS`] while the row that brought it would not
    /// come into force.
    pub starts_at: Option<Timestamp>,
    /// First instant at which what is left is gone; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// The purchase that it came from, so that it is granted once whatever is retried; unique for a company and feature.
    pub purchase: Option<Text>,
    /// When it was granted.
    pub created_at: Timestamp,
}

impl CreditLot {
    /// The start of what waits for a row that is paused, or whose window is empty: no instant that comes.
    pub const WAITS: Timestamp = Timestamp::MAX;

    /// What can be used of it at an instant.
    pub fn usable(&self, at: Timestamp) -> u64 {
        if self.has_begun(at) && !self.has_expired(at) { self.remaining } else { 0 }
    }

    /// Whether it could be used at an instant, were something left and not expired.
    pub fn has_begun(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= at && start != Self::WAITS)
    }

    /// Whether what is left of it is gone at an instant.
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= at)
    }

    /// Whether something of it is still to come at an instant.
    pub fn is_coming(&self, at: Timestamp) -> bool {
        self.remaining > 0 && !self.has_begun(at)
    }

    /// When it begins, where that lies after an instant and is known.
    pub fn begins_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.starts_at.filter(|start| *start > at && *start != Self::WAITS)
    }
}

/// Which way a ledger entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreditMove {
    /// Credits came.
    Grant,
    /// Credits were used.
    Consume,
    /// Credits that were to come were taken back: what would have brought them was cancelled before it began.
    TakeBack,
}

impl CreditMove {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Consume => "consume",
            Self::TakeBack => "take_back",
        }
    }

    /// The move of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Grant, Self::Consume, Self::TakeBack].into_iter().find(|one| one.as_str() == word)
    }
}

/// One line of the ledger. Never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditEntry {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Of which feature.
    pub feature: FeatureKey,
    /// Which way.
    pub kind: CreditMove,
    /// How much; at least 1.
    pub amount: u64,
    /// The balance right afterwards.
    pub balance: u64,
    /// Of what is granted for later, or was taken back before: when it begins, as far as that was known.
    pub starts_at: Option<Timestamp>,
    /// Of a grant: when it expires.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<Text>,
    /// The provider's or caller's name for it.
    pub external_reference: Option<Text>,
}

/// What is loaded of a company's credits to decide a command on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credits {
    /// Its lots, by identifier: those with something left, or all, as [`super::CreditScope`] says.
    pub lots: Vec<CreditLot>,
}

impl Credits {
    /// What can be used of a feature at an instant.
    pub fn balance(&self, feature: &FeatureKey, at: Timestamp) -> u64 {
        let usable = self.lots.iter().filter(|lot| lot.feature == *feature).map(|lot| lot.usable(at));
        usable.fold(0, u64::saturating_add)
    }

    /// Whether a purchase has given its credits already.
    pub fn knows_purchase(&self, feature: &FeatureKey, purchase: &Text) -> bool {
        self.lots.iter().any(|lot| lot.feature == *feature && lot.purchase.as_ref() == Some(purchase))
    }
}
