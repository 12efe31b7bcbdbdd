//! Deliveries of outgoing webhooks: made with the cursor's move, claimed, and shown.

use std::time::Duration;

use domain::{CompanyId, Timestamp, Uuid};
use rusqlite::{Connection, Row, params};
use store::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, EventType, FanOut, FeedPosition, WebhookCursor, WebhookEvent,
};

use crate::{
    column::{Columns, stored},
    failure::Failure,
    webhook_endpoints,
};

pub(crate) const CURSOR: &str = "
    SELECT epoch, transaction_number, seq
    FROM webhook_cursor
    WHERE id = 1";

pub(crate) const MOVE_CURSOR: &str = "
    UPDATE webhook_cursor
    SET epoch = ?1,
        transaction_number = ?2,
        seq = ?3
    WHERE id = 1";

pub(crate) const MAKE: &str = "
    INSERT INTO webhook_deliveries
        (id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', 0, 0, ?7, ?7)";

pub(crate) const IS_ENABLED: &str = "
    SELECT 1
    FROM webhook_endpoints
    WHERE id = ?1
        AND disabled_at IS NULL";

pub(crate) const IS_ANY_DUE: &str = "
    SELECT 1
    FROM webhook_deliveries
    WHERE endpoint_id = ?1
        AND next_attempt_at <= ?2
    LIMIT 1";

pub(crate) const DUE: &str = "
    SELECT number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at,
        created_at, settled_at
    FROM webhook_deliveries
    WHERE endpoint_id = ?1
        AND next_attempt_at <= ?2
    ORDER BY next_attempt_at, number
    LIMIT ?3";

pub(crate) const CLAIM: &str = "
    UPDATE webhook_deliveries
    SET lease = ?2,
        next_attempt_at = ?3
    WHERE number = ?1";

pub(crate) const PAGE: &str = "
    SELECT number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at,
        created_at, settled_at
    FROM webhook_deliveries
    WHERE endpoint_id = ?1
        AND number < ?2
        AND (?3 IS NULL OR status = ?3)
    ORDER BY number DESC
    LIMIT ?4";

pub(crate) const ONE: &str = "
    SELECT number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at,
        created_at, settled_at
    FROM webhook_deliveries
    WHERE id = ?1
        AND endpoint_id = ?2";

pub(crate) const ATTEMPTS: &str = "
    SELECT number, at, took_ms, status, error, excerpt, version
    FROM webhook_attempts
    WHERE delivery_id = ?1
    ORDER BY number";

pub(crate) const REDELIVER: &str = "
    UPDATE webhook_deliveries
    SET status = 'pending',
        tries = 0,
        next_attempt_at = ?3,
        lease = NULL,
        settled_at = NULL
    WHERE id = ?1
        AND endpoint_id = ?2
        AND attempts = ?4";

/// Up to where the feed was turned into deliveries.
pub(crate) fn cursor(connection: &Connection) -> Result<WebhookCursor, Failure> {
    let mut statement = connection.prepare_cached(CURSOR)?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the webhook cursor has no row")) };
    let mut columns = Columns::of(row);
    // Epochs of other stores may be beyond what SQLite counts to.
    let epoch = columns.raw::<i64>()?.cast_unsigned();
    Ok(WebhookCursor { epoch, position: FeedPosition { transaction: columns.number()?, seq: columns.number()? } })
}

/// Makes a delivery of each event for each endpoint that hears it, and moves the cursor.
pub(crate) fn fan_out(connection: &Connection, step: &FanOut, now: Timestamp) -> Result<Committed, Failure> {
    let endpoints = webhook_endpoints::all(connection)?;
    let is_heard = endpoints.iter().any(|endpoint| endpoint.disabled.is_none());
    if cursor(connection)? != step.from || (step.unheard && is_heard) {
        return Ok(Committed::Raced);
    }
    let WebhookCursor { epoch, position: FeedPosition { transaction, seq } } = step.to;
    connection.prepare_cached(MOVE_CURSOR)?.execute((epoch.cast_signed(), stored(transaction)?, stored(seq)?))?;
    for event in &step.events {
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.hears(event.event)) {
            make(connection, &Delivery::new(endpoint.id, *event, now))?;
        }
    }
    Ok(Committed::Done)
}

/// Makes a delivery.
pub(crate) fn make(connection: &Connection, delivery: &Delivery) -> Result<(), Failure> {
    let event = &delivery.event;
    connection.prepare_cached(MAKE)?.execute((
        delivery.id.into_bytes(),
        delivery.endpoint.into_bytes(),
        event.event.as_str(),
        event.at.micros(),
        event.company.map(|company: CompanyId| company.uuid().into_bytes()),
        stored(event.version)?,
        delivery.created_at.micros(),
    ))?;
    Ok(())
}

