//! The commercial rules of the catalog: permissions, features, revisions, impact, roll-outs and change requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeView, Foretold};
use crate::{
    CombineWord, Detail, FeatureKindWord, Instant, LifecycleWord, ReachWord, StrictnessWord, document::CatalogDocument,
    request::ItemBody,
};

/// A permission of the catalogue. Core knows only that a company may become eligible for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionView {
    /// Identifier.
    pub id: Uuid,
    /// Stable key.
    pub key: String,
    /// The module that owns the capability.
    pub module_key: String,
    /// For people.
    #[schema(required)]
    pub description: Option<String>,
}

/// Every permission, by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionList {
    /// The permissions.
    pub permissions: Vec<PermissionView>,
}

/// The answer to a write of a permission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionWritten {
    /// How it stands after the write.
    #[serde(flatten)]
    pub view: PermissionView,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// A feature of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureView {
    /// Identifier.
    pub id: Uuid,
    /// Stable key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What its value is.
    pub kind: FeatureKindWord,
    /// What an amount counts.
    #[schema(required)]
    pub unit: Option<String>,
    /// How a limit's sources combine.
    pub combine: CombineWord,
    /// For people.
    #[schema(required)]
    pub description: Option<String>,
    /// Free facts.
    pub attributes: BTreeMap<String, String>,
}

/// Every feature, by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureList {
    /// The features.
    pub features: Vec<FeatureView>,
}

/// The answer to a write of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureWritten {
    /// How it stands after the write.
    #[serde(flatten)]
    pub view: FeatureView,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// The catalog's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// Whether an item must be completely defined before it is active.
    pub completeness: StrictnessWord,
    /// Whether two packages may differ in nothing but their price.
    pub pricing_duplicates: StrictnessWord,
    /// Only in the answer to a dry run: what the write would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeView>>,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// A package or an add-on with everything that is said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemDetail {
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
    /// Where it stands in its life.
    pub lifecycle_status: LifecycleWord,
    /// The number of its newest revision.
    pub revision: u32,
    /// The number of the newest revision that reached existing holders.
    pub revision_of_existing: u32,
    /// Everything that is said of it, without what is as by default.
    pub definition: ItemBody,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A numbered definition of a package or an add-on. It never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionView {
    /// 1 for the first, then one more each time.
    pub number: u32,
    /// Whom it reached when it was made.
    pub reach: ReachWord,
    /// What it grants, and under which rules.
    pub definition: ItemBody,
    /// When it was made.
    pub created_at: Instant,
}

/// Every revision of an item, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionList {
    /// The revisions.
    pub revisions: Vec<RevisionView>,
}

/// What an item still lacks before it may become active under a strict policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompletenessView {
    /// Whether nothing is missing.
    pub is_complete: bool,
    /// What is missing, with the rule that asks for it.
    pub missing: Vec<Detail>,
}

/// How many companies something changes for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedView {
    /// Companies that did not have it and will.
    pub gained: u64,
    /// Companies that had it and will not.
    pub lost: u64,
    /// Companies that have it with another value.
    pub changed: u64,
}

/// What a catalog change would do to the companies there are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactView {
    /// Companies for which anything differs.
    pub companies: u64,
    /// Companies looked at.
    pub looked_at: u64,
    /// By module.
    pub modules: BTreeMap<String, MovedView>,
    /// By permission, and by family such as `finance.*`.
    pub permissions: BTreeMap<String, MovedView>,
    /// By feature.
    pub features: BTreeMap<String, MovedView>,
    /// Add-ons that stop or begin to work.
    pub addons: BTreeMap<String, MovedView>,
    /// Some of the companies touched, by identifier.
    pub company_ids: Vec<Uuid>,
    /// Give it as `cursor` to be told the next ones; `null` when there are no more.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What applying a document would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Entry by entry.
    pub changes: Vec<PlannedChange>,
    /// To whom.
    pub impact: ImpactView,
    /// Names this plan: `apply?hash=` refuses when anything that it was based on has moved.
    pub hash: String,
}

/// What a document makes of one entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedChange {
    /// `module`, `permission`, `feature`, `package`, `addon` or `policy`.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// `create` or `update`.
    pub action: String,
    /// Who of them must approve the change before it takes effect: it is then asked for by `PATCH`, and a document with it cannot be
    /// applied. Empty when nobody need be asked.
    #[serde(default)]
    pub approvers: Vec<String>,
    /// Field by field.
    pub fields: Vec<FieldChange>,
}

/// One field of an entry, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was; `null` when it was not there.
    #[schema(required, value_type = Value)]
    pub before: Option<serde_json::Value>,
    /// What it becomes.
    #[schema(required, value_type = Value)]
    pub after: Option<serde_json::Value>,
}

/// What applying a document did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppliedView {
    /// Entry by entry; empty when the catalog was so already.
    pub changes: Vec<PlannedChange>,
    /// The catalog's generation afterwards.
    pub generation: u64,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// The catalog as a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// The document.
    #[serde(flatten)]
    pub document: CatalogDocument,
}

/// A catalog change that waits, or waited, for a second pair of eyes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRequestView {
    /// Identifier.
    pub id: Uuid,
    /// `pending`, `applied`, `rejected` or `stale`.
    pub status: String,
    /// `package` or `addon`.
    pub item_type: String,
    /// Its key.
    pub item_key: String,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub change: serde_json::Value,
    /// What it would have done to whom, as it was told to the one who asked.
    #[schema(value_type = Object)]
    pub impact: serde_json::Value,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Instant,
    /// Who decided.
    #[schema(required)]
    pub decided_by: Option<String>,
    /// When.
    #[schema(required)]
    pub decided_at: Option<Instant>,
}

/// Change requests, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRequestList {
    /// The requests.
    pub change_requests: Vec<ChangeRequestView>,
}

/// A roll-out: the holders of an item on their way to a revision, batch by batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollOutView {
    /// Identifier.
    pub id: Uuid,
    /// `package` or `addon`.
    pub item_type: String,
    /// Its key.
    pub item_key: String,
    /// Where they are moved to.
    pub to_revision: u32,
    /// `running`, `paused`, `done`, `returning` or `returned`.
    pub status: String,
    /// The share of the holders, in percent.
    pub percent: u32,
    /// How many companies are moved at a time.
    pub batch_size: u32,
    /// How many holders there were when it began; of a wave that names its companies, how many it names.
    pub total: u64,
    /// How many were moved.
    pub moved: u64,
    /// How many were there already.
    pub unchanged: u64,
    /// How many could not be moved.
    pub refused: u64,
    /// The first reasons for that, and the first warnings of companies that were moved.
    pub reasons: Vec<String>,
    /// Who asked.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it last went a step.
    pub updated_at: Instant,
    /// Only in the answer to a dry run of a start: what it would do. With `companyIds`, to those that it takes; without, to all who hold less
    /// than the revision, of whom `exclude` and `percent` leave some out.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// The roll-outs of an item, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollOutList {
    /// The roll-outs.
    pub roll_outs: Vec<RollOutView>,
}

/// What the backfill rules do, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackfillView {
    /// Step by step.
    pub steps: Vec<BackfillStep>,
    /// Whether it was done.
    pub applied: bool,
    /// Only in the answer to a dry run: what the write would do to companies.
    #[serde(flatten)]
    pub foretold: Foretold,
}

/// One thing that a backfill rule does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackfillStep {
    /// Which of the three rules of requirements 003 §4.
    pub rule: u32,
    /// The package.
    pub package_key: String,
    /// The add-on.
    pub addon_key: String,
    /// What is done.
    pub action: String,
    /// Why.
    pub reason: String,
}
