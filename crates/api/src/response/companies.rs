//! Companies (requirements 004 §15, §17).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Instant, ItemStatus};

/// What a company commercially owns right now (requirements 004 §15.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementsView {
    /// The company.
    pub company_id: Uuid,
    /// Whether a package in force enables a base module.
    pub has_basic: bool,
    /// The key of that package.
    #[schema(required)]
    pub base_package: Option<String>,
    /// The add-ons in force, by key.
    pub addons: Vec<AddonView>,
    /// The keys of the modules enabled, each once, base modules first, then by key.
    pub enabled_modules: Vec<String>,
    /// Moves whenever the entitlements do, and never goes back.
    pub entitlement_version: u64,
    /// When the answer last changed.
    pub updated_at: Instant,
    /// The next instant at which the answer changes by itself; `null` when there is none.
    #[schema(required)]
    pub valid_until: Option<Instant>,
    /// The instant that the answer was computed for; it holds from then until `validUntil`, a company write or a catalog change.
    pub as_of: Instant,
}

/// An add-on in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddonView {
    /// Its key.
    pub key: String,
    /// Its status.
    pub status: ItemStatus,
    /// First instant in force.
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// First instant no longer paid for.
    #[schema(required)]
    pub ends_at: Option<Instant>,
}

/// A summary of a company's commercial state (requirements 004 §15.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SummaryView {
    /// The company.
    pub company_id: Uuid,
    /// Whether a package in force enables a base module.
    pub has_basic: bool,
    /// The key of that package.
    #[schema(required)]
    pub base_package: Option<String>,
    /// The keys of the add-ons in force.
    pub addons: Vec<String>,
    /// The status of the base package in force, else of the newest base package; `inactive` when there is none.
    pub status: ItemStatus,
    /// The entitlement version.
    pub entitlement_version: u64,
}

/// A company's history, newest first (requirements 004 §15.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryView {
    /// The company.
    pub company_id: Uuid,
    /// The entries.
    pub history: Vec<HistoryEntryView>,
    /// Give it as `cursor` for the next page; `null` on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// One entry of a company's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntryView {
    /// Identifier.
    pub id: Uuid,
    /// What happened, such as `addon_activated`. New types may be added.
    pub change_type: String,
    /// To what: `package`, `addon`, `mapping`, `company` or `catalog`.
    pub entity_type: String,
    /// Its key.
    #[schema(required)]
    pub entity_key: Option<String>,
    /// The status before; `null` when there was no row.
    #[schema(required)]
    pub previous_status: Option<ItemStatus>,
    /// The status after.
    #[schema(required)]
    pub new_status: Option<ItemStatus>,
    /// What kind of process wrote it.
    #[schema(required)]
    pub source: Option<String>,
    /// On whose behalf.
    #[schema(required)]
    pub changed_by: Option<String>,
    /// When.
    pub created_at: Instant,
}

/// What a write changed, or would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// What happens, such as `addon_activated`.
    pub change_type: String,
    /// To what.
    pub entity_type: String,
    /// Its key.
    #[schema(required)]
    pub entity_key: Option<String>,
    /// The status before.
    #[schema(required)]
    pub previous_status: Option<ItemStatus>,
    /// The status after.
    #[schema(required)]
    pub new_status: Option<ItemStatus>,
}

macro_rules! written {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// The company.
            pub company_id: Uuid,
            $($(#[$field_meta])* pub $field: $type,)*
            /// The entitlement version after the write.
            pub entitlement_version: u64,
            /// Only in the answer to a dry run: what the write would change.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub changes: Option<Vec<ChangeView>>,
        }
    };
}

written! {
    /// The answer to a write of Basic (requirements 004 §17.1).
    BasicWritten {
        /// Whether a package in force enables a base module.
        has_basic: bool,
        /// The key of that package.
        #[schema(required)]
        base_package: Option<String>,
    }
}
written! {
    /// The answer to a write of a package.
    PackageWritten {
        /// The key of the package written.
        package_key: String,
        /// Its status.
        status: ItemStatus,
        /// Whether a package in force enables a base module.
        has_basic: bool,
        /// The key of that package.
        #[schema(required)]
        base_package: Option<String>,
    }
}
written! {
    /// The answer to a write of an add-on (requirements 004 §17.2).
    AddonWritten {
        /// The key of the add-on.
        addon_key: String,
        /// Its status.
        status: ItemStatus,
    }
}
written! {
    /// The answer to a repair.
    RepairedView {}
}
