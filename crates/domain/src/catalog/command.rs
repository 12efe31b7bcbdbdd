//! What may be asked of the catalog.

use crate::{ItemKey, ItemKind, ModuleKey, ModuleKind, Patch, Reach, Text};
use uuid::Uuid;

/// A catalog write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogCommand {
    /// Makes a module (requirements 004 §16.1).
    CreateModule {
        /// A fresh identifier.
        id: Uuid,
        /// Its key, not yet taken.
        key: ModuleKey,
        /// Its name.
        name: Text,
        /// Base or add-on.
        kind: ModuleKind,
        /// For people.
        description: Option<Text>,
        /// Whether it is enabled for those who own it.
        is_active: bool,
    },
    /// Changes a module (requirements 004 §16.2). Key and type never change.
    UpdateModule {
        /// Which.
        id: Uuid,
        /// A new name.
        name: Option<Text>,
        /// A new description, or none any more.
        description: Patch<Text>,
        /// On or off.
        is_active: Option<bool>,
    },
    /// Makes a package or an add-on with its first revision (requirements 004 §16.3, §16.5).
    CreateItem {
        /// A fresh identifier.
        id: Uuid,
        /// Package or add-on.
        kind: ItemKind,
        /// Its key, not yet taken by one of its kind.
        key: ItemKey,
        /// Its name.
        name: Text,
        /// For people.
        description: Option<Text>,
        /// Whether it may be assigned.
        is_active: bool,
        /// The modules that it includes.
        modules: Vec<ModuleKey>,
    },
    /// Changes a package or an add-on (requirements 004 §16.4, §16.6). Another module set makes the next revision.
    UpdateItem {
        /// Package or add-on.
        kind: ItemKind,
        /// Which.
        id: Uuid,
        /// A new name.
        name: Option<Text>,
        /// A new description, or none any more.
        description: Patch<Text>,
        /// Whether it may be newly assigned.
        is_active: Option<bool>,
        /// The whole new module set.
        modules: Option<Vec<ModuleKey>>,
        /// Whom the next revision reaches, where one is made.
        reach: Reach,
    },
}
