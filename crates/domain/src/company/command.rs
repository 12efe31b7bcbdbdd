//! What may be asked of a company's state.

use super::{CompanyProfile, Granted, Status};
use crate::{Catalog, FeatureKey, FeatureKind, Item, ItemKey, ItemRef, Text, Timestamp};
use uuid::Uuid;

/// What a command says of an optional field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Nothing: what is stored stays.
    #[default]
    Keep,
    /// It shall have no value.
    Clear,
    /// It shall have this value.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// The field afterwards.
    pub fn applied_to(&self, stored: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => stored.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// Makes or changes a company's row for one package or add-on (requirements 004 §17.1, §17.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetHolding {
    /// A fresh identifier; those of the credits that the item comes with follow on it.
    pub fresh: Uuid,
    /// The package or add-on.
    pub item: ItemRef,
    /// The new status.
    pub status: Status,
    /// First instant in force.
    pub starts_at: Patch<Timestamp>,
    /// First instant no longer paid for.
    pub ends_at: Patch<Timestamp>,
    /// First instant no longer in force after the end.
    pub grace_ends_at: Patch<Timestamp>,
    /// How many, at least 1; `None` keeps what is stored, 1 for a new row.
    pub quantity: Option<u32>,
    /// What kind of process writes.
    pub source: Patch<Text>,
    /// The provider's name for it.
    pub external_reference: Patch<Text>,
}

/// Gives a company a feature or a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddGrant {
    /// A fresh identifier.
    pub id: Uuid,
    /// What it gives.
    pub granted: Granted,
    /// First instant in force.
    pub starts_at: Option<Timestamp>,
    /// First instant no longer in force.
    pub ends_at: Option<Timestamp>,
    /// Why.
    pub reason: Text,
    /// What kind of process gives it.
    pub source: Option<Text>,
}

/// Moves a company from one package to another (requirements 002 §6.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePackage {
    /// A fresh identifier; those of the credits that the package comes with follow on it.
    pub fresh: Uuid,
    /// Where to.
    pub package: ItemKey,
    /// Where from; `None` is the one package in force from which that is allowed.
    pub from: Option<ItemKey>,
    /// From when; `None` is at once.
    pub effective_at: Option<Timestamp>,
    /// Whether add-ons that stop being operative are ended as well, instead of waiting for their rules to hold again.
    pub deactivate_invalidated: bool,
    /// What kind of process writes.
    pub source: Patch<Text>,
    /// The provider's name for it.
    pub external_reference: Patch<Text>,
}

/// Adds to a company's credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantCredits {
    /// A fresh identifier of the lot.
    pub lot: Uuid,
    /// A fresh identifier of the ledger entry.
    pub entry: Uuid,
    /// Of which feature.
    pub feature: FeatureKey,
    /// How much; at least 1.
    pub amount: u64,
    /// First instant at which what is left is gone.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<Text>,
    /// The provider's or caller's name for it.
    pub external_reference: Option<Text>,
}

/// Uses up a company's credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumeCredits {
    /// A fresh identifier of the ledger entry.
    pub entry: Uuid,
    /// Of which feature.
    pub feature: FeatureKey,
    /// How much; at least 1.
    pub amount: u64,
    /// Why.
    pub reason: Option<Text>,
    /// The caller's name for it.
    pub external_reference: Option<Text>,
}

/// A company write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Makes or changes a row.
    SetHolding(SetHolding),
    /// Moves the company from one package to another.
    ChangePackage(ChangePackage),
    /// Takes a planned change of package back.
    CancelPackageChange,
    /// Gives a feature or a module.
    AddGrant(AddGrant),
    /// Takes a grant away.
    RemoveGrant(Uuid),
    /// Adds credits.
    GrantCredits(GrantCredits),
    /// Uses up credits.
    ConsumeCredits(ConsumeCredits),
    /// Says how the company is shown.
    SetProfile(CompanyProfile),
    /// Moves a row to another revision: a roll-out, or its return. Nothing where the row does not stand at `from`.
    MoveRevision {
        /// Whose row.
        item: ItemRef,
        /// From which only; `None` is whichever it stands at.
        from: Option<u32>,
        /// To which.
        revision: u32,
    },
    /// Moves the version of a known company and records why, so that every cache of it is rebuilt (requirements 004 §7.8, §18.2).
    Repair,
    /// Writes the next boundary that has passed to the history: what began and what ended at it.
    SweepBoundary,
}

/// What a command needs to know of a company's credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreditScope {
    /// Nothing.
    #[default]
    None,
    /// Lots with something left.
    Open,
    /// Every lot, used up ones as well: whether a purchase has given its credits already.
    All,
}

impl Command {
    /// What the command needs to know of the company's credits.
    pub fn credit_scope(&self, catalog: &Catalog) -> CreditScope {
        let of_features = |item: &Item| {
            let features = item.revisions.iter().flat_map(|one| one.definition.features.keys());
            let mut kinds = features.filter_map(|key| catalog.feature(key)).map(|feature| feature.kind);
            kinds.any(|kind| kind == FeatureKind::Credit)
        };
        let gives = |item: &ItemRef| {
            let item = catalog.item_named(item)?;
            let included = item.revisions.iter().flat_map(|one| one.definition.included());
            let mut sources = included.filter_map(|key| catalog.addon(key)).chain([item]);
            sources.any(of_features).then_some(CreditScope::All)
        };
        match self {
            Self::SetHolding(set) => gives(&set.item).unwrap_or_default(),
            Self::GrantCredits(_) | Self::ChangePackage(_) => CreditScope::All,
            Self::ConsumeCredits(_) | Self::CancelPackageChange => CreditScope::Open,
            Self::AddGrant(_)
            | Self::RemoveGrant(_)
            | Self::SetProfile(_)
            | Self::MoveRevision { .. }
            | Self::SweepBoundary
            | Self::Repair => CreditScope::None,
        }
    }
}
