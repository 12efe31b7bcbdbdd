//! The catalog (requirements 004 §14).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ModuleType;

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModuleView {
    /// Identifier.
    pub id: Uuid,
    /// Stable key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Base or add-on.
    #[serde(rename = "type")]
    pub module_type: ModuleType,
    /// For people.
    #[schema(required)]
    pub description: Option<String>,
    /// Whether it is enabled for those who own it.
    pub is_active: bool,
}

/// Every module, base modules first, then by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleList {
    /// The modules.
    pub modules: Vec<ModuleView>,
}

/// A package or an add-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemView {
    /// Identifier.
    pub id: Uuid,
    /// Stable key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// For people.
    #[schema(required)]
    pub description: Option<String>,
    /// Whether it may be newly assigned.
    pub is_active: bool,
    /// The keys of the modules of its newest revision, base modules first, then by key.
    pub modules: Vec<String>,
}

/// Every package, by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageList {
    /// The packages.
    pub packages: Vec<ItemView>,
}

/// Every add-on, by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddonList {
    /// The add-ons.
    pub addons: Vec<ItemView>,
}
