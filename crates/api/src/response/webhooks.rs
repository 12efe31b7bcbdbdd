//! Webhook endpoints, their deliveries, and the events themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::EntitlementsView;
use crate::Instant;

/// A webhook endpoint, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointView {
    /// Identifier.
    pub id: Uuid,
    /// Where events are posted to.
    pub url: String,
    /// The events that it chose; all when there are none.
    pub events: Vec<String>,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// Whether it is told of events.
    pub enabled: bool,
    /// Why it is not: `asked` (a caller switched it off), `failing` (nothing could be delivered for too long), `gone` (it answered 410),
    /// `backlog` (too many deliveries wait).
    #[schema(required)]
    pub disabled_reason: Option<String>,
    /// Since when it is not.
    #[schema(required)]
    pub disabled_at: Option<Instant>,
    /// Since when nothing could be delivered; `null` when the last attempt succeeded.
    #[schema(required)]
    pub failing_since: Option<Instant>,
    /// Until when events are signed with the secret before, too.
    #[schema(required)]
    pub previous_secret_ends_at: Option<Instant>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When a caller last changed it.
    pub updated_at: Instant,
}

/// A webhook endpoint with a new secret: the only answers that ever carry one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointSecret {
    /// What events are signed with, as the Standard Webhooks libraries take it. Shown once; not in the answer to a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD31Qvz8mOlDQ=")]
    pub secret: Option<String>,
    /// The endpoint.
    #[serde(flatten)]
    pub view: WebhookEndpointView,
}

/// Every webhook endpoint, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointList {
    /// The endpoints.
    pub webhook_endpoints: Vec<WebhookEndpointView>,
}

/// A webhook endpoint that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointRemoved {
    /// Identifier.
    pub id: Uuid,
    /// Whether there was one: `false` on a repeat.
    pub removed: bool,
}

/// An event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDeliveryView {
    /// The message's id, the same in every attempt: the header `webhook-id`.
    pub id: Uuid,
    /// What it tells, such as `company.entitlements_changed`.
    pub event: String,
    /// The instant from which that holds.
    pub timestamp: Instant,
    /// The company, if it tells of one.
    #[schema(required)]
    pub company_id: Option<Uuid>,
    /// The entitlement version with which it came about, if it tells of a company. What is told is of this version or a later one.
    #[schema(required)]
    pub entitlement_version: Option<u64>,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// How often it was attempted.
    pub attempts: u32,
    /// When it is attempted next, at the latest; `null` once it is delivered or failed.
    #[schema(required)]
    pub next_attempt_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was delivered or given up.
    #[schema(required)]
    pub settled_at: Option<Instant>,
}

/// A page of the deliveries of an endpoint, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDeliveryList {
    /// The deliveries.
    pub deliveries: Vec<WebhookDeliveryView>,
    /// Where the next page begins; `null` on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A delivery with its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub view: WebhookDeliveryView,
    /// Its attempts, oldest first.
    pub attempt_log: Vec<WebhookAttemptView>,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttemptView {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The status that the endpoint answered.
    #[schema(required)]
    pub status: Option<u16>,
    /// Why it did not count.
    #[schema(required)]
    pub error: Option<String>,
    /// The beginning of the answer's body, at most 512 bytes.
    #[schema(required)]
    pub excerpt: Option<String>,
    /// The entitlement version, or the generation of the catalog, that was told; 0 where neither is.
    pub version: u64,
}

/// What is posted to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookMessage<T> {
    /// What it tells.
    #[serde(rename = "type")]
    pub event: String,
    /// The instant from which that holds.
    pub timestamp: Instant,
    /// The rest.
    pub data: T,
}

/// What `company.entitlements_changed` carries: all of what the company owns now, of the version that caused the event or a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementsChanged {
    /// The company.
    pub company_id: Uuid,
    /// The version of `entitlements`.
    pub entitlement_version: u64,
    /// What it owns, as `GET …/entitlements` answers it.
    pub entitlements: EntitlementsView,
}

/// What `catalog.changed` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogChanged {
    /// The catalog's generation with it.
    pub generation: u64,
}

/// What `events.missed` and `endpoint.test` carry: nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NothingMore {}
