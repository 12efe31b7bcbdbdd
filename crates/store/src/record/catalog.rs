//! The stored forms of the catalog: a revision's definition, and what catalog history keeps.

use domain::{CatalogChange, Item, Module, ModuleKey, Revision};
use serde::{Deserialize, Serialize};

use super::{RecordError, need};

/// What a revision grants, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRecord {
    /// The form's version.
    pub v: u32,
    /// The keys of the modules included, sorted.
    pub modules: Vec<String>,
}

impl DefinitionRecord {
    /// The stored form of a revision's definition.
    pub fn of(revision: &Revision) -> Self {
        Self { v: 1, modules: revision.modules.iter().map(ToString::to_string).collect() }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no definition, or of a version that this build does not know.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let record: Self = serde_json::from_str(text).map_err(|error| RecordError(error.to_string()))?;
        if record.v == 1 {
            Ok(record)
        } else {
            Err(RecordError(format!("definition has unknown version {}", record.v)))
        }
    }

    /// The modules included.
    ///
    /// # Errors
    /// [`RecordError`] when a key is none.
    pub fn module_keys(&self) -> Result<std::collections::BTreeSet<ModuleKey>, RecordError> {
        self.modules.iter().map(|key| need(ModuleKey::parse(key).ok(), "modules")).collect()
    }
}

/// A module, as catalog history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleRecord {
    id: String,
    key: String,
    name: String,
    kind: String,
    description: Option<String>,
    is_active: bool,
}

/// A revision, as catalog history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionRecord {
    number: u32,
    reach: String,
    definition: DefinitionRecord,
    epoch: u64,
}

/// A package or add-on, as catalog history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemRecord {
    id: String,
    kind: String,
    key: String,
    name: String,
    description: Option<String>,
    is_active: bool,
    newest: Option<RevisionRecord>,
}

/// The payload of a catalog history row, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogPayload {
    /// The form's version.
    pub v: u32,
    /// The module before, when one was changed.
    pub module_before: Option<ModuleRecord>,
    /// The module made or changed.
    pub module_after: Option<ModuleRecord>,
    /// The item before, when one was changed.
    pub item_before: Option<ItemRecord>,
    /// The item made or changed.
    pub item_after: Option<ItemRecord>,
    /// Every revision that is new or whose epoch grew, as `(kind, key, revision)`.
    pub revisions: Vec<(String, String, RevisionRecord)>,
}

impl CatalogPayload {
    /// The payload of a change.
    pub fn of(change: &CatalogChange) -> Self {
        let revisions = change.revisions.iter().map(|(item, revision)| {
            (item.kind.as_str().to_owned(), item.key.to_string(), RevisionRecord::of(revision))
        });
        Self {
            v: 1,
            module_before: change.event.module_before.as_ref().map(ModuleRecord::of),
            module_after: change.module.as_ref().map(ModuleRecord::of),
            item_before: change.event.item_before.as_ref().map(ItemRecord::of),
            item_after: change.item.as_ref().map(ItemRecord::of),
            revisions: revisions.collect(),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ModuleRecord {
    fn of(module: &Module) -> Self {
        Self {
            id: module.id.to_string(),
            key: module.key.to_string(),
            name: module.name.to_string(),
            kind: module.kind.as_str().to_owned(),
            description: module.description.as_ref().map(ToString::to_string),
            is_active: module.is_active,
        }
    }
}

impl RevisionRecord {
    fn of(revision: &Revision) -> Self {
        Self {
            number: revision.number,
            reach: revision.reach.as_str().to_owned(),
            definition: DefinitionRecord::of(revision),
            epoch: revision.epoch,
        }
    }
}

impl ItemRecord {
    fn of(item: &Item) -> Self {
        Self {
            id: item.id.to_string(),
            kind: item.kind.as_str().to_owned(),
            key: item.key.to_string(),
            name: item.name.to_string(),
            description: item.description.as_ref().map(ToString::to_string),
            is_active: item.is_active,
            newest: item.newest().map(RevisionRecord::of),
        }
    }
}
