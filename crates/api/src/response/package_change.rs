//! What a change of package means for a company.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ChangeView;
use crate::{FeatureAmount, Instant};

/// The answer to a change of package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageChangedView {
    /// The company.
    pub company_id: Uuid,
    /// Where it goes.
    pub package_key: String,
    /// Where it comes from.
    pub from_package_key: String,
    /// `upgrade` or `downgrade`.
    pub direction: String,
    /// From when.
    pub effective_at: Instant,
    /// What becomes of its add-ons.
    pub addons: AddonsMovedView,
    /// Limits that become smaller or are exceeded.
    pub limits: Vec<ReducedLimitView>,
    /// Whether a module or permission is lost.
    pub access_review_required: bool,
    /// The entitlement version after the write.
    pub entitlement_version: u64,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
}

/// What becomes of a company's add-ons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddonsMovedView {
    /// They go on working.
    pub preserved: Vec<String>,
    /// They stop working, now or later.
    pub invalidated: Vec<InvalidatedView>,
    /// They add nothing any more.
    pub redundant: Vec<String>,
}

/// An add-on that stops working.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvalidatedView {
    /// Its key.
    pub key: String,
    /// From when.
    pub at: Instant,
    /// The rule that stops it.
    pub reason: String,
}

/// A limit that becomes smaller, or a balance that exceeds what the new package comes with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReducedLimitView {
    /// The feature.
    pub feature_key: String,
    /// What it was; of a credit the balance.
    pub before: FeatureAmount,
    /// What it becomes; `null` is that the company has it no more, or no limit any more.
    #[schema(required, value_type = FeatureAmount)]
    pub after: Option<FeatureAmount>,
}

/// The answer to taking a planned change back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageChangeCancelledView {
    /// The company.
    pub company_id: Uuid,
    /// The entitlement version after the write.
    pub entitlement_version: u64,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
}
