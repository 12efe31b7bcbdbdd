//! What a company owns beyond requirements 004: eligibility, features, explanations, grants, credits, profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeView, EntitlementsView};
use crate::{Detail, ErrorBody, FeatureAmount, FeatureKindWord, Instant};

/// The entitlements of several companies, in the order asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// One for each.
    pub companies: Vec<BatchEntry>,
}

/// The entitlements of one company, or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BatchEntry {
    /// The company.
    pub company_id: Uuid,
    /// What it owns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlements: Option<EntitlementsView>,
    /// Only where `upcoming` was asked for: what it will own from each of its next boundaries on (`asOf`) until the one after it
    /// (`validUntil`), as things are scheduled now. Fewer than asked for where there are no more boundaries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upcoming: Option<Vec<EntitlementsView>>,
    /// Why that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}

/// What a company may become eligible for. Whether a person has it is not for this service to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EligibilityView {
    /// The company.
    pub company_id: Uuid,
    /// Families such as `finance.*`, by name.
    pub permission_families: Vec<String>,
    /// Single permissions, by key.
    pub permissions: Vec<String>,
    /// The entitlement version.
    pub entitlement_version: u64,
}

/// The features that a company has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeaturesView {
    /// The company.
    pub company_id: Uuid,
    /// By key.
    pub features: Vec<FeatureInForceView>,
    /// The entitlement version.
    pub entitlement_version: u64,
}

/// A feature that a company has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureInForceView {
    /// Its key.
    pub key: String,
    /// What its value is.
    pub kind: FeatureKindWord,
    /// What an amount counts.
    #[schema(required)]
    pub unit: Option<String>,
    /// Its value; of a credit the balance.
    pub value: FeatureAmount,
    /// Where it comes from; where there is a grant only that counts.
    pub sources: Vec<SourceView>,
}

/// Where a company has something from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// `package`, `addon` or `grant`.
    pub kind: String,
    /// The key of the package or add-on, or the id of the grant.
    pub key: String,
    /// The revision that counts.
    #[schema(required)]
    pub revision: Option<u32>,
    /// Of a feature: what it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FeatureAmount, required = false)]
    pub value: Option<FeatureAmount>,
    /// Of a feature: whether it makes the value what it is. `false` where a grant stands in its place, and where a larger amount wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
    /// The package that includes the add-on, where that is not bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub included_by: Option<String>,
    /// First instant in force.
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// First instant no longer in force, grace included.
    #[schema(required)]
    pub ends_at: Option<Instant>,
    /// On whose behalf the row was last written.
    #[schema(required)]
    pub by: Option<String>,
    /// When.
    #[schema(required)]
    pub since: Option<Instant>,
    /// Of a grant: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What would give something, and why it does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsideredView {
    /// The row, add-on, grant or item.
    pub what: String,
    /// Why it does not give it now.
    pub why_not: String,
    /// What would make it.
    #[schema(required)]
    pub what_to_do: Option<String>,
}

/// Why a company has something, or lacks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedView {
    /// `module`, `permission` or `feature`.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Whether it has it.
    pub has: bool,
    /// Of a feature: its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FeatureAmount, required = false)]
    pub value: Option<FeatureAmount>,
    /// What gives it.
    pub sources: Vec<SourceView>,
    /// What was considered and does not.
    pub considered: Vec<ConsideredView>,
}

/// An add-on that is owned or included, and does not work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoppedView {
    /// Its key.
    pub key: String,
    /// The rules that stop it.
    pub rules: Vec<Detail>,
}

/// Why a company has what it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplanationView {
    /// The company.
    pub company_id: Uuid,
    /// The instant that was asked for.
    pub as_of: Instant,
    /// The entitlement version.
    pub entitlement_version: u64,
    /// What the version is made of.
    pub version_parts: VersionPartsView,
    /// Every module, permission and feature that it has.
    pub enabled: Vec<ExplainedView>,
    /// What it owns and what does not work.
    pub stopped: Vec<StoppedView>,
    /// What was asked for by `?module=`, `?permission=` or `?feature=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<ExplainedView>,
}

