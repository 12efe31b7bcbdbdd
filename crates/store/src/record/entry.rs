//! The stored forms of catalog entries, as catalog history keeps them.

use std::collections::BTreeMap;

use domain::{
    Combine, Entry, Feature, FeatureKey, FeatureKind, Item, ItemKey, ItemKind, Lifecycle, Module, ModuleKey,
    ModuleKind, Permission, PermissionKey, Policy, Revision, Strictness, Text, Uuid,
};
use serde::{Deserialize, Serialize};

use super::{
    ProfileRecord, RecordError, RevisionRecord, instant, need, optional_text, profile::attributes, set, text, text_map,
    texts,
};

/// An entry, whole, but for the older revisions of an item: each of them is kept where it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum EntryRecord {
    /// A module.
    Module(ModuleRecord),
    /// A permission.
    Permission(PermissionRecord),
    /// A feature.
    Feature(FeatureRecord),
    /// A package or an add-on.
    Item(Box<ItemRecord>),
    /// The policy.
    Policy(PolicyRecord),
}

impl EntryRecord {
    /// The stored form of an entry.
    pub fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Module(module) => Self::Module(ModuleRecord::of(module)),
            Entry::Permission(permission) => Self::Permission(PermissionRecord::of(permission)),
            Entry::Feature(feature) => Self::Feature(FeatureRecord::of(feature)),
            Entry::Item(item) => Self::Item(Box::new(ItemRecord::of(item))),
            Entry::Policy(policy) => Self::Policy(PolicyRecord::of(*policy)),
        }
    }

    /// The entry of a stored form; an item with the revisions given.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_entry(&self, revisions: Vec<Revision>) -> Result<Entry, RecordError> {
        Ok(match self {
            Self::Module(module) => Entry::Module(module.to_module()?),
            Self::Permission(permission) => Entry::Permission(permission.to_permission()?),
            Self::Feature(feature) => Entry::Feature(feature.to_feature()?),
            Self::Item(item) => Entry::Item(Box::new(item.to_item(revisions)?)),
            Self::Policy(policy) => Entry::Policy(policy.to_policy()?),
        })
    }
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleRecord {
    id: Uuid,
    key: String,
    name: String,
    kind: String,
    description: Option<String>,
    is_active: bool,
    namespace: String,
    namespace_aliases: Vec<String>,
    aliases: Vec<String>,
    epoch: u64,
    epoch_grown_at: i64,
    created_at: i64,
    updated_at: i64,
}

impl ModuleRecord {
    fn of(module: &Module) -> Self {
        Self {
            id: module.id,
            key: module.key.to_string(),
            name: module.name.to_string(),
            kind: module.kind.as_str().to_owned(),
            description: module.description.as_ref().map(ToString::to_string),
            is_active: module.is_active,
            namespace: module.namespace.to_string(),
            namespace_aliases: texts(&module.namespace_aliases),
            aliases: texts(&module.aliases),
            epoch: module.epoch,
            epoch_grown_at: module.epoch_grown_at.micros(),
            created_at: module.created_at.micros(),
            updated_at: module.updated_at.micros(),
        }
    }

