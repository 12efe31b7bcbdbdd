//! What became of deliveries of outgoing webhooks, and what that means for their endpoints.

use domain::{Timestamp, Uuid};
use rusqlite::{Connection, params};
use store::{DeliveryStatus, DisabledReason, PrunedDeliveries, Settled, Settlement, Verdict};

use crate::{column::Columns, failure::Failure, webhook_deliveries::later};

pub(crate) const SETTLE: &str = "
    UPDATE webhook_deliveries
    SET status = ?4,
        attempts = attempts + 1,
        tries = tries + 1,
        next_attempt_at = ?5,
        settled_at = ?6,
        lease = NULL
    WHERE id = ?1
        AND endpoint_id = ?2
        AND lease = ?3
    RETURNING attempts";

pub(crate) const LOG: &str = "
    INSERT INTO webhook_attempts (delivery_id, number, at, took_ms, status, error, excerpt, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(crate) const HEALTH: &str = "
    SELECT failing_since, disabled_at
    FROM webhook_endpoints
    WHERE id = ?1";

pub(crate) const JUDGE: &str = "
    UPDATE webhook_endpoints
    SET failing_since = ?2,
        disabled_reason = coalesce(?3, disabled_reason),
        disabled_at = coalesce(?4, disabled_at),
        step = step + 1
    WHERE id = ?1";

pub(crate) const SETTLED_BEFORE: &str = "
    SELECT id
    FROM webhook_deliveries
    WHERE settled_at < ?1
    LIMIT ?2";

pub(crate) const LEFT_OVER: &str = "
    SELECT id
    FROM webhook_deliveries
    WHERE endpoint_id = ?1
    LIMIT ?2";

pub(crate) const REMOVED_ENDPOINTS: &str = "
    WITH RECURSIVE own (endpoint_id) AS (
        SELECT min(endpoint_id)
        FROM webhook_deliveries
        UNION ALL
        SELECT (
            SELECT min(next.endpoint_id)
            FROM webhook_deliveries AS next
            WHERE next.endpoint_id > own.endpoint_id)
        FROM own
        WHERE own.endpoint_id IS NOT NULL
    )
    SELECT endpoint_id
    FROM own
    WHERE endpoint_id IS NOT NULL
        AND endpoint_id NOT IN (SELECT id FROM webhook_endpoints)";

pub(crate) const FORGET: &str = "
    DELETE FROM webhook_deliveries
    WHERE id = ?1";

pub(crate) const FORGET_ATTEMPTS: &str = "
    DELETE FROM webhook_attempts
    WHERE delivery_id = ?1";

pub(crate) const WAITING: &str = "
    SELECT endpoint_id, count(*)
    FROM webhook_deliveries
    WHERE next_attempt_at IS NOT NULL
    GROUP BY endpoint_id";

pub(crate) const DISABLE_CROWDED: &str = "
    UPDATE webhook_endpoints
    SET disabled_reason = 'backlog',
        disabled_at = ?2,
        step = step + 1
    WHERE id = ?1
        AND disabled_at IS NULL";

/// The most deliveries removed in one transaction: writers wait a few milliseconds, not for a week's worth.
pub(crate) const PRUNE_DELIVERIES_LIMIT: u32 = 500;

/// Stores the outcome of an attempt, with what it means for the endpoint.
pub(crate) fn settle(connection: &Connection, settlement: &Settlement, now: Timestamp) -> Result<Settled, Failure> {
    let (status, next) = match settlement.verdict {
        Verdict::Delivered => (DeliveryStatus::Delivered, None),
        Verdict::RetryAfter(pause) => (DeliveryStatus::Pending, Some(later(now, pause))),
        Verdict::Failed | Verdict::Gone => (DeliveryStatus::Failed, None),
    };
    let settled_at = next.is_none().then_some(now.micros());
    let (id, endpoint) = (settlement.delivery.into_bytes(), settlement.endpoint.into_bytes());
    let number: u32 = {
        let mut settling = connection.prepare_cached(SETTLE)?;
        let lease = settlement.lease.into_bytes();
        let next = next.map(Timestamp::micros);
        let mut rows = settling.query(params![id, endpoint, lease, status.as_str(), next, settled_at])?;
        let Some(row) = rows.next()? else { return Ok(Settled::Raced) };
        let number = row.get(0)?;
        // To its end, so that the statement has done everything.
        while rows.next()?.is_some() {}
        number
    };
    let attempt = &settlement.attempt;
    connection.prepare_cached(LOG)?.execute(params![
        id,
        number,
        attempt.at.micros(),
        attempt.took_ms,
        attempt.status,
        attempt.error,
        attempt.excerpt,
        crate::column::stored(attempt.version)?,
    ])?;
    judge(connection, settlement, now)
}

fn judge(connection: &Connection, settlement: &Settlement, now: Timestamp) -> Result<Settled, Failure> {
    let endpoint = settlement.endpoint.into_bytes();
    let mut health = connection.prepare_cached(HEALTH)?;
    let mut rows = health.query([endpoint])?;
    let Some(row) = rows.next()? else { return Ok(Settled::AsBefore) };
    let mut columns = Columns::of(row);
    let (failing_since, disabled_at) = (columns.optional_instant()?, columns.optional_instant()?);
    let settled = match settlement.verdict {
        Verdict::Delivered if failing_since.is_some() => Settled::Recovered,
        Verdict::Delivered => Settled::AsBefore,
        _ if disabled_at.is_some() => Settled::AsBefore,
        Verdict::Gone => Settled::Disabled(DisabledReason::Gone),
        Verdict::RetryAfter(_) | Verdict::Failed => {
            if later(failing_since.unwrap_or(now), settlement.disable_after) <= now {
                Settled::Disabled(DisabledReason::Failing)
            } else if failing_since.is_none() {
                Settled::BeganFailing
            } else {
                Settled::AsBefore
            }
        }
    };
    let (since, reason) = match settled {
        Settled::Raced | Settled::AsBefore => return Ok(settled),
        Settled::Recovered => (None, None),
        Settled::BeganFailing => (Some(now), None),
        Settled::Disabled(reason) => (failing_since.or(Some(now)), Some(reason)),
    };
    connection.prepare_cached(JUDGE)?.execute((
        endpoint,
        since.map(Timestamp::micros),
        reason.map(DisabledReason::as_str),
        reason.map(|_| now.micros()),
    ))?;
    Ok(settled)
}

/// The endpoints of deliveries that are there no more.
pub(crate) fn removed_endpoints(connection: &Connection) -> Result<Vec<Uuid>, Failure> {
    let mut statement = connection.prepare_cached(REMOVED_ENDPOINTS)?;
    let mut rows = statement.query(())?;
    let mut removed = Vec::new();
    while let Some(row) = rows.next()? {
        removed.push(Columns::of(row).uuid()?);
    }
    Ok(removed)
}

/// Removes some deliveries that were settled before an instant, or those of an endpoint; says how many. Fewer than
/// [`PRUNE_DELIVERIES_LIMIT`] means that none are left.
pub(crate) fn prune(connection: &Connection, before: Timestamp, of: Option<Uuid>) -> Result<u32, Failure> {
    let ids: Vec<[u8; 16]> = {
        let mut statement = connection.prepare_cached(if of.is_some() { LEFT_OVER } else { SETTLED_BEFORE })?;
        let mut rows = match of {
            Some(endpoint) => statement.query(params![endpoint.into_bytes(), PRUNE_DELIVERIES_LIMIT])?,
            None => statement.query(params![before.micros(), PRUNE_DELIVERIES_LIMIT])?,
        };
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            ids.push(row.get(0)?);
        }
        ids
    };
    for id in &ids {
        connection.prepare_cached(FORGET_ATTEMPTS)?.execute([id])?;
        connection.prepare_cached(FORGET)?.execute([id])?;
    }
    Ok(u32::try_from(ids.len()).unwrap_or(PRUNE_DELIVERIES_LIMIT))
}

/// How many deliveries wait for each endpoint that any wait for.
pub(crate) fn waiting(connection: &Connection) -> Result<Vec<(Uuid, u64)>, Failure> {
    let mut statement = connection.prepare_cached(WAITING)?;
    let mut rows = statement.query(())?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        waiting.push((columns.uuid()?, columns.number()?));
    }
    Ok(waiting)
}

/// Disables those of the endpoints for which too many deliveries wait and that are not disabled yet; names them.
pub(crate) fn disable_crowded(
    connection: &Connection,
    waiting: &[(Uuid, u64)],
    most_waiting: u64,
    now: Timestamp,
) -> Result<PrunedDeliveries, Failure> {
    let mut pruned = PrunedDeliveries::default();
    for (endpoint, count) in waiting {
        pruned.waiting += count;
        let is_crowded = *count > most_waiting;
        if is_crowded
            && connection.prepare_cached(DISABLE_CROWDED)?.execute((endpoint.into_bytes(), now.micros()))? == 1
        {
            pruned.disabled.push(*endpoint);
        }
    }
    Ok(pruned)
}
