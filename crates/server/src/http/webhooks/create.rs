//! `POST /internal/webhook-endpoints`.

use std::sync::Arc;

use api::{Success, request::CreateWebhookEndpoint, response::WebhookEndpointSecret};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::{
    super::{
        App, Caller, Problem,
        body::{WholeBody, from_json, require_json},
        caller::SystemAdmin,
        document::{ReadProblems, WriteProblems},
        query::Query,
    },
    view::{description, events, with_secret},
};
use crate::webhooks::NewEndpoint;

/// Makes a webhook endpoint. The answer is the only place where its secret ever stands. A repeat makes another one: look at the list after an
/// answer that was lost.
#[utoipa::path(post, path = "/internal/webhook-endpoints", tag = "Webhooks", request_body = CreateWebhookEndpoint,
    responses((status = 201, description = "The endpoint made, with its secret", body = Success<WebhookEndpointSecret>), ReadProblems, WriteProblems))]
pub async fn create_webhook_endpoint(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    request: Request,
) -> Result<Response, Problem> {
    Query::parse(request.uri().query(), &[])?;
    require_json(request.headers())?;
    let WholeBody(bytes) = WholeBody::from_request(request, &app).await?;
    let body: CreateWebhookEndpoint = from_json(&bytes)?;
    let created_by = caller.identity.name.clone();
    let new = NewEndpoint {
        events: events(&body.events)?,
        description: body.description.as_deref().map(description).transpose()?,
        url: body.url,
        created_by: created_by.clone(),
    };
    let _place = app.place().await?;
    let endpoint = app.outgoing.create(new).await?;
    tracing::info!(endpoint_id = %endpoint.id, changed_by = created_by.as_str(), "webhook endpoint made");
    let location = format!("/internal/webhook-endpoints/{}", endpoint.id);
    let made = Json(Success::of(with_secret(&endpoint)));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], made).into_response())
}
