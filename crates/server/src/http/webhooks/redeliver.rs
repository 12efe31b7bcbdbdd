//! `POST /internal/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver`.

use std::sync::Arc;

use api::{Success, response::WebhookDeliveryView};
use axum::{
    Json,
    extract::{Request, State},
};
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        caller::SystemAdmin,
        document::{ReadProblems, WriteProblems},
        path::TwoIds,
    },
    view::{delivery_view, nothing_said},
};

/// Has a delivery attempted again, with its id and the whole schedule, whatever became of it. What is told is what holds now.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver", tag = "Webhooks",
    params(
        ("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"),
        ("deliveryId" = uuid::Uuid, Path, description = "The delivery's id"),
    ),
    responses((status = 202, description = "The delivery, pending", body = Success<WebhookDeliveryView>), ReadProblems, WriteProblems))]
pub async fn redeliver_webhook(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    TwoIds(id, delivery): TwoIds,
    request: Request,
) -> Result<(StatusCode, Json<Success<WebhookDeliveryView>>), Problem> {
    nothing_said(&app, request).await?;
    let _place = app.place().await?;
    let again = app.outgoing.redeliver(id, delivery).await?;
    let changed_by = caller.identity.name.as_str();
    tracing::info!(endpoint_id = %id, delivery_id = %delivery, changed_by, "webhook delivery asked for again");
    Ok((StatusCode::ACCEPTED, Json(Success::of(delivery_view(&again)))))
}
