//! `PATCH /internal/webhook-endpoints/{endpointId}`.

use std::sync::Arc;

use api::{Given, Success, request::PatchWebhookEndpoint, response::WebhookEndpointView};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
};

use super::{
    super::{
        App, Caller, Problem,
        body::{WholeBody, from_json, require_json},
        caller::SystemAdmin,
        document::{ReadProblems, WriteProblems},
        path::IdPath,
        query::Query,
    },
    view::{description, endpoint_view, events},
};

/// Changes a webhook endpoint, or switches it on or off. While it is off nothing is kept for it; what waited already is sent once it is on.
#[utoipa::path(patch, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id")), request_body = PatchWebhookEndpoint,
    responses((status = 200, description = "The endpoint afterwards", body = Success<WebhookEndpointView>), ReadProblems, WriteProblems))]
pub async fn patch_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: Request,
) -> Result<Json<Success<WebhookEndpointView>>, Problem> {
    Query::parse(request.uri().query(), &[])?;
    require_json(request.headers())?;
    let WholeBody(bytes) = WholeBody::from_request(request, &app).await?;
    let body: PatchWebhookEndpoint = from_json(&bytes)?;
    let events = body.events.as_deref().map(events).transpose()?;
    let described = match &body.description {
        Given::Missing => None,
        Given::Null => Some(None),
        Given::Value(text) => Some(Some(description(text)?)),
    };
    let _place = app.place().await?;
    let changed = app.outgoing.change(id, body.url.as_deref(), body.enabled, |endpoint| {
        if let Some(events) = &events {
            endpoint.events.clone_from(events);
        }
        if let Some(description) = &described {
            endpoint.description.clone_from(description);
        }
    });
    let endpoint = changed.await?;
    tracing::info!(
        endpoint_id = %id,
        enabled = endpoint.disabled.is_none(),
        changed_by = caller.identity.name.as_str(),
        "webhook endpoint changed"
    );
    Ok(Json(Success::of(endpoint_view(&endpoint))))
}
