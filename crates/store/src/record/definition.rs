//! The stored form of a revision and of what it says.

use std::collections::BTreeMap;

use domain::{
    AddonRules, Availability, Definition, FeatureKey, ItemKey, ModuleKey, PermissionKey, Reach, Revision, Term,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    RecordError, RequirementRecord, feature_value, instant, json, need, of_version, parsed, set, text_map, texts,
    to_feature_value,
};

/// What a revision grants, version 2. Version 1 had the modules only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionRecord {
    v: u32,
    modules: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attached_permissions: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    features: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    addons: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standalone: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    compatible_packages: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    compatible_modules: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requires: Option<RequirementRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conflicts_with: Vec<String>,
}

impl DefinitionRecord {
    /// The stored form of a definition.
    pub fn of(definition: &Definition) -> Self {
        let Definition { modules, permissions, attached_permissions, features, addons, rules } = definition;
        let features = features.iter().map(|(key, value)| (key.to_string(), feature_value(*value)));
        let addons = addons.iter().map(|(key, availability)| (key.to_string(), availability.as_str().to_owned()));
        Self {
            v: 2,
            modules: texts(modules),
            permissions: texts(permissions),
            attached_permissions: text_map(attached_permissions),
            features: features.collect(),
            addons: addons.collect(),
            standalone: rules.standalone,
            compatible_packages: texts(&rules.compatible_packages),
            compatible_modules: texts(&rules.compatible_modules),
            requires: rules.requires.as_ref().map(RequirementRecord::of),
            conflicts_with: texts(&rules.conflicts_with),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no definition, or of a version that this build does not know.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let record: Self = parsed(text)?;
        of_version("definition", record.v, 2)?;
        Ok(record)
    }

    /// The definition of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_definition(&self) -> Result<Definition, RecordError> {
        let permission = |key: &str| PermissionKey::parse(key).ok();
        let attached = self.attached_permissions.iter().map(|(key, addon)| {
            let addon = ItemKey::parse(addon).ok();
            Ok((need(permission(key), "attachedPermissions")?, need(addon, "attachedPermissions")?))
        });
        let features = self
            .features
            .iter()
            .map(|(key, value)| Ok((need(FeatureKey::parse(key).ok(), "features")?, to_feature_value(value)?)));
        let addons = self.addons.iter().map(|(key, word)| {
            Ok((need(ItemKey::parse(key).ok(), "addons")?, need(Availability::parse(word), "addons")?))
        });
        Ok(Definition {
            modules: set(&self.modules, "modules", |key| ModuleKey::parse(key).ok())?,
            permissions: set(&self.permissions, "permissions", permission)?,
            attached_permissions: attached.collect::<Result<_, RecordError>>()?,
            features: features.collect::<Result<_, RecordError>>()?,
            addons: addons.collect::<Result<_, RecordError>>()?,
            rules: AddonRules {
                standalone: self.standalone,
                compatible_packages: set(&self.compatible_packages, "compatiblePackages", |key| {
                    ItemKey::parse(key).ok()
                })?,
                compatible_modules: set(&self.compatible_modules, "compatibleModules", |key| {
                    ModuleKey::parse(key).ok()
                })?,
                requires: self.requires.as_ref().map(RequirementRecord::to_requirement).transpose()?,
                conflicts_with: set(&self.conflicts_with, "conflictsWith", |term| Term::parse(term).ok())?,
            },
        })
    }
}

/// A revision, as catalog history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionRecord {
    number: u32,
    reach: String,
    definition: DefinitionRecord,
    epoch: u64,
    /// Version 1 did not keep them.
    #[serde(default)]
    epoch_grown_at: i64,
    #[serde(default)]
    created_at: i64,
}

impl RevisionRecord {
    /// The stored form of a revision.
    pub fn of(revision: &Revision) -> Self {
        Self {
            number: revision.number,
            reach: revision.reach.as_str().to_owned(),
            definition: DefinitionRecord::of(&revision.definition),
            epoch: revision.epoch,
            epoch_grown_at: revision.epoch_grown_at.micros(),
            created_at: revision.created_at.micros(),
        }
    }

    /// The revision of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_revision(&self) -> Result<Revision, RecordError> {
        Ok(Revision {
            number: self.number,
            reach: need(Reach::parse(&self.reach), "reach")?,
            definition: self.definition.to_definition()?,
            epoch: self.epoch,
            epoch_grown_at: instant(self.epoch_grown_at, "epochGrownAt")?,
            created_at: instant(self.created_at, "createdAt")?,
        })
    }
}
