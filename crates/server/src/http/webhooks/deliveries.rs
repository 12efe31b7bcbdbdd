//! `GET /internal/webhook-endpoints/{endpointId}/deliveries[/{deliveryId}]`.

use std::sync::Arc;

use api::{
    Success,
    response::{WebhookDeliveryDetail, WebhookDeliveryList},
};
use axum::{Json, extract::State};
use http::Uri;
use store::DeliveryStatus;

use super::{
    super::{
        App, Caller, Problem,
        caller::SystemAdmin,
        document::ReadProblems,
        path::{IdPath, TwoIds},
        query::Query,
    },
    view::{attempt_view, delivery_view},
};
use crate::webhooks::EndpointError;

/// The deliveries of a webhook endpoint, newest first. They are kept for a while after they were delivered or given up.
#[utoipa::path(get, path = "/internal/webhook-endpoints/{endpointId}/deliveries", tag = "Webhooks",
    params(
        ("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"),
        ("status" = Option<String>, Query, description = "Only those of this status: `pending`, `delivered` or `failed`", pattern = "^(pending|delivered|failed)$"),
        ("limit" = Option<u32>, Query, description = "Deliveries of the page, 1 to 500; 50 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before", max_length = 20, pattern = "^[0-9]+$"),
    ),
    responses((status = 200, description = "A page of the deliveries", body = Success<WebhookDeliveryList>), ReadProblems))]
pub async fn list_webhook_deliveries(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    uri: Uri,
) -> Result<Json<Success<WebhookDeliveryList>>, Problem> {
    let query = Query::parse(uri.query(), &["status", "limit", "cursor"])?;
    let limit = query.limit()?;
    let status = query.get("status").map(status).transpose()?;
    let before = query.get("cursor").map(cursor).transpose()?;
    let _place = app.place().await?;
    app.outgoing.find(id).await?;
    // One more than asked for tells whether there is a next page.
    let mut page = app.core.store().deliveries(id, status, before, limit + 1).await?;
    let has_more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next_cursor = page.last().filter(|_| has_more).map(|delivery| delivery.number.to_string());
    Ok(Json(Success::of(WebhookDeliveryList { deliveries: page.iter().map(delivery_view).collect(), next_cursor })))
}

/// One delivery with its attempts: when, how long, what was answered.
#[utoipa::path(get, path = "/internal/webhook-endpoints/{endpointId}/deliveries/{deliveryId}", tag = "Webhooks",
    params(
        ("endpointId" = uuid::Uuid, Path, description = "The endpoint's id"),
        ("deliveryId" = uuid::Uuid, Path, description = "The delivery's id"),
    ),
    responses((status = 200, description = "The delivery", body = Success<WebhookDeliveryDetail>), ReadProblems))]
pub async fn get_webhook_delivery(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    TwoIds(id, delivery): TwoIds,
    uri: Uri,
) -> Result<Json<Success<WebhookDeliveryDetail>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    app.outgoing.find(id).await?;
    let (delivery, attempts) = app.core.store().delivery(id, delivery).await?.ok_or(EndpointError::NoDelivery)?;
    let attempt_log = attempts.into_iter().map(attempt_view).collect();
    Ok(Json(Success::of(WebhookDeliveryDetail { view: delivery_view(&delivery), attempt_log })))
}

fn status(word: &str) -> Result<DeliveryStatus, Problem> {
    DeliveryStatus::parse(word).ok_or_else(|| {
        let all = DeliveryStatus::ALL.map(DeliveryStatus::as_str).join(", ");
        Problem::invalid("status", format!("`status` must be one of {all}, not `{word}`"))
    })
}

fn cursor(text: &str) -> Result<u64, Problem> {
    let is_ours = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_ours.then(|| text.parse().ok()).flatten();
    number
        .ok_or_else(|| Problem::invalid("cursor", "`cursor` is none of ours; give the `nextCursor` of the page before"))
}
