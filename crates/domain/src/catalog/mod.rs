//! The catalog: modules, packages and add-ons, their revisions and epochs, and how commands change them.

mod apply;
mod change;
mod command;
mod decide;
mod item;
mod meaning;
mod module;

use std::collections::BTreeMap;

pub use apply::apply_catalog;
pub use change::{CatalogChange, CatalogEvent, CatalogReach};
pub use command::CatalogCommand;
pub use decide::{MAX_CATALOG_ENTRIES, decide_catalog};
pub use item::{Item, ItemKind, ItemRef, Reach, Revision};
pub use module::{Module, ModuleKind};

use crate::{ItemKey, ModuleKey, Timestamp};
use uuid::Uuid;

/// The whole catalog at one generation. Small (hundreds of entries), immutable, shared by every reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Grows by one with every catalog change; 0 is the empty catalog of a new database.
    pub generation: u64,
    /// When the catalog changed last.
    pub changed_at: Timestamp,
    modules: BTreeMap<ModuleKey, Module>,
    packages: BTreeMap<ItemKey, Item>,
    addons: BTreeMap<ItemKey, Item>,
}

impl Catalog {
    /// A catalog of the given entries. Where two have one key the later one stands.
    pub fn new(
        generation: u64,
        changed_at: Timestamp,
        modules: impl IntoIterator<Item = Module>,
        items: impl IntoIterator<Item = Item>,
    ) -> Self {
        let mut catalog = Self {
            generation,
            changed_at,
            modules: modules.into_iter().map(|module| (module.key.clone(), module)).collect(),
            packages: BTreeMap::new(),
            addons: BTreeMap::new(),
        };
        for item in items {
            catalog.items_mut(item.kind).insert(item.key.clone(), item);
        }
        catalog
    }

    /// The catalog of a new database: nothing in it, generation 0.
    pub fn empty() -> Self {
        Self::new(0, Timestamp::MIN, [], [])
    }

    /// Every module, base modules first, then by key.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        let of = |kind| self.modules.values().filter(move |module| module.kind == kind);
        of(ModuleKind::Base).chain(of(ModuleKind::Addon))
    }

    /// Every package or every add-on, by key.
    pub fn items(&self, kind: ItemKind) -> impl Iterator<Item = &Item> {
        self.items_of(kind).values()
    }

    /// The module of that key.
    pub fn module(&self, key: &ModuleKey) -> Option<&Module> {
        self.modules.get(key)
    }

    /// The module of that id.
    pub fn module_by_id(&self, id: Uuid) -> Option<&Module> {
        self.modules.values().find(|module| module.id == id)
    }

    /// The package or add-on of that kind and key.
    pub fn item(&self, item: &ItemRef) -> Option<&Item> {
        self.items_of(item.kind).get(&item.key)
    }

    /// The package or add-on of that kind and key, by the key's text.
    pub fn item_by_text(&self, kind: ItemKind, key: &str) -> Option<&Item> {
        self.items_of(kind).get(key)
    }

    /// The package or add-on of that kind and id.
    pub fn item_by_id(&self, kind: ItemKind, id: Uuid) -> Option<&Item> {
        self.items(kind).find(|item| item.id == id)
    }

    fn items_of(&self, kind: ItemKind) -> &BTreeMap<ItemKey, Item> {
        match kind {
            ItemKind::Package => &self.packages,
            ItemKind::Addon => &self.addons,
        }
    }

    fn items_mut(&mut self, kind: ItemKind) -> &mut BTreeMap<ItemKey, Item> {
        match kind {
            ItemKind::Package => &mut self.packages,
            ItemKind::Addon => &mut self.addons,
        }
    }
}