    fn to_module(&self) -> Result<Module, RecordError> {
        let key = |key: &str| ModuleKey::parse(key).ok();
        Ok(Module {
            id: self.id,
            key: need(key(&self.key), "key")?,
            name: text(&self.name, "name")?,
            kind: need(ModuleKind::parse(&self.kind), "kind")?,
            description: optional_text(self.description.as_ref(), "description")?,
            is_active: self.is_active,
            namespace: need(key(&self.namespace), "namespace")?,
            namespace_aliases: set(&self.namespace_aliases, "namespaceAliases", key)?,
            aliases: set(&self.aliases, "aliases", key)?,
            epoch: self.epoch,
            epoch_grown_at: instant(self.epoch_grown_at, "epochGrownAt")?,
            created_at: instant(self.created_at, "createdAt")?,
            updated_at: instant(self.updated_at, "updatedAt")?,
        })
    }
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionRecord {
    id: Uuid,
    key: String,
    module: String,
    description: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl PermissionRecord {
    fn of(permission: &Permission) -> Self {
        Self {
            id: permission.id,
            key: permission.key.to_string(),
            module: permission.module.to_string(),
            description: permission.description.as_ref().map(ToString::to_string),
            created_at: permission.created_at.micros(),
            updated_at: permission.updated_at.micros(),
        }
    }

    fn to_permission(&self) -> Result<Permission, RecordError> {
        Ok(Permission {
            id: self.id,
            key: need(PermissionKey::parse(&self.key).ok(), "key")?,
            module: need(ModuleKey::parse(&self.module).ok(), "module")?,
            description: optional_text(self.description.as_ref(), "description")?,
            created_at: instant(self.created_at, "createdAt")?,
            updated_at: instant(self.updated_at, "updatedAt")?,
        })
    }
}

/// A feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureRecord {
    id: Uuid,
    key: String,
    name: String,
    description: Option<String>,
    kind: String,
    unit: Option<String>,
    combine: String,
    attributes: BTreeMap<String, String>,
    epoch: u64,
    epoch_grown_at: i64,
    created_at: i64,
    updated_at: i64,
}

impl FeatureRecord {
    fn of(feature: &Feature) -> Self {
        let optional = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
        Self {
            id: feature.id,
            key: feature.key.to_string(),
            name: feature.name.to_string(),
            description: optional(&feature.description),
            kind: feature.kind.as_str().to_owned(),
            unit: optional(&feature.unit),
            combine: feature.combine.as_str().to_owned(),
            attributes: text_map(&feature.attributes),
            epoch: feature.epoch,
            epoch_grown_at: feature.epoch_grown_at.micros(),
            created_at: feature.created_at.micros(),
            updated_at: feature.updated_at.micros(),
        }
    }

    fn to_feature(&self) -> Result<Feature, RecordError> {
        Ok(Feature {
            id: self.id,
            key: need(FeatureKey::parse(&self.key).ok(), "key")?,
            name: text(&self.name, "name")?,
            description: optional_text(self.description.as_ref(), "description")?,
            kind: need(FeatureKind::parse(&self.kind), "kind")?,
            unit: optional_text(self.unit.as_ref(), "unit")?,
            combine: need(Combine::parse(&self.combine), "combine")?,
            attributes: attributes(&self.attributes)?,
            epoch: self.epoch,
            epoch_grown_at: instant(self.epoch_grown_at, "epochGrownAt")?,
            created_at: instant(self.created_at, "createdAt")?,
            updated_at: instant(self.updated_at, "updatedAt")?,
        })
    }
}

/// A package or an add-on with its newest revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemRecord {
    id: Uuid,
    kind: String,
    key: String,
    name: String,
    description: Option<String>,
    lifecycle: String,
    profile: ProfileRecord,
    newest: Option<RevisionRecord>,
    created_at: i64,
    updated_at: i64,
}

impl ItemRecord {
    fn of(item: &Item) -> Self {
        Self {
            id: item.id,
            kind: item.kind.as_str().to_owned(),
            key: item.key.to_string(),
            name: item.name.to_string(),
            description: item.description.as_ref().map(ToString::to_string),
            lifecycle: item.lifecycle.as_str().to_owned(),
            profile: ProfileRecord::of(&item.profile),
            newest: item.newest().map(RevisionRecord::of),
            created_at: item.created_at.micros(),
            updated_at: item.updated_at.micros(),
        }
    }

    /// The newest revision.
    pub fn newest(&self) -> Option<&RevisionRecord> {
        self.newest.as_ref()
    }

    fn to_item(&self, revisions: Vec<Revision>) -> Result<Item, RecordError> {
        Ok(Item {
            id: self.id,
            kind: need(ItemKind::parse(&self.kind), "kind")?,
            key: need(ItemKey::parse(&self.key).ok(), "key")?,
            name: text(&self.name, "name")?,
            description: optional_text(self.description.as_ref(), "description")?,
            lifecycle: need(Lifecycle::parse(&self.lifecycle), "lifecycle")?,
            profile: self.profile.to_profile()?,
            revisions,
            created_at: instant(self.created_at, "createdAt")?,
            updated_at: instant(self.updated_at, "updatedAt")?,
        })
    }
}

/// The catalog's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRecord {
    completeness: String,
    pricing_duplicates: String,
}

impl PolicyRecord {
    fn of(policy: Policy) -> Self {
        Self {
            completeness: policy.completeness.as_str().to_owned(),
            pricing_duplicates: policy.pricing_duplicates.as_str().to_owned(),
        }
    }

    fn to_policy(&self) -> Result<Policy, RecordError> {
        Ok(Policy {
            completeness: need(Strictness::parse(&self.completeness), "completeness")?,
            pricing_duplicates: need(Strictness::parse(&self.pricing_duplicates), "pricingDuplicates")?,
        })
    }
}