/// Makes a delivery, if its endpoint is enabled; whether it did.
pub(crate) fn add(connection: &Connection, delivery: &Delivery) -> Result<bool, Failure> {
    let is_enabled = is_enabled(connection, delivery.endpoint)?;
    if is_enabled {
        make(connection, delivery)?;
    }
    Ok(is_enabled)
}

fn is_enabled(connection: &Connection, endpoint: Uuid) -> Result<bool, Failure> {
    Ok(connection.prepare_cached(IS_ENABLED)?.exists([endpoint.into_bytes()])?)
}

/// Whether there is anything to claim: a look that keeps no writer waiting.
pub(crate) fn is_any_due(connection: &Connection, wanted: &[(Uuid, u32)], now: Timestamp) -> Result<bool, Failure> {
    let mut statement = connection.prepare_cached(IS_ANY_DUE)?;
    for (endpoint, _) in wanted {
        if statement.exists((endpoint.into_bytes(), now.micros()))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Claims deliveries whose time has come.
pub(crate) fn claim(
    connection: &Connection,
    wanted: &[(Uuid, u32)],
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Claimed>, Failure> {
    let until = later(now, lease);
    let mut claimed = Vec::new();
    for (endpoint, most) in wanted.iter().copied() {
        if !is_enabled(connection, endpoint)? {
            continue;
        }
        let mut statement = connection.prepare_cached(DUE)?;
        let mut rows = statement.query((endpoint.into_bytes(), now.micros(), most))?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            due.push(delivery(row)?);
        }
        for mut delivery in due {
            let lease = Uuid::new_v4();
            let claim = (stored(delivery.number)?, lease.into_bytes(), until.micros());
            connection.prepare_cached(CLAIM)?.execute(claim)?;
            delivery.next_attempt_at = Some(until);
            claimed.push(Claimed { delivery, lease, now });
        }
    }
    Ok(claimed)
}

/// The deliveries of an endpoint before a number, newest first.
pub(crate) fn page(
    connection: &Connection,
    endpoint: Uuid,
    status: Option<DeliveryStatus>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Delivery>, Failure> {
    let before = before.and_then(|before| stored(before).ok()).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(PAGE)?;
    let status = status.map(DeliveryStatus::as_str);
    let mut rows = statement.query(params![endpoint.into_bytes(), before, status, limit])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(delivery(row)?);
    }
    Ok(page)
}

/// A delivery.
pub(crate) fn one(connection: &Connection, endpoint: Uuid, id: Uuid) -> Result<Option<Delivery>, Failure> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query((id.into_bytes(), endpoint.into_bytes()))?;
    rows.next()?.map(delivery).transpose()
}

/// A delivery with its attempts, oldest first.
pub(crate) fn with_attempts(
    connection: &Connection,
    endpoint: Uuid,
    id: Uuid,
) -> Result<Option<(Delivery, Vec<Attempt>)>, Failure> {
    let Some(delivery) = one(connection, endpoint, id)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(ATTEMPTS)?;
    let mut rows = statement.query([id.into_bytes()])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        attempts.push(Attempt {
            number: columns.raw()?,
            at: columns.instant()?,
            took_ms: columns.raw()?,
            status: columns.raw()?,
            error: columns.raw()?,
            excerpt: columns.raw()?,
            version: columns.number()?,
        });
    }
    Ok(Some((delivery, attempts)))
}

/// Has a delivery attempted again, whatever became of it, unless it was attempted meanwhile; whether it did.
pub(crate) fn redeliver(
    connection: &Connection,
    endpoint: Uuid,
    id: Uuid,
    attempts: u32,
    at: Timestamp,
) -> Result<bool, Failure> {
    let key = (id.into_bytes(), endpoint.into_bytes(), at.micros(), attempts);
    Ok(connection.prepare_cached(REDELIVER)?.execute(key)? == 1)
}

/// An instant and a while.
pub(crate) fn later(at: Timestamp, pause: Duration) -> Timestamp {
    Timestamp::clamped(at.micros().saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
}

fn delivery(row: &Row<'_>) -> Result<Delivery, Failure> {
    let mut columns = Columns::of(row);
    Ok(Delivery {
        number: columns.number()?,
        id: columns.uuid()?,
        endpoint: columns.uuid()?,
        event: WebhookEvent {
            event: columns.word("event type", EventType::parse)?,
            at: columns.instant()?,
            company: columns.optional_company()?,
            version: columns.number()?,
        },
        status: columns.word("delivery status", DeliveryStatus::parse)?,
        attempts: columns.raw()?,
        tries: columns.raw()?,
        next_attempt_at: columns.optional_instant()?,
        created_at: columns.instant()?,
        settled_at: columns.optional_instant()?,
    })
}
