//! The list of companies.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Instant, ItemStatus};

/// A page of the list of companies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyList {
    /// The companies, by identifier.
    pub companies: Vec<CompanyLineView>,
    /// The `cursor` of the next page; `null` on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A company of a list, with its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyLineView {
    /// The company.
    pub company_id: Uuid,
    /// Its name.
    #[schema(required)]
    pub name: Option<String>,
    /// Its rows for packages, by key, in force or not.
    pub packages: Vec<RowView>,
    /// Its rows for add-ons, by key, in force or not.
    pub addons: Vec<RowView>,
}

/// A company's row for a package or an add-on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowView {
    /// The key of the item.
    pub key: String,
    /// The status.
    pub status: ItemStatus,
    /// First instant in force.
    #[schema(required)]
    pub starts_at: Option<Instant>,
    /// First instant no longer paid for.
    #[schema(required)]
    pub ends_at: Option<Instant>,
    /// First instant no longer in force, where grace follows the end.
    #[schema(required)]
    pub grace_ends_at: Option<Instant>,
}
