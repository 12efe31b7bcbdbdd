//! Catalog writes (requirements 004 §16).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Given, KeyWord, ModuleType, ReachWord};

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
}

/// Makes a package or an add-on (requirements 004 §16.3, §16.5).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateItem {
    /// Lowercase slug, unique among its kind, immutable.
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
    /// For people; at most 4,000 characters.
    #[serde(default)]
    #[schema(max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub description: Option<String>,
    /// Whether it may be assigned; `true` when left out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// The keys of the modules that it includes, each once.
    #[serde(default)]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, example = json!(["finance"]))]
    pub module_keys: Vec<String>,
}

/// Changes a package or an add-on (requirements 004 §16.4, §16.6). What is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchItem {
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
    /// Whether it may be newly assigned. Those who hold it keep it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// The whole new set of module keys, each once. A set that differs makes the next revision.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false)]
    pub module_keys: Option<Vec<String>>,
    /// Whom another module set reaches; `existing` when left out.
    #[serde(default)]
    #[schema(default = "existing")]
    pub reach: ReachWord,
}

fn yes() -> bool {
    true
}

/// A field that may be left out, but not be `null`.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
