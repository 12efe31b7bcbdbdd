//! What a catalog command changes.

use crate::{
    Breach, ChangeType, EntityType, Feature, FeatureKey, Item, ItemRef, Module, ModuleKey, Permission, Policy,
    Revision, Text, Timestamp,
};

/// One entry of the catalog, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A module.
    Module(Module),
    /// A permission.
    Permission(Permission),
    /// A feature.
    Feature(Feature),
    /// A package or an add-on, with all its revisions.
    Item(Box<Item>),
    /// The policy.
    Policy(Policy),
}

impl Entry {
    /// Its key; `policy` for the policy.
    pub fn key(&self) -> &str {
        match self {
            Self::Module(module) => module.key.as_str(),
            Self::Permission(permission) => permission.key.as_str(),
            Self::Feature(feature) => feature.key.as_str(),
            Self::Item(item) => item.key.as_str(),
            Self::Policy(_) => "policy",
        }
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Module(_) => "module",
            Self::Permission(_) => "permission",
            Self::Feature(_) => "feature",
            Self::Item(item) => item.kind.as_str(),
            Self::Policy(_) => "policy",
        }
    }
}

/// What companies point at that a catalog change gave another meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// Rows of an item whose assigned revision lies in the range of the reach.
    Item(ItemRef),
    /// Grants of a module.
    Module(ModuleKey),
    /// Grants of a feature.
    Feature(FeatureKey),
}

/// Companies that a catalog change reached: those that point at `what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogReach {
    /// What they point at.
    pub what: Reached,
    /// Lowest assigned revision reached; 1 where there are none.
    pub assigned_from: u32,
    /// Highest assigned revision reached; 1 where there are none.
    pub assigned_to: u32,
}

/// What the history and the feed say of one entry's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogEvent {
    /// Always [`ChangeType::CatalogUpdated`] so far.
    pub change_type: ChangeType,
    /// [`EntityType::Mapping`] when what is granted changed, else [`EntityType::Catalog`].
    pub entity_type: EntityType,
    /// The entry before; `None` when it is new.
    pub before: Option<Entry>,
    /// The entry as it stands afterwards.
    pub after: Entry,
}

/// Everything a catalog command changes, to be stored in one transaction guarded by `generation_before`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogChange {
    /// The generation that it was decided on.
    pub generation_before: u64,
    /// The generation that it makes.
    pub generation: u64,
    /// The instant from which it holds.
    pub at: Timestamp,
    /// On whose behalf.
    pub actor: Text,
    /// What the history says: one event for each entry that a command made or changed, as it stands afterwards, grown epochs included.
    pub events: Vec<CatalogEvent>,
    /// Every revision that is new or whose epoch grew, of whichever item, as it stands afterwards.
    pub revisions: Vec<(ItemRef, Revision)>,
    /// Modules and features whose epoch grew and that no event tells of, as they stand afterwards.
    pub grown: Vec<Entry>,
    /// Whose answers may differ now.
    pub reach: Vec<CatalogReach>,
    /// Items that nobody may hold when it is stored: the store looks once more, in its transaction.
    pub unheld: Vec<ItemRef>,
    /// What a lenient policy let pass.
    pub warnings: Vec<Breach>,
}
