//! `GET /internal/webhook-endpoints[/{endpointId}]` and `DELETE /internal/webhook-endpoints/{endpointId}`.

use std::sync::Arc;

use api::{
    Success,
    response::{WebhookEndpointList, WebhookEndpointRemoved, WebhookEndpointView},
};
use axum::{Json, extract::State, response::Response};
use domain::Uuid;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode, Uri};

use super::{
    super::{
        App, Caller, Problem,
        answer::{rendered, versioned},
        call::BareWriteRequest,
        caller::SystemAdmin,
        document::{DryRunParams, NotModified, ReadProblems, VersionParams, WriteParams, WriteProblems},
        path::IdPath,
        query::Query,
    },
    view::{endpoint_view, stored},
};
use crate::service::{Call, SystemStep, Written};

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

/// One webhook endpoint, with its version as `ETag`.
#[utoipa::path(get, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"), VersionParams),
    responses((status = 200, description = "The endpoint", body = Success<WebhookEndpointView>), NotModified, ReadProblems))]
pub async fn get_webhook_endpoint(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let endpoint = app.outgoing.find(id).await?;
    Ok(versioned(&headers, endpoint.step, endpoint_view(&endpoint)))
}

/// Removes a webhook endpoint. What waits for it is sent no more, and its deliveries are forgotten. Removing it again changes nothing.
#[utoipa::path(delete, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "It is there no more", body = Success<WebhookEndpointRemoved>), ReadProblems, WriteProblems))]
pub async fn remove_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |_| removal(Arc::clone(&app), id, asked.clone()).boxed();
    core.write_system(call, decide).await
}

async fn removal(app: Arc<App>, id: Uuid, call: Call) -> Result<SystemStep, Problem> {
    let change = app.outgoing.remove(id, &call).await?;
    let removed = change.is_some();
    let answer = rendered(StatusCode::OK, WebhookEndpointRemoved { id, removed }, None, None);
    Ok(SystemStep { change, answer, repeat: None, stored: stored(&app, &call, id, "webhook endpoint removed") })
}
