//! The catalog as one document: exported, planned, applied and tested as code. The same shape in JSON and in TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CombineWord, FeatureAmount, FeatureKindWord, Instant, ItemStatus, ModuleType,
    request::{ItemBody, PatchPolicy},
};

/// A whole catalog. What it does not name is not touched: nothing is ever deleted by leaving it out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CatalogDocument {
    /// The catalog's policy; what it leaves out is lenient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PatchPolicy>,
    /// Modules, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, ModuleEntry>,
    /// Permissions, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, PermissionEntry>,
    /// Features, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, FeatureEntry>,
    /// Packages, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, ItemBody>,
    /// Add-ons, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub addons: BTreeMap<String, ItemBody>,
    /// What the catalog promises, checked by `catalog test`; the server ignores it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<DocumentTest>,
}

/// A module of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModuleEntry {
    /// What people call it.
    pub name: String,
    /// Base or add-on.
    #[serde(rename = "type")]
    pub module_type: ModuleType,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is enabled for those who own it; `true` when left out.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub is_active: bool,
    /// The first segment of its permissions; its key when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Other first segments that stand for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace_aliases: Vec<String>,
    /// Other keys by which requests may name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A permission of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PermissionEntry {
    /// The module that owns the capability; the one whose namespace the key begins with, when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_key: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A feature of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeatureEntry {
    /// What people call it.
    pub name: String,
    /// Toggle, limit or credit.
    pub kind: FeatureKindWord,
    /// What an amount counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How a limit's sources combine; `sum` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<CombineWord>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// A promise of the catalog: given a company, expect what it owns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DocumentTest {
    /// What is promised, in a sentence.
    pub name: String,
    /// What the company has.
    pub given: GivenCompany,
    /// The instant that is asked for; 2026-01-01T00:00:00Z when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// What it owns then. What is left out is not looked at.
    pub expect: Expected,
}

/// What a tested company has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GivenCompany {
    /// Packages: a key, or a key with more about the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<GivenRow>,
    /// Add-ons, alike. They are given after the packages, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addons: Vec<GivenRow>,
    /// Grants of features, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, FeatureAmount>,
    /// Grants of modules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
}

/// A row of a tested company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "must be a key, or a table with a key and status, startsAt, endsAt, graceEndsAt, quantity"
)]
pub enum GivenRow {
    /// Active, without a window.
    Key(String),
    /// With more about it.
    Row(RowGiven),
}

/// A row of a tested company, with more about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RowGiven {
    /// The package's or add-on's key.
    pub key: String,
    /// Active when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ItemStatus>,
    /// First instant in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// First instant no longer paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Instant>,
    /// First instant no longer in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_ends_at: Option<Instant>,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
}

/// What a tested company owns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expected {
    /// The key of the base package; `none` when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_package: Option<String>,
    /// Exactly these modules, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
    /// Exactly these add-ons work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addons: Option<Vec<String>>,
    /// These add-ons are owned and do not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Vec<String>>,
    /// Exactly these permission families.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_families: Option<Vec<String>>,
    /// Exactly these single permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// These features have these values; `false` is that the company does not have it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, FeatureAmount>,
    /// The company cannot be given that: a piece of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}
