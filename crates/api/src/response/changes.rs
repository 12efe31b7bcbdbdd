//! The change feed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Instant;

/// A part of the change feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedView {
    /// The changes, in the order in which they were committed.
    pub changes: Vec<FeedChangeView>,
    /// Where to go on: the last change's cursor, or the one that was asked with when nothing is new.
    pub cursor: String,
    /// The database's instant as of which nothing is missing: every change committed before it is at or before `cursor`. `null` when the page
    /// is full, because more follows.
    #[schema(required)]
    pub as_of: Option<Instant>,
}

/// What a change is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// A company.
    Company,
    /// The catalog; it stands once, whomever it reaches.
    Catalog,
}

impl FeedKind {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Catalog => "catalog",
        }
    }
}

/// One committed change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedChangeView {
    /// Its place: give it as `after` or `Last-Event-ID` to be told what follows.
    pub cursor: String,
    /// The instant from which it holds, by the database's clock.
    pub at: Instant,
    /// What it is of.
    pub kind: FeedKind,
    /// The company; `null` for a change of the catalog.
    #[schema(required)]
    pub company_id: Option<Uuid>,
    /// The company's entitlement version with it; `null` for a change of the catalog.
    #[schema(required)]
    pub entitlement_version: Option<u64>,
    /// The catalog's generation with it; `null` for a change of a company.
    #[schema(required)]
    pub catalog_generation: Option<u64>,
    /// What happened, such as `addon_activated`.
    pub change_type: String,
    /// To what, such as `addon`.
    pub entity_type: String,
    /// Its key.
    #[schema(required)]
    pub entity_key: Option<String>,
    /// The request that made it.
    #[schema(required)]
    pub request_id: Option<String>,
}
