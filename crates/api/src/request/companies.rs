//! Company writes (requirements 004 §17). Optional fields: left out keeps what is stored, `null` clears it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{FeatureAmount, Given, Instant, ItemStatus, ids::canonical_uuids};

macro_rules! company_write {
    ($(#[$meta:meta])* $name:ident { $($(#[$key_meta:meta])* $key:ident)? ; $($(#[$quantity_meta:meta])* $quantity:ident)? ; $($status:ident)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($(#[$key_meta])* pub $key: String,)?
            $(
                /// The new status.
                pub $status: ItemStatus,
            )?
            /// First instant in force; open when `null`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub starts_at: Given<Instant>,
            /// First instant no longer paid for; not before `startsAt`; open when `null`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub ends_at: Given<Instant>,
            /// First instant no longer in force, where a grace period follows `endsAt`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub grace_ends_at: Given<Instant>,
            $(
                $(#[$quantity_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(minimum = 1, maximum = 1_000_000)]
                pub $quantity: Option<u32>,
            )?
            /// What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 64, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$", example = "platform_admin")]
            pub source: Given<String>,
            /// The provider's name for it, such as a subscription id.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$", example = "sub_123")]
            pub external_reference: Given<String>,
        }
    };
}

company_write! {
    /// Activates, changes, pauses or ends a company's Basic subscription (requirements 004 §17.1).
    SetBasic { ; ; status }
}
company_write! {
    /// Activates, changes, pauses or ends a company's subscription to any package.
    SetPackage {
        /// The key of the package.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "basic")]
        package_key ; ; status
    }
}
company_write! {
    /// Activates, changes, pauses or ends one add-on of a company (requirements 004 §17.2).
    SetAddon {
        /// The key of the add-on.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
        addon_key ;
        /// How many; kept when left out, 1 for a new row.
        quantity ; status
    }
}
company_write! {
    /// Sets one add-on of a company to `inactive` (requirements 004 §17.3): the same as `POST addons` with that status.
    DeactivateAddon {
        /// The key of the add-on.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
        addon_key ; ;
    }
}

/// Moves a company from one package to another (requirements 002 §6.5).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePackage {
    /// Where to: an upgrade or downgrade target of a package in force.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$",
        example = "premium-market"
    )]
    pub package_key: String,
    /// Where from; only needed when several packages in force lead there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "basic")]
    pub from_package_key: Option<String>,
    /// From when; at once when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Instant>,
    /// Whether add-ons that stop working are ended as well; otherwise they come back when their rules hold again.
    #[serde(default)]
    #[schema(default = false)]
    pub deactivate_invalidated: bool,
    /// What kind of process writes.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 64, example = "platform_admin")]
    pub source: Given<String>,
    /// The provider's name for it.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 255, example = "sub_123")]
    pub external_reference: Given<String>,
}

/// Gives a company a feature or a module. Exactly one of the two is named.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddGrant {
    /// The feature that it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "retention")]
    pub feature_key: Option<String>,
    /// The module that it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
    pub module_key: Option<String>,
    /// The value that it sets, of a feature; `true` when left out.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = FeatureAmount)]
    pub value: Given<FeatureAmount>,
    /// First instant in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// First instant no longer in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Instant>,
    /// Why.
    #[schema(min_length = 1, max_length = 255, example = "promotion of spring")]
    pub reason: String,
    /// What kind of process gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub source: Option<String>,
}

/// Adds to a company's credits. One external reference adds once, whatever is retried.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantCredits {
    /// How much.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub amount: u64,
    /// First instant at which what is left of it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Instant>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub reason: Option<String>,
    /// The provider's or caller's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub external_reference: Option<String>,
}

/// Uses up a company's credits, those that expire first first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsumeCredits {
    /// How much.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub amount: u64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub reason: Option<String>,
    /// The caller's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub external_reference: Option<String>,
}

/// Says how a company is shown. What is left out is nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PutProfile {
    /// Its name.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Its identifier at each provider, such as `stripe`; at most 20.
    #[schema(example = json!({"stripe": "cus_123"}))]
    pub external_references: BTreeMap<String, String>,
}

/// Asks for the entitlements of several companies at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchOfCompanies {
    /// The companies, 1 to 1,000.
    #[serde(deserialize_with = "canonical_uuids")]
    #[schema(min_items = 1, max_items = 1000)]
    pub company_ids: Vec<uuid::Uuid>,
    /// How many of the answers to come each company carries, 0 to 16: one for each boundary, as things are scheduled now.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(minimum = 0, maximum = 16, default = 0)]
    pub upcoming: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives the field by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
