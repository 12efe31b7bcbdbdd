//! `PATCH /internal/webhook-endpoints/{endpointId}`.

use std::sync::Arc;

use api::{Given, Success, request::PatchWebhookEndpoint, response::WebhookEndpointView};
use axum::extract::State;
use domain::{Timestamp, Uuid};
use futures_util::FutureExt;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        answer::rendered,
        call::WriteRequest,
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    view::{description, endpoint_view, events, stored},
};
use crate::{
    service::{Call, SystemStep, Written},
    webhooks::EndpointEdit,
};

/// Changes a webhook endpoint, or switches it on or off. While it is off nothing is kept for it; what waited already is sent once it is on.
#[utoipa::path(patch, path = "/internal/webhook-endpoints/{endpointId}", tag = "Webhooks",
    params(("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"), DryRunParams, WriteParams),
    request_body = PatchWebhookEndpoint,
    responses((status = 200, description = "The endpoint afterwards", body = Success<WebhookEndpointView>), ReadProblems, WriteProblems))]
pub async fn patch_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: WriteRequest<PatchWebhookEndpoint>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let edit = EndpointEdit {
        url: body.url,
        events: body.events.as_deref().map(events).transpose()?,
        description: match &body.description {
            Given::Missing => None,
            Given::Null => Some(None),
            Given::Value(text) => Some(Some(description(text)?)),
        },
        enabled: body.enabled,
    };
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |now| step(Arc::clone(&app), id, edit.clone(), asked.clone(), now).boxed();
    core.write_system(call, decide).await
}

async fn step(app: Arc<App>, id: Uuid, edit: EndpointEdit, call: Call, now: Timestamp) -> Result<SystemStep, Problem> {
    let (change, endpoint) = app.outgoing.change(id, &edit, &call, now).await?;
    let what = match endpoint.disabled {
        None => "webhook endpoint changed",
        Some(_) => "webhook endpoint changed; it is disabled",
    };
    Ok(SystemStep {
        change,
        answer: rendered(StatusCode::OK, endpoint_view(&endpoint), Some(endpoint.step), None),
        repeat: None,
        stored: stored(&app, &call, id, what),
    })
}
