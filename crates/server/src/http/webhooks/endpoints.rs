//! `GET /internal/webhook-endpoints[/{endpointId}]` and `DELETE /internal/webhook-endpoints/{endpointId}`.

use std::sync::Arc;

use api::{
    Success,
    response::{WebhookEndpointList, WebhookEndpointRemoved, WebhookEndpointView},
};
use axum::{Json, extract::State};
use http::Uri;

use super::{
    super::{App, Caller, Problem, caller::SystemAdmin, document::ReadProblems, path::IdPath, query::Query},
    view::endpoint_view,
};

/// Every webhook endpoint, oldest first, disabled ones too. Never a secret.
#[utoipa::path(get, path = "/internal/webhook-endpoints", tag = "Webhooks",
    responses((status = 200, description = "The endpoints", body = Success<WebhookEndpointList>), ReadProblems))]
pub async fn list_webhook_endpoints(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    uri: Uri,
) -> Result<Json<Success<WebhookEndpointList>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let endpoints = app.core.store().webhook_endpoints().await?;
    Ok(Json(Success::of(WebhookEndpointList { webhook_endpoints: endpoints.iter().map(endpoint_view).collect() })))
}

/// One webhook endpoint.
#[utoipa::path(get, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id")),
    responses((status = 200, description = "The endpoint", body = Success<WebhookEndpointView>), ReadProblems))]
pub async fn get_webhook_endpoint(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    uri: Uri,
) -> Result<Json<Success<WebhookEndpointView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let endpoint = app.outgoing.find(id).await?;
    Ok(Json(Success::of(endpoint_view(&endpoint))))
}

/// Removes a webhook endpoint. What waits for it is sent no more, and its deliveries are forgotten. Removing it again changes nothing.
#[utoipa::path(delete, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id")),
    responses((status = 200, description = "It is there no more", body = Success<WebhookEndpointRemoved>), ReadProblems))]
pub async fn remove_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    uri: Uri,
) -> Result<Json<Success<WebhookEndpointRemoved>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let removed = app.core.store().remove_webhook_endpoint(id).await?;
    if removed {
        tracing::info!(endpoint_id = %id, changed_by = caller.identity.name.as_str(), "webhook endpoint removed");
    }
    Ok(Json(Success::of(WebhookEndpointRemoved { id, removed })))
}
