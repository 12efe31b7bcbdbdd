//! The catalog (requirements 004 §14).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeRequestView, ChangeView, ImpactView};
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

/// What a dry run of a catalog write says beside what would change; empty in the answer to a write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Foretold {
    /// What it would do to companies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<ImpactView>,
    /// Give it as `hash` to carry out exactly this: refused when anything that it was based on has moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
}

/// The answer to a write of a module (requirements 004 §16.1, §16.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModuleWritten {
    /// How it stands after the write.
    #[serde(flatten)]
    pub view: ModuleView,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// The answer to a write of a package or add-on (requirements 004 §16.3–§16.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemWritten {
    /// How it stands after the write.
    #[serde(flatten)]
    pub view: ItemView,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
    /// Only when the change waits for an approver: the request that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_request: Option<ChangeRequestView>,
}
