//! `POST /internal/webhook-endpoints`.

use std::sync::Arc;

use api::{Success, request::CreateWebhookEndpoint, response::WebhookEndpointSecret};
use axum::extract::State;
use domain::Timestamp;
use futures_util::FutureExt;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        answer::{made, rendered, shown_once},
        call::{WriteRequest, without_version},
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, UnversionedParams, WriteProblems},
    },
    view::{description, events, stored, with_secret},
};
use crate::{
    service::{Call, SystemStep, Written},
    webhooks::NewEndpoint,
};

/// Makes a webhook endpoint. The first answer is the only place where its secret ever stands: a repeat under the same `Idempotency-Key` makes
/// no other endpoint, and is answered 409 with the id of the one that was made.
#[utoipa::path(post, path = "/internal/webhook-endpoints", tag = "Webhooks",
    params(DryRunParams, UnversionedParams), request_body = CreateWebhookEndpoint,
    responses(
        (status = 201, description = "The endpoint made, with its secret", body = Success<WebhookEndpointSecret>),
        (status = 200, description = "What a dry run would make", body = Success<WebhookEndpointSecret>), ReadProblems, WriteProblems))]
pub async fn create_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    request: WriteRequest<CreateWebhookEndpoint>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    without_version(&call, "a webhook endpoint has a version only once it is made")?;
    let new = NewEndpoint {
        events: events(&body.events)?,
        description: body.description.as_deref().map(description).transpose()?,
        url: body.url,
    };
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |now| step(Arc::clone(&app), new.clone(), asked.clone(), now).boxed();
    core.write_system(call, decide).await
}

async fn step(app: Arc<App>, new: NewEndpoint, call: Call, now: Timestamp) -> Result<SystemStep, Problem> {
    let (change, endpoint) = app.outgoing.create(&new, &call, now).await?;
    let id = endpoint.id;
    let location = (!call.dry_run).then(|| format!("/internal/webhook-endpoints/{id}"));
    let told = format!(
        "this Idempotency-Key has made webhook endpoint `{id}`; its secret stood in the first answer only and is not kept: if that answer \
         was lost, give the endpoint another one (POST /internal/webhook-endpoints/{id}/rotate-secret) under a new Idempotency-Key"
    );
    let status = made(&call, StatusCode::CREATED);
    Ok(SystemStep {
        change,
        answer: rendered(status, with_secret(&endpoint, &call), Some(endpoint.step), location),
        repeat: Some(shown_once(told)),
        stored: stored(&app, &call, id, "webhook endpoint made"),
    })
}
