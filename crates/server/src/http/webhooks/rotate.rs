//! `POST /internal/webhook-endpoints/{endpointId}/rotate-secret` and `…/test`.

use std::{sync::Arc, time::Duration};

use api::{
    Success,
    request::RotateWebhookSecret,
    response::{WebhookDeliveryView, WebhookEndpointSecret},
};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        body::{WholeBody, from_json, require_json},
        caller::SystemAdmin,
        document::{ReadProblems, WriteProblems},
        path::IdPath,
        query::Query,
    },
    view::{delivery_view, nothing_said, with_secret},
};

/// For how long the secret before holds when nothing is said, in minutes.
const DEFAULT_OVERLAP: u32 = 1_440;
/// The longest that it may, in minutes.
const MAX_OVERLAP: u32 = 10_080;

/// Gives a webhook endpoint another secret, shown once. For a while events carry two signatures, one with each; a second rotation within that
/// while ends the older of the two.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/rotate-secret", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id")), request_body = RotateWebhookSecret,
    responses((status = 200, description = "The endpoint with its new secret", body = Success<WebhookEndpointSecret>), ReadProblems, WriteProblems))]
pub async fn rotate_webhook_secret(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: Request,
) -> Result<Json<Success<WebhookEndpointSecret>>, Problem> {
    Query::parse(request.uri().query(), &[])?;
    require_json(request.headers())?;
    let WholeBody(bytes) = WholeBody::from_request(request, &app).await?;
    let body: RotateWebhookSecret = from_json(&bytes)?;
    let minutes = body.overlap_minutes.unwrap_or(DEFAULT_OVERLAP);
    if minutes > MAX_OVERLAP {
        let message = format!("`overlapMinutes` must be from 0 to {MAX_OVERLAP}, not {minutes}");
        return Err(Problem::invalid("overlapMinutes", message));
    }
    let _place = app.place().await?;
    let endpoint = app.outgoing.rotate(id, Duration::from_secs(u64::from(minutes) * 60)).await?;
    tracing::info!(endpoint_id = %id, changed_by = caller.identity.name.as_str(), "webhook secret rotated");
    Ok(Json(Success::of(with_secret(&endpoint))))
}

/// Has an event `endpoint.test` sent to a webhook endpoint, whatever it chose. What comes of it is told by the delivery.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/test", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id")),
    responses((status = 202, description = "The delivery", body = Success<WebhookDeliveryView>), ReadProblems, WriteProblems))]
pub async fn test_webhook_endpoint(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: Request,
) -> Result<(StatusCode, Json<Success<WebhookDeliveryView>>), Problem> {
    nothing_said(&app, request).await?;
    let _place = app.place().await?;
    let delivery = app.outgoing.test(id).await?;
    Ok((StatusCode::ACCEPTED, Json(Success::of(delivery_view(&delivery)))))
}
