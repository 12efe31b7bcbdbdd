//! Writes of webhook endpoints.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;
use crate::{Given, WebhookEventWord};

/// Makes a webhook endpoint. From then on it is told of every change that it chose.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateWebhookEndpoint {
    /// Where events are posted to: `https`, without user name and fragment. `http` only where the configuration allows it.
    #[schema(min_length = 1, max_length = 2048, example = "https://auth.internal.example/webhooks/platform-core")]
    pub url: String,
    /// The events to be told of; all when left out or empty.
    #[serde(default)]
    #[schema(value_type = Vec<WebhookEventWord>, max_items = 16, example = json!(["company.entitlements_changed"]))]
    pub events: Vec<String>,
    /// What the endpoint is for.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "Auth backend")]
    pub description: Option<String>,
}

/// Changes a webhook endpoint. What is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchWebhookEndpoint {
    /// Where events are posted to.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2048, nullable = false)]
    pub url: Option<String>,
    /// The events to be told of; all when empty.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<WebhookEventWord>, max_items = 16, required = false)]
    pub events: Option<Vec<String>>,
    /// What the endpoint is for.
    #[serde(default, skip_serializing_if = "Given::is_missing")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub description: Given<String>,
    /// Whether it is told of events. One that is enabled again is first told, by `events.missed`, that events may be missing.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// Gives a webhook endpoint another secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateWebhookSecret {
    /// For how long events are signed with the secret before, too, in minutes: 1440 when left out. 0 ends it at once, for one that leaked.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10_080, nullable = false)]
    pub overlap_minutes: Option<u32>,
}
