//! What a catalog command changes.

use crate::{ChangeType, EntityType, Item, ItemRef, Module, Revision, Text, Timestamp};

/// Holders that a catalog change reached: those of `item` whose assigned revision lies in the given range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogReach {
    /// The package or add-on.
    pub item: ItemRef,
    /// Lowest assigned revision reached.
    pub assigned_from: u32,
    /// Highest assigned revision reached.
    pub assigned_to: u32,
}

/// What the history and the feed say of a catalog change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogEvent {
    /// Always [`ChangeType::CatalogUpdated`] so far.
    pub change_type: ChangeType,
    /// [`EntityType::Mapping`] when what is granted changed, else [`EntityType::Catalog`].
    pub entity_type: EntityType,
    /// The key of the module, package or add-on.
    pub entity_key: String,
    /// The module before, when one was changed.
    pub module_before: Option<Module>,
    /// The item before, when one was changed.
    pub item_before: Option<Item>,
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
    /// The module made or changed, as it stands afterwards.
    pub module: Option<Module>,
    /// The item made or changed, as it stands afterwards, with all its revisions.
    pub item: Option<Item>,
    /// Every revision that is new or whose epoch grew, of whichever item, as it stands afterwards.
    pub revisions: Vec<(ItemRef, Revision)>,
    /// Whose answers may differ now.
    pub reach: Vec<CatalogReach>,
    /// What the history says.
    pub event: CatalogEvent,
}
