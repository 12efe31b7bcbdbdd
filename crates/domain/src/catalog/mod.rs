//! The catalog: modules, permissions, features, packages and add-ons, their revisions and epochs, and how commands change them.

mod apply;
mod change;
mod command;
mod decide;
mod definition;
mod feature;
mod item;
mod meaning;
mod module;
mod permission;
mod policy;
mod profile;
mod rule;
mod validity;

use std::collections::BTreeMap;

pub use apply::apply_catalog;
pub use change::{CatalogChange, CatalogEvent, CatalogReach, Entry, Reached};
pub use command::{
    CatalogCommand, CreateItem, CreateModule, FeatureEdit, ItemEdit, ItemKindEdit, ModuleEdit, PermissionEdit,
};
pub use decide::{CatalogFacts, MAX_CATALOG_ENTRIES, decide_catalog};
pub use definition::{AddonRules, Availability, Definition};
pub use feature::{Combine, Feature, FeatureKind, FeatureValue, MAX_AMOUNT};
pub use item::{Item, ItemKind, ItemRef, Reach, Revision};
pub use module::{Module, ModuleKind};
pub use permission::{MAX_PERMISSION_CHARS, Permission, PermissionKey};
pub use policy::{Policy, Strictness};
pub use profile::{
    AddonKind, Attributes, CommercialType, Governance, Lifecycle, ListField, MAX_ATTRIBUTES, Orientation, Profile,
    Visibility,
};
pub use rule::{MAX_REQUIREMENT_DEPTH, MAX_TERMS, Requirement, Term, TermError};
pub use validity::{missing, validate};

use crate::{FeatureKey, ItemKey, ModuleKey, Timestamp};
use uuid::Uuid;

/// The whole catalog at one generation. Small (hundreds of entries), immutable, shared by every reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Grows by one with every catalog change; 0 is the empty catalog of a new database.
    pub generation: u64,
    /// When the catalog changed last.
    pub changed_at: Timestamp,
    /// How strictly it keeps its own discipline.
    pub policy: Policy,
    modules: BTreeMap<ModuleKey, Module>,
    permissions: BTreeMap<PermissionKey, Permission>,
    features: BTreeMap<FeatureKey, Feature>,
    packages: BTreeMap<ItemKey, Item>,
    addons: BTreeMap<ItemKey, Item>,
}

impl Catalog {
    /// The catalog of a new database: nothing in it, generation 0.
    pub fn empty() -> Self {
        Self::new(0, Timestamp::MIN)
    }

    /// A catalog with nothing in it, of that generation.
    pub fn new(generation: u64, changed_at: Timestamp) -> Self {
        Self {
            generation,
            changed_at,
            policy: Policy::default(),
            modules: BTreeMap::new(),
            permissions: BTreeMap::new(),
            features: BTreeMap::new(),
            packages: BTreeMap::new(),
            addons: BTreeMap::new(),
        }
    }

    /// Puts an entry in, in the place of one that has its key.
    pub fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Module(module) => drop(self.modules.insert(module.key.clone(), module)),
            Entry::Permission(permission) => drop(self.permissions.insert(permission.key.clone(), permission)),
            Entry::Feature(feature) => drop(self.features.insert(feature.key.clone(), feature)),
            Entry::Item(item) => drop(self.items_mut(item.kind).insert(item.key.clone(), *item)),
            Entry::Policy(policy) => self.policy = policy,
        }
    }

    /// Every module, base modules first, then by key.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        let of = |kind| self.modules.values().filter(move |module| module.kind == kind);
        of(ModuleKind::Base).chain(of(ModuleKind::Addon))
    }

    /// Every permission, by key.
    pub fn permissions(&self) -> impl Iterator<Item = &Permission> {
        self.permissions.values()
    }

    /// Every feature, by key.
    pub fn features(&self) -> impl Iterator<Item = &Feature> {
        self.features.values()
    }

    /// Every package or every add-on, by key.
    pub fn items(&self, kind: ItemKind) -> impl Iterator<Item = &Item> {
        self.items_of(kind).values()
    }

    /// Every package, then every add-on, by key.
    pub fn all_items(&self) -> impl Iterator<Item = &Item> {
        self.items(ItemKind::Package).chain(self.items(ItemKind::Addon))
    }

    /// The module of that key.
    pub fn module(&self, key: &ModuleKey) -> Option<&Module> {
        self.modules.get(key)
    }

    /// The module that a request names: by its key, or else by an alias.
    pub fn module_named(&self, key: &ModuleKey) -> Option<&Module> {
        self.module(key).or_else(|| self.modules.values().find(|module| module.aliases.contains(key)))
    }

    /// The module of that id.
    pub fn module_by_id(&self, id: Uuid) -> Option<&Module> {
        self.modules.values().find(|module| module.id == id)
    }

    /// The permission of that key.
    pub fn permission(&self, key: &PermissionKey) -> Option<&Permission> {
        self.permissions.get(key)
    }

    /// The permission of that id.
    pub fn permission_by_id(&self, id: Uuid) -> Option<&Permission> {
        self.permissions.values().find(|permission| permission.id == id)
    }

    /// The feature of that key.
    pub fn feature(&self, key: &FeatureKey) -> Option<&Feature> {
        self.features.get(key)
    }

    /// The feature of that id.
    pub fn feature_by_id(&self, id: Uuid) -> Option<&Feature> {
        self.features.values().find(|feature| feature.id == id)
    }

    /// The package or add-on of that kind and key.
    pub fn item(&self, item: &ItemRef) -> Option<&Item> {
        self.items_of(item.kind).get(&item.key)
    }

    /// The package of that key.
    pub fn package(&self, key: &ItemKey) -> Option<&Item> {
        self.packages.get(key)
    }

    /// The add-on of that key.
    pub fn addon(&self, key: &ItemKey) -> Option<&Item> {
        self.addons.get(key)
    }

    /// The item that a request names: by its key, or else by an alias.
    pub fn item_named(&self, item: &ItemRef) -> Option<&Item> {
        self.item(item).or_else(|| self.items(item.kind).find(|known| known.profile.aliases.contains(&item.key)))
    }

    /// The package or add-on of that kind and key, by the key's text.
    pub fn item_by_text(&self, kind: ItemKind, key: &str) -> Option<&Item> {
        self.items_of(kind).get(key)
    }

    /// The package or add-on of that kind and id.
    pub fn item_by_id(&self, kind: ItemKind, id: Uuid) -> Option<&Item> {
        self.items(kind).find(|item| item.id == id)
    }

    pub(super) fn items_mut(&mut self, kind: ItemKind) -> &mut BTreeMap<ItemKey, Item> {
        match kind {
            ItemKind::Package => &mut self.packages,
            ItemKind::Addon => &mut self.addons,
        }
    }

    fn items_of(&self, kind: ItemKind) -> &BTreeMap<ItemKey, Item> {
        match kind {
            ItemKind::Package => &self.packages,
            ItemKind::Addon => &self.addons,
        }
    }
}
