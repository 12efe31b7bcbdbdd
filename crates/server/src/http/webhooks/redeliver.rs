//! `POST /internal/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver` and `…/{endpointId}/test`.

use std::sync::Arc;

use api::{Success, response::WebhookDeliveryView};
use axum::extract::State;
use domain::{Timestamp, Uuid};
use futures_util::FutureExt;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        answer::{made, rendered},
        call::{BareWriteRequest, without_version},
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, UnversionedParams, WriteProblems},
        path::{IdPath, TwoIds},
    },
    view::{delivery_view, stored},
};
use crate::service::{Call, SystemStep, Written};

/// Why `If-Match` does not work on deliveries.
const NO_VERSION: &str = "a delivery has no version, and the endpoint is not changed";

/// Has a delivery attempted again, with its id and the whole schedule, whatever became of it. What is told is what holds now.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver", tag = "Webhooks",
    params(
        ("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"),
        ("deliveryId" = uuid::Uuid, Path, description = "The delivery's id"), DryRunParams, UnversionedParams,
    ),
    responses(
        (status = 202, description = "The delivery, pending", body = Success<WebhookDeliveryView>),
        (status = 200, description = "What a dry run would make of it", body = Success<WebhookDeliveryView>), ReadProblems, WriteProblems))]
pub async fn redeliver_webhook(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    TwoIds(id, delivery): TwoIds,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    told(app, id, Some(delivery), request.by(&caller)).await
}

/// Has an event `endpoint.test` sent to a webhook endpoint, whatever it chose. What comes of it is told by the delivery.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/test", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"), DryRunParams, UnversionedParams),
    responses(
        (status = 202, description = "The delivery", body = Success<WebhookDeliveryView>),
        (status = 200, description = "What a dry run would make", body = Success<WebhookDeliveryView>), ReadProblems, WriteProblems))]
pub async fn test_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    told(app, id, None, request.by(&caller)).await
}

/// Has an endpoint told something: a delivery once more, or, without one, the event that tries it.
async fn told(app: Arc<App>, id: Uuid, again: Option<Uuid>, call: Call) -> Result<Written, Problem> {
    without_version(&call, NO_VERSION)?;
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |now| step(Arc::clone(&app), id, again, asked.clone(), now).boxed();
    core.write_system(call, decide).await
}

async fn step(app: Arc<App>, id: Uuid, again: Option<Uuid>, call: Call, now: Timestamp) -> Result<SystemStep, Problem> {
    let (change, delivery) = match again {
        Some(again) => app.outgoing.redeliver(id, again, now).await?,
        None => app.outgoing.test(id, now).await?,
    };
    Ok(SystemStep {
        change: Some(change),
        answer: rendered(made(&call, StatusCode::ACCEPTED), delivery_view(&delivery), None, None),
        repeat: None,
        stored: stored(&app, &call, id, "webhook delivery asked for"),
    })
}
