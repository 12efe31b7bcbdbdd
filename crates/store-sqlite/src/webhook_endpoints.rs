//! Endpoints of outgoing webhooks.

use domain::{Text, Timestamp, Uuid};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use store::{Delivery, DisabledReason, EventType, WEBHOOK_SECRET_BYTES, WebhookEndpoint, WebhookEvent, WebhookSecret};

use crate::{
    column::{Columns, json_list, stored},
    failure::Failure,
    webhook_deliveries,
};

pub(crate) const ADD: &str = "
    INSERT INTO webhook_endpoints
        (id, step, url, events, description, secret, previous_secret, previous_secret_ends_at, failing_since,
        disabled_reason, disabled_at, created_by, created_at, updated_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
    WHERE (SELECT count(*) FROM webhook_endpoints) < ?15";

pub(crate) const ALL: &str = "
    SELECT id, step, url, events, description, secret, previous_secret, previous_secret_ends_at, failing_since,
        disabled_reason, disabled_at, created_by, created_at, updated_at
    FROM webhook_endpoints
    ORDER BY created_at, id";

pub(crate) const IS_DISABLED: &str = "
    SELECT disabled_at IS NOT NULL
    FROM webhook_endpoints
    WHERE id = ?1
        AND step = ?2";

pub(crate) const PUT: &str = "
    UPDATE webhook_endpoints
    SET step = ?3,
        url = ?4,
        events = ?5,
        description = ?6,
        secret = ?7,
        previous_secret = ?8,
        previous_secret_ends_at = ?9,
        failing_since = ?10,
        disabled_reason = ?11,
        disabled_at = ?12,
        updated_at = ?13
    WHERE id = ?1
        AND step = ?2";

pub(crate) const REMOVE: &str = "
    DELETE FROM webhook_endpoints
    WHERE id = ?1
        AND step = ?2";

/// Stores a new endpoint, unless there are as many as there may be.
pub(crate) fn add(connection: &Connection, endpoint: &WebhookEndpoint, most: u32) -> Result<bool, Failure> {
    let (previous, ends_at) = previous(endpoint);
    let (reason, disabled_at) = disabled(endpoint);
    let added = connection.prepare_cached(ADD)?.execute(params![
        endpoint.id.into_bytes(),
        stored(endpoint.step)?,
        endpoint.url,
        events(endpoint),
        endpoint.description.as_ref().map(Text::as_str),
        endpoint.secret.reveal(),
        previous,
        ends_at,
        endpoint.failing_since.map(Timestamp::micros),
        reason,
        disabled_at,
        endpoint.created_by.as_str(),
        endpoint.created_at.micros(),
        endpoint.updated_at.micros(),
        most,
    ])?;
    Ok(added == 1)
}

/// Every endpoint, oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<WebhookEndpoint>, Failure> {
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(endpoint(row)?);
    }
    Ok(all)
}

/// Stores an endpoint's change, unless it is no longer as it was at `known`; whether it did.
pub(crate) fn put(
    connection: &Connection,
    known: u64,
    next: &WebhookEndpoint,
    now: Timestamp,
) -> Result<bool, Failure> {
    let (id, known) = (next.id.into_bytes(), stored(known)?);
    let mut before = connection.prepare_cached(IS_DISABLED)?;
    let was_disabled: Option<bool> = before.query_row((id, known), |row| row.get(0)).optional()?;
    let Some(was_disabled) = was_disabled else { return Ok(false) };
    let (previous, ends_at) = previous(next);
    let (reason, disabled_at) = disabled(next);
    connection.prepare_cached(PUT)?.execute(params![
        id,
        known,
        stored(next.step)?,
        next.url,
        events(next),
        next.description.as_ref().map(Text::as_str),
        next.secret.reveal(),
        previous,
        ends_at,
        next.failing_since.map(Timestamp::micros),
        reason,
        disabled_at,
        next.updated_at.micros(),
    ])?;
    if was_disabled && next.disabled.is_none() {
        let missed = WebhookEvent { event: EventType::EventsMissed, at: now, company: None, version: 0 };
        webhook_deliveries::make(connection, &Delivery::new(next.id, missed, now))?;
    }
    Ok(true)
}

/// Removes an endpoint, unless it is no longer as it was at `known`; whether it did.
pub(crate) fn remove(connection: &Connection, endpoint: Uuid, known: u64) -> Result<bool, Failure> {
    Ok(connection.prepare_cached(REMOVE)?.execute((endpoint.into_bytes(), stored(known)?))? == 1)
}

fn events(endpoint: &WebhookEndpoint) -> String {
    json_list(endpoint.events.iter().map(|event| event.as_str()))
}

fn previous(endpoint: &WebhookEndpoint) -> (Option<&[u8; WEBHOOK_SECRET_BYTES]>, Option<i64>) {
    endpoint.previous_secret.as_ref().map(|(secret, ends_at)| (secret.reveal(), ends_at.micros())).unzip()
}

fn disabled(endpoint: &WebhookEndpoint) -> (Option<&'static str>, Option<i64>) {
    endpoint.disabled.map(|(reason, at)| (reason.as_str(), at.micros())).unzip()
}

fn endpoint(row: &Row<'_>) -> Result<WebhookEndpoint, Failure> {
    let mut columns = Columns::of(row);
    let (id, step, url) = (columns.uuid()?, columns.number()?, columns.raw()?);
    let events = columns.list("event type", EventType::parse)?;
    let description = columns.optional_text()?;
    let secret = WebhookSecret::new(columns.raw()?);
    let previous: Option<[u8; WEBHOOK_SECRET_BYTES]> = columns.raw()?;
    let previous_secret = previous.map(WebhookSecret::new).zip(columns.optional_instant()?);
    let failing_since = columns.optional_instant()?;
    let reason: Option<String> = columns.raw()?;
    let unknown = || Failure::nonsense("a webhook endpoint is disabled for no known reason");
    let reason = reason.map(|word| DisabledReason::parse(&word).ok_or_else(unknown)).transpose()?;
    Ok(WebhookEndpoint {
        id,
        step,
        url,
        events,
        description,
        secret,
        previous_secret,
        failing_since,
        disabled: reason.zip(columns.optional_instant()?),
        created_by: columns.line(Text::ACTOR_CHARS)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
}
