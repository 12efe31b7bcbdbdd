//! What is said of a package or an add-on: when it is made, when it is changed, and in a catalog document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema, schema::Object};

use super::present;
use crate::{
    AddonKindWord, AvailabilityWord, CommercialTypeWord, FeatureAmount, Given, KeyWord, LifecycleWord, OrientationWord,
    ReachWord, RequirementBody, VisibilityWord,
};

/// Who answers for an item (requirements 002 §6.7). People are named as in `X-Actor-Id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GovernanceBody {
    /// Who owns it commercially.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub owner: Option<String>,
    /// Who may assign it; empty is everyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub assigners: Vec<String>,
    /// Who may retire it; empty is everyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub retirers: Vec<String>,
    /// Who approves changes of what it grants; empty is that nobody needs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub approvers: Vec<String>,
}

/// Everything that may be said of a package or an add-on. What is left out of a request is not said; what is left out of a catalog document
/// has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ItemBody {
    /// Lowercase slug, unique among its kind, immutable. Only when it is made.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$",
        nullable = false,
        example = "finance"
    )]
    pub key: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        nullable = false,
        example = "Finance"
    )]
    pub name: Option<String>,
    /// For people; `null` removes it.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub description: Given<String>,
    /// The short form of `lifecycleStatus`: `true` is active; `false` is inactive, where it was active. `true` for a new item.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// Where it stands in its life (requirements 002 §6.6).
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub lifecycle_status: Option<LifecycleWord>,
    /// The whole set of modules that it includes, each once.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false, example = json!(["finance"]))]
    pub module_keys: Option<Vec<String>>,
    /// The whole set of permissions that it makes a company eligible for.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 2000, nullable = false, example = json!([]))]
    pub permissions: Option<Vec<String>>,
    /// The whole set of features that it gives, by key.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false, example = json!({}))]
    pub features: Option<BTreeMap<String, FeatureAmount>>,
    /// Who may be shown and sold it; public when `null`.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<VisibilityWord>)]
    pub visibility: Given<VisibilityWord>,
    /// Days of a trial that names no end. With it a company has one trial for life.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    pub trial_days: Given<u32>,
    /// Items of one group share the one trial.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
    pub trial_group: Given<String>,
    /// Days of grace after an end.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    pub grace_days: Given<u32>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub governance: Option<GovernanceBody>,
    /// Free facts without meaning for entitlements; at most 50.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false, example = json!({}))]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Other keys by which requests may name it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 50, nullable = false, example = json!([]))]
    pub aliases: Option<Vec<String>>,
    /// Of a package: what it says of add-ons, by key; an empty one says that there is nothing to say, one that is left out says nothing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false, example = json!({}))]
    pub addons: Option<BTreeMap<String, AvailabilityWord>>,
    /// Of a package: permissions that count only while the add-on named beside each is included or operative.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false, example = json!({}))]
    pub attached_permissions: Option<BTreeMap<String, String>>,
    /// Of a package: what kind of product; when `null`, base when it includes a base module, else premium.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<CommercialTypeWord>)]
    pub commercial_type: Given<CommercialTypeWord>,
    /// Of a package: whether it may be assigned only beside a base package.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub requires_base_package: Option<bool>,
    /// Of a package: where it may be upgraded to; an empty list says nowhere, one that is left out says nothing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false, example = json!([]))]
    pub upgrade_targets: Option<Vec<String>>,
    /// Of a package: where it may be downgraded to; an empty list says nowhere, one that is left out says nothing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false, example = json!([]))]
    pub downgrade_targets: Option<Vec<String>>,
    /// Of a package: who it is for.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub target_customer: Given<String>,
    /// Of a package: what it solves for them.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub business_problem: Given<String>,
    /// Of an add-on: what it is; when `null`, a module unlocker when it includes modules, else a capability enhancer.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<AddonKindWord>)]
    pub kind: Given<AddonKindWord>,
    /// Of an add-on: what it is mostly about.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<OrientationWord>)]
    pub orientation: Given<OrientationWord>,
    /// Of an add-on: why it exists.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, max_length = 4000, pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")]
    pub business_purpose: Given<String>,
    /// Of an add-on: terms that make it superfluous; an empty list says that nothing does, one that is left out says nothing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 100, nullable = false, example = json!([]))]
    pub redundant_with: Option<Vec<String>>,
    /// Of an add-on: whether it may be owned with no package; when `null`, it may when it names neither compatible packages nor modules.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<bool>)]
    pub standalone: Given<bool>,
    /// Of an add-on: packages that it works with.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false, example = json!([]))]
    pub compatible_packages: Option<Vec<String>>,
    /// Of an add-on: modules that it works with.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Vec<KeyWord>, max_items = 500, nullable = false, example = json!([]))]
    pub compatible_modules: Option<Vec<String>>,
    /// Of an add-on: what it needs besides.
    #[serde(skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<RequirementBody>)]
    pub requires: Given<RequirementBody>,
    /// Of an add-on: terms that it does not work beside; an empty list says none, one that is left out says nothing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(max_items = 100, nullable = false, example = json!([]))]
    pub conflicts_with: Option<Vec<String>>,
    /// Whom a change of what it grants reaches; `existing` when left out. Only when it is changed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(nullable = false)]
    pub reach: Option<ReachWord>,
}

/// The schema of a body without some fields, and with others required.
fn schema_of(without: &[&str], required: &[&str]) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(object)) = <ItemBody as utoipa::PartialSchema>::schema() else {
        return RefOr::T(Schema::Object(Object::new()));
    };
    let mut object = object;
    object.properties.retain(|name, _| !without.contains(&name.as_str()));
    object.required = required.iter().map(|name| (*name).to_owned()).collect();
    RefOr::T(Schema::Object(object))
}

/// The error of a body that has not every field: the fields that it has not are not offered.
fn here<E: serde::de::Error>(error: E, without: &[&str]) -> E {
    let mut text = error.to_string();
    if !text.starts_with("unknown field `") {
        return error;
    }
    for field in without {
        text = text.replace(&format!(", `{field}`"), "").replace(&format!("one of `{field}`, "), "one of ");
    }
    E::custom(text)
}

macro_rules! body {
    ($(#[$meta:meta])* $name:ident without $without:expr, required $required:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub ItemBody);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                let body = ItemBody::deserialize(deserializer).map_err(|error| here::<D::Error>(error, $without))?;
                let said = [("key", body.key.is_some()), ("name", body.name.is_some()), ("reach", body.reach.is_some())];
                for (field, is_said) in said {
                    let without: &[&str] = $without;
                    let required: &[&str] = $required;
                    if is_said && without.contains(&field) {
                        return Err(D::Error::custom(format!("unknown field `{field}` here")));
                    }
                    if !is_said && required.contains(&field) {
                        return Err(D::Error::custom(format!("missing field `{field}`")));
                    }
                }
                Ok(Self(body))
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema_of($without, $required)
            }
        }

        impl ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                <ItemBody as ToSchema>::schemas(schemas);
            }
        }
    };
}

body! {
    /// Makes a package or an add-on (requirements 004 §16.3, §16.5).
    CreateItem without &["reach"], required &["key", "name"]
}
body! {
    /// Changes a package or an add-on (requirements 004 §16.4, §16.6). What is left out stays.
    PatchItem without &["key"], required &[]
}
