//! What is coming.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{FeatureAmount, Instant};

/// Every boundary ahead of a company, in order, if nobody writes it or the catalog meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    /// The company.
    pub company_id: Uuid,
    /// The instant from which it looks ahead.
    pub as_of: Instant,
    /// The entitlement version at that instant.
    pub entitlement_version: u64,
    /// The boundaries.
    pub moments: Vec<MomentView>,
    /// Whether there are more than were asked for.
    pub has_more: bool,
}

/// A boundary, and what it changes by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MomentView {
    /// When; from this instant on the answer is another.
    pub at: Instant,
    /// The entitlement version from then on.
    pub entitlement_version: u64,
    /// Whether a package in force then enables a base module.
    pub has_basic: bool,
    /// The key of that package.
    #[schema(required)]
    pub base_package: Option<String>,
    /// What the company has from then on and had not before.
    pub gains: GainedView,
    /// What it had before and has no longer.
    pub losses: GainedView,
}

/// What a boundary gives or takes. A feature whose value changes stands on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GainedView {
    /// Packages in force, by key.
    pub packages: Vec<String>,
    /// Add-ons that work, by key.
    pub addons: Vec<String>,
    /// Modules, by key.
    pub modules: Vec<String>,
    /// Permission families such as `finance.*`, and single permissions.
    pub permissions: Vec<String>,
    /// Features, by key.
    pub features: Vec<FeatureValueView>,
}

/// A feature and its value; of credits what the definitions say that it comes with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureValueView {
    /// The feature's key.
    pub key: String,
    /// Its value.
    pub value: FeatureAmount,
}
