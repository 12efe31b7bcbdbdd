//! Catalog writes (requirements 004 §16).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;
use crate::{
    CombineWord, FeatureKindWord, Given, ModuleType, StrictnessWord,
    ids::{canonical_uuids, some_canonical_uuids},
};

/// Makes a module (requirements 004 §16.1).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateModule {
    /// Lowercase slug, unique among modules, immutable.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
    pub key: String,
    /// What people call it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Finance"
    )]
    pub name: String,
    /// Base or add-on; immutable.
    #[serde(rename = "type")]
    pub module_type: ModuleType,
    /// For people; at most 4,000 characters.
    #[serde(default)]
    #[schema(max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub description: Option<String>,
    /// Whether it is enabled for those who own it; `true` when left out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// The first segment of its permissions; its key unless said otherwise.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
    pub namespace: Given<String>,
    /// Other first segments that stand for it, such as one that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 50, nullable = false, example = json!([]))]
    pub namespace_aliases: Option<Vec<String>>,
    /// Other keys by which requests may name it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 50, nullable = false, example = json!([]))]
    pub aliases: Option<Vec<String>>,
}

/// Changes a module (requirements 004 §16.2). What is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchModule {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        nullable = false
    )]
    pub name: Option<String>,
    /// A new description; `null` removes it.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub description: Given<String>,
    /// On or off. An inactive module is enabled for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// The first segment of its permissions; its key unless said otherwise.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
    pub namespace: Given<String>,
    /// Other first segments that stand for it, such as one that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 50, nullable = false, example = json!([]))]
    pub namespace_aliases: Option<Vec<String>>,
    /// Other keys by which requests may name it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 50, nullable = false, example = json!([]))]
    pub aliases: Option<Vec<String>>,
}

fn yes() -> bool {
    true
}

/// Makes a permission of the catalogue (requirements 000 §7.1).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePermission {
    /// Two or more slugs joined by dots, the first a namespace of its module; unique, immutable.
    #[schema(
        min_length = 3,
        max_length = 128,
        pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*(\\.[a-z][a-z0-9]*([-_][a-z0-9]+)*)+$",
        example = "finance.ticketing.read"
    )]
    pub key: String,
    /// The module that owns the capability; the one whose namespace the key begins with, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_length = 64, nullable = false)]
    pub module_key: Option<String>,
    /// For people; at most 4,000 characters.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub description: Option<String>,
}

/// Makes a feature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateFeature {
    /// Lowercase slug, unique among features, immutable.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "retention")]
    pub key: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, example = "Retention")]
    pub name: String,
    /// Toggle, limit or credit; immutable.
    pub kind: FeatureKindWord,
    /// What an amount counts, such as `GB`, `days` or `users`.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub unit: Option<String>,
    /// How a limit's sources combine; `sum` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub combine: Option<CombineWord>,
    /// For people; at most 4,000 characters.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// Free facts without meaning for entitlements; at most 50.
    #[serde(default)]
    #[schema(example = json!({}))]
    pub attributes: BTreeMap<String, String>,
}

/// Changes the catalog's policy. What is left out stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PatchPolicy {
    /// Whether an item must be completely defined before it is active.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub completeness: Option<StrictnessWord>,
    /// Whether two packages may differ in nothing but their price.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub pricing_duplicates: Option<StrictnessWord>,
}

/// Moves the holders of an item to a revision, batch by batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartRollOut {
    /// The revision that they are moved to.
    #[schema(minimum = 1)]
    pub to_revision: u32,
    /// Only these companies, each of which must be a holder; all holders when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_canonical_uuids")]
    #[schema(min_items = 1, max_items = 10000)]
    pub company_ids: Option<Vec<uuid::Uuid>>,
    /// Never these companies.
    #[serde(default, deserialize_with = "canonical_uuids")]
    #[schema(max_items = 10000)]
    pub exclude: Vec<uuid::Uuid>,
    /// A wave: this share of the holders, the same companies each time; 100 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub percent: Option<u32>,
    /// How many companies are moved between two looks at whether to go on; 500 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10000)]
    pub batch_size: Option<u32>,
    /// Whether it waits to be resumed.
    #[serde(default)]
    #[schema(default = false)]
    pub start_paused: bool,
}
