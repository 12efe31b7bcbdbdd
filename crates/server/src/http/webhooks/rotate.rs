//! `POST /internal/webhook-endpoints/{endpointId}/rotate-secret`.

use std::{sync::Arc, time::Duration};

use api::{Success, request::RotateWebhookSecret, response::WebhookEndpointSecret};
use axum::extract::State;
use domain::{Timestamp, Uuid};
use futures_util::FutureExt;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        answer::{rendered, shown_once},
        call::WriteRequest,
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    view::{stored, with_secret},
};
use crate::service::{Call, SystemStep, Written};

/// For how long the secret before holds when nothing is said, in minutes.
const DEFAULT_OVERLAP: u32 = 1_440;
/// The longest that it may, in minutes.
const MAX_OVERLAP: u32 = 10_080;

/// Gives a webhook endpoint another secret, shown once. For a while events carry two signatures, one with each; a second rotation within that
/// while ends the older of the two. A repeat under the same `Idempotency-Key` does not rotate again, and is answered 409.
#[utoipa::path(post, path = "/internal/webhook-endpoints/{endpointId}/rotate-secret", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"), DryRunParams, WriteParams),
    request_body = RotateWebhookSecret,
    responses((status = 200, description = "The endpoint with its new secret", body = Success<WebhookEndpointSecret>), ReadProblems, WriteProblems))]
pub async fn rotate_webhook_secret(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: WriteRequest<RotateWebhookSecret>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let minutes = body.overlap_minutes.unwrap_or(DEFAULT_OVERLAP);
    if minutes > MAX_OVERLAP {
        let message = format!("`overlapMinutes` must be from 0 to {MAX_OVERLAP}, not {minutes}");
        return Err(Problem::invalid("overlapMinutes", message));
    }
    let overlap = Duration::from_secs(u64::from(minutes) * 60);
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |now| step(Arc::clone(&app), id, overlap, asked.clone(), now).boxed();
    core.write_system(call, decide).await
}

async fn step(app: Arc<App>, id: Uuid, overlap: Duration, call: Call, now: Timestamp) -> Result<SystemStep, Problem> {
    let (change, endpoint) = app.outgoing.rotate(id, overlap, &call, now).await?;
    let told = format!(
        "this Idempotency-Key has given webhook endpoint `{id}` another secret; it stood in the first answer only and is not kept: if that \
         answer was lost, rotate again (POST /internal/webhook-endpoints/{id}/rotate-secret) under a new Idempotency-Key"
    );
    Ok(SystemStep {
        change,
        answer: rendered(StatusCode::OK, with_secret(&endpoint, &call), Some(endpoint.step), None),
        repeat: Some(shown_once(told)),
        stored: stored(&app, &call, id, "webhook secret rotated"),
    })
}
