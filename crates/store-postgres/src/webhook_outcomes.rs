//! What became of deliveries of outgoing webhooks, and what that means for their endpoints.

use domain::Uuid;
use sqlx::PgConnection;
use store::{DeliveryStatus, DisabledReason, PrunedDeliveries, Settled, Settlement, Verdict};

use crate::{
    instant::Instant,
    limits::PRUNE_DELIVERIES_BATCH,
    shape::{column, counted, impossible},
};

/// Stores the outcome of an attempt, with what it means for the endpoint: one statement. What has not changed is not written.
pub(crate) async fn settle(connection: &mut PgConnection, settlement: &Settlement) -> Result<Settled, sqlx::Error> {
    let (status, pause) = match settlement.verdict {
        Verdict::Delivered => (DeliveryStatus::Delivered, None),
        Verdict::RetryAfter(pause) => (DeliveryStatus::Pending, Some(pause.as_secs_f64())),
        Verdict::Failed | Verdict::Gone => (DeliveryStatus::Failed, None),
    };
    let attempt = &settlement.attempt;
    let row = sqlx::query_file!(
        "src/webhook_settle.sql",
        settlement.delivery,
        settlement.endpoint,
        settlement.lease,
        status.as_str(),
        pause,
        Instant(attempt.at) as _,
        i64::from(attempt.took_ms),
        attempt.status.map(i32::from),
        attempt.error.as_deref(),
        attempt.excerpt.as_deref(),
        column::<_, i64>(attempt.version)?,
        match settlement.verdict {
            Verdict::Delivered => "delivered",
            Verdict::RetryAfter(_) | Verdict::Failed => "failed",
            Verdict::Gone => "gone",
        },
        settlement.disable_after.as_secs_f64(),
    );
    let row = row.fetch_one(connection).await?;
    Ok(match row.turn.as_deref() {
        _ if !row.is_settled => Settled::Raced,
        None => Settled::AsBefore,
        Some("recovered") => Settled::Recovered,
        Some("began") => Settled::BeganFailing,
        Some(word) => Settled::Disabled(DisabledReason::parse(word).ok_or_else(|| impossible("a reason is none"))?),
    })
}

/// Removes some deliveries that were settled so many seconds ago, with their attempts; says how many. Fewer than
/// [`PRUNE_DELIVERIES_BATCH`] means that none are left.
pub(crate) async fn prune_settled(connection: &mut PgConnection, kept_secs: u32) -> Result<u64, sqlx::Error> {
    let pruned = sqlx::query!(
        r#"
        WITH gone AS (
            DELETE FROM webhook_deliveries
            WHERE number = ANY (ARRAY(
                SELECT number
                FROM webhook_deliveries
                WHERE settled_at < now() - make_interval(secs => $1)
                LIMIT $2
            ))
                AND settled_at IS NOT NULL
            RETURNING id
        ),
        forgotten AS (
            DELETE FROM webhook_attempts AS attempt
            USING gone
            WHERE attempt.delivery_id = gone.id
        )
        SELECT count(*) AS "pruned!"
        FROM gone
        "#,
        f64::from(kept_secs),
        PRUNE_DELIVERIES_BATCH,
    );
    counted(pruned.fetch_one(connection).await?.pruned)
}

/// Removes some deliveries of endpoints that are there no more; says how many.
pub(crate) async fn prune_left_over(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let pruned = sqlx::query!(
        r#"
        WITH RECURSIVE own (endpoint_id) AS (
            (
                SELECT endpoint_id
                FROM webhook_deliveries
                ORDER BY endpoint_id
                LIMIT 1
            )
            UNION ALL
            SELECT (
                SELECT next.endpoint_id
                FROM webhook_deliveries AS next
                WHERE next.endpoint_id > own.endpoint_id
                ORDER BY next.endpoint_id
                LIMIT 1
            )
            FROM own
            WHERE own.endpoint_id IS NOT NULL
        ),
        left_over AS MATERIALIZED (
            SELECT delivery.number
            FROM own
            JOIN webhook_deliveries AS delivery ON delivery.endpoint_id = own.endpoint_id
            WHERE NOT EXISTS (SELECT FROM webhook_endpoints AS endpoint WHERE endpoint.id = own.endpoint_id)
            LIMIT $1
        ),
        gone AS (
            DELETE FROM webhook_deliveries
            WHERE number = ANY (ARRAY(SELECT left_over.number FROM left_over))
            RETURNING id
        ),
        forgotten AS (
            DELETE FROM webhook_attempts AS attempt
            USING gone
            WHERE attempt.delivery_id = gone.id
        )
        SELECT count(*) AS "pruned!"
        FROM gone
        "#,
        PRUNE_DELIVERIES_BATCH,
    );
    counted(pruned.fetch_one(connection).await?.pruned)
}

/// How many deliveries wait for each endpoint that any wait for.
pub(crate) async fn waiting(connection: &mut PgConnection) -> Result<Vec<(Uuid, u64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT endpoint_id, count(*) AS "waiting!"
        FROM webhook_deliveries
        WHERE next_attempt_at IS NOT NULL
        GROUP BY endpoint_id
        "#
    );
    let rows = rows.fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok((row.endpoint_id, counted(row.waiting)?))).collect()
}

/// Disables those of the endpoints for which too many deliveries wait and that are not disabled yet; names them.
pub(crate) async fn disable_crowded(
    connection: &mut PgConnection,
    waiting: &[(Uuid, u64)],
    most_waiting: u64,
) -> Result<PrunedDeliveries, sqlx::Error> {
    let crowded: Vec<Uuid> = waiting.iter().filter(|(_, count)| *count > most_waiting).map(|(id, _)| *id).collect();
    let disabled = sqlx::query_scalar!(
        r#"
        UPDATE webhook_endpoints
        SET disabled_reason = 'backlog',
            disabled_at = now(),
            step = step + 1
        WHERE id = ANY ($1)
            AND disabled_at IS NULL
        RETURNING id
        "#,
        &crowded,
    );
    let disabled = disabled.fetch_all(connection).await?;
    Ok(PrunedDeliveries { removed: 0, waiting: waiting.iter().map(|(_, count)| count).sum(), disabled })
}