/// What an entitlement version is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionPartsView {
    /// What the last company write left.
    pub base: i64,
    /// Epochs of what is held, and boundaries crossed.
    pub moving: u64,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    /// Identifier.
    pub id: Uuid,
    /// The module that it gives.
    #[schema(required)]
    pub module_key: Option<String>,
    /// The feature that it sets.
    #[schema(required)]
    pub feature_key: Option<String>,
    /// The value that it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FeatureAmount, required = false)]
    pub value: Option<FeatureAmount>,
    /// First instant in force.
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// First instant no longer in force.
    #[schema(required)]
    pub ends_at: Option<Instant>,
    /// Why it was given.
    pub reason: String,
    /// What kind of process gave it.
    #[schema(required)]
    pub source: Option<String>,
    /// On whose behalf.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
}

/// The grants of a company, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantList {
    /// The company.
    pub company_id: Uuid,
    /// The grants.
    pub grants: Vec<GrantView>,
}

/// The answer to a write of a grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantWritten {
    /// The grant.
    pub id: Uuid,
    /// The company.
    pub company_id: Uuid,
    /// The entitlement version after the write.
    pub entitlement_version: u64,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
}

/// What a write would change of what a company owns, from the first instant at which it changes anything; `asOf` says when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// What it owns without the write; `null` when it is not known.
    #[schema(required)]
    pub before: Option<EntitlementsView>,
    /// What it would own.
    pub after: EntitlementsView,
    /// Its features without the write.
    pub features_before: BTreeMap<String, FeatureAmount>,
    /// Its features with it.
    pub features_after: BTreeMap<String, FeatureAmount>,
}

/// The credits of a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreditsView {
    /// The company.
    pub company_id: Uuid,
    /// By feature.
    pub credits: Vec<BalanceView>,
}

/// The balance of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BalanceView {
    /// The feature.
    pub feature_key: String,
    /// What can be used now.
    pub balance: u64,
    /// What of it expires, and when, earliest first.
    pub expiring: Vec<ExpiringView>,
    /// What was granted and is not in the balance yet, earliest first.
    #[serde(default)]
    #[schema(required)]
    pub upcoming: Vec<UpcomingView>,
}

/// Credits that are to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpcomingView {
    /// How much.
    pub amount: u64,
    /// From when it can be used; `null` while the row that brings it is paused, or has no time left.
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// When it is gone; `null` is never.
    #[schema(required)]
    pub expires_at: Option<Instant>,
}

/// A part of a balance that expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpiringView {
    /// How much.
    pub amount: u64,
    /// When it is gone.
    pub expires_at: Instant,
}

/// The answer to a write of credits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreditWritten {
    /// The feature.
    pub feature_key: String,
    /// The balance afterwards.
    pub balance: u64,
    /// The entry in the ledger; `null` when the purchase had given its credits already.
    #[schema(required)]
    pub entry_id: Option<Uuid>,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
}

/// A company's credit ledger of one feature, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerView {
    /// The company.
    pub company_id: Uuid,
    /// The feature.
    pub feature_key: String,
    /// The entries.
    pub entries: Vec<LedgerEntryView>,
    /// Give it as `cursor` for the next page; `null` on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// One entry of a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntryView {
    /// Identifier.
    pub id: Uuid,
    /// `grant`, `consume`, or `take_back` of what was granted for later and whose row was ended before.
    pub kind: String,
    /// How much.
    pub amount: u64,
    /// The balance afterwards.
    pub balance: u64,
    /// Of what is granted for later, or was taken back: from when it can be, or could have been, used. `null` is at once.
    #[serde(default)]
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// Of a grant: when it expires.
    #[schema(required)]
    pub expires_at: Option<Instant>,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// The provider's or caller's name for it.
    #[schema(required)]
    pub external_reference: Option<String>,
    /// On whose behalf.
    pub changed_by: String,
    /// When.
    pub created_at: Instant,
}

/// How a company is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// The company.
    pub company_id: Uuid,
    /// Its name.
    #[schema(required)]
    pub name: Option<String>,
    /// Its identifier at each provider.
    pub external_references: BTreeMap<String, String>,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
}
