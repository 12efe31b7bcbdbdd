//! Features: function keys that services look up by name, without a permission (requirements 003 §2).

use crate::{FeatureKey, Text, Timestamp};
use uuid::Uuid;

/// What a feature's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureKind {
    /// On or off.
    Toggle,
    /// A number that must not be exceeded, or unlimited.
    Limit,
    /// An amount that is used up; its balance is kept in the company's credit ledger.
    Credit,
}

impl FeatureKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Toggle, Self::Limit, Self::Credit];

    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Toggle => "toggle",
            Self::Limit => "limit",
            Self::Credit => "credit",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a limit's several sources combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Combine {
    /// They add up.
    #[default]
    Sum,
    /// The largest holds.
    Max,
}

impl Combine {
    /// The word of the API and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Max => "max",
        }
    }

    /// The rule of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Sum, Self::Max].into_iter().find(|combine| combine.as_str() == word)
    }
}

/// The highest amount of a limit or a credit: the largest integer that every JSON reader represents exactly (2⁵³ − 1).
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// What a package, an add-on or a grant says of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureValue {
    /// A toggle that is off: only a grant says so, to override what is owned.
    Off,
    /// A toggle that is on.
    On,
    /// A limit or a number of credits, at most [`MAX_AMOUNT`].
    Amount(u64),
    /// A limit that is none.
    Unlimited,
}

impl FeatureValue {
    /// Whether it gives anything: a `feature:` term holds by it.
    pub fn gives_something(self) -> bool {
        match self {
            Self::On | Self::Unlimited => true,
            Self::Off => false,
            Self::Amount(amount) => amount > 0,
        }
    }

    /// Whether a feature of that kind can have the value.
    pub fn fits(self, kind: FeatureKind) -> bool {
        match self {
            Self::Off | Self::On => kind == FeatureKind::Toggle,
            Self::Amount(amount) => kind != FeatureKind::Toggle && amount <= MAX_AMOUNT,
            Self::Unlimited => kind == FeatureKind::Limit,
        }
    }

    /// Two sources of one feature, combined. Unlimited beats every number; sums stop at [`MAX_AMOUNT`].
    #[must_use]
    pub fn combined(self, other: Self, rule: Combine) -> Self {
        match (self, other) {
            (Self::Unlimited, _) | (_, Self::Unlimited) => Self::Unlimited,
            (Self::Amount(one), Self::Amount(two)) => Self::Amount(match rule {
                Combine::Sum => one.saturating_add(two).min(MAX_AMOUNT),
                Combine::Max => one.max(two),
            }),
            (one, two) => one.max(two),
        }
    }

    /// As many times.
    #[must_use]
    pub fn times(self, quantity: u32) -> Self {
        match self {
            Self::Amount(amount) => Self::Amount(amount.saturating_mul(u64::from(quantity)).min(MAX_AMOUNT)),
            Self::Off | Self::On | Self::Unlimited => self,
        }
    }
}

/// A feature of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Stable key, immutable.
    pub key: FeatureKey,
    /// What people call it.
    pub name: Text,
    /// For people.
    pub description: Option<Text>,
    /// Immutable.
    pub kind: FeatureKind,
    /// What an amount counts, such as `GB`, `days` or `users`.
    pub unit: Option<Text>,
    /// How a limit's sources combine.
    pub combine: Combine,
    /// Free facts without meaning for entitlements.
    pub attributes: super::Attributes,
    /// Grows whenever what a grant of it means changes.
    pub epoch: u64,
    /// When the epoch last grew.
    pub epoch_grown_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
