//! Deliveries of outgoing webhooks: made with the cursor's move, claimed, and shown.

use std::time::Duration;

use domain::{CompanyId, Timestamp, Uuid};
use sqlx::PgConnection;
use store::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, EventType, FanOut, FeedPosition, WebhookCursor, WebhookEvent,
};

use crate::{
    instant::Instant,
    shape::{column, company, counted, impossible},
};

/// Up to where the feed was turned into deliveries.
pub(crate) async fn cursor(connection: &mut PgConnection) -> Result<WebhookCursor, sqlx::Error> {
    let row = sqlx::query!(r#"SELECT epoch, feed_xid::text AS "transaction!", seq FROM webhook_cursor"#);
    let row = row.fetch_one(connection).await?;
    let transaction = row.transaction.parse().map_err(|_| impossible("a transaction has no number"))?;
    Ok(WebhookCursor {
        epoch: row.epoch.cast_unsigned(),
        position: FeedPosition { transaction, seq: counted(row.seq)? },
    })
}

/// Makes a delivery of each event for each endpoint that hears it, and moves the cursor: one statement. Of several that want to move it from
/// the same place, those that waited for the first find it elsewhere. The statement began after every event was committed, so it sees every
/// endpoint that was there before one of them.
pub(crate) async fn fan_out(connection: &mut PgConnection, step: &FanOut) -> Result<Committed, sqlx::Error> {
    let events = &step.events;
    let moved = sqlx::query!(
        r#"
        WITH moved AS (
            UPDATE webhook_cursor
            SET epoch = $4,
                feed_xid = $5::text::xid8,
                seq = $6
            WHERE epoch = $1
                AND feed_xid = $2::text::xid8
                AND seq = $3
                AND ($7 = false OR NOT EXISTS (SELECT FROM webhook_endpoints WHERE disabled_at IS NULL))
            RETURNING 1
        ),
        made AS (
            INSERT INTO webhook_deliveries
                (id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at, created_at)
            SELECT gen_random_uuid(), endpoint.id, event.event_type, event.at, event.company_id, event.version, 'pending',
                0, 0, now(), now()
            FROM unnest($8::text[], $9::timestamptz[], $10::uuid[], $11::bigint[], $12::boolean[])
                WITH ORDINALITY AS event (event_type, at, company_id, version, is_for_all, part)
            CROSS JOIN webhook_endpoints AS endpoint
            WHERE endpoint.disabled_at IS NULL
                AND (event.is_for_all OR cardinality(endpoint.events) = 0 OR event.event_type = ANY (endpoint.events))
                AND EXISTS (SELECT FROM moved)
            ORDER BY event.part
        )
        SELECT count(*) AS "moved!"
        FROM moved
        "#,
        step.from.epoch.cast_signed(),
        step.from.position.transaction.to_string(),
        column::<_, i64>(step.from.position.seq)?,
        step.to.epoch.cast_signed(),
        step.to.position.transaction.to_string(),
        column::<_, i64>(step.to.position.seq)?,
        step.unheard,
        &events.iter().map(|event| event.event.as_str().to_owned()).collect::<Vec<_>>(),
        &events.iter().map(|event| Instant(event.at)).collect::<Vec<_>>() as _,
        &events.iter().map(|event| event.company.map(CompanyId::uuid)).collect::<Vec<_>>() as _,
        &events.iter().map(|event| column(event.version)).collect::<Result<Vec<i64>, _>>()?,
        &events.iter().map(|event| !EventType::CHOSEN.contains(&event.event)).collect::<Vec<_>>(),
    );
    let moved = moved.fetch_one(connection).await?.moved;
    Ok(if moved == 1 { Committed::Done } else { Committed::Raced })
}

/// Makes a delivery, if its endpoint is enabled; whether it did.
pub(crate) async fn add(connection: &mut PgConnection, delivery: &Delivery) -> Result<bool, sqlx::Error> {
    let event = &delivery.event;
    let added = sqlx::query!(
        r#"
        INSERT INTO webhook_deliveries
            (id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries, next_attempt_at, created_at)
        SELECT $1, id, $3, $4, $5, $6, 'pending', 0, 0, $7, $7
        FROM webhook_endpoints
        WHERE id = $2
            AND disabled_at IS NULL
        "#,
        delivery.id,
        delivery.endpoint,
        event.event.as_str(),
        Instant(event.at) as _,
        event.company.map(CompanyId::uuid),
        column::<_, i64>(event.version)?,
        Instant(delivery.created_at) as _,
    );
    Ok(added.execute(connection).await?.rows_affected() == 1)
}

/// Claims deliveries whose time has come. What another node is just claiming is passed over.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    wanted: &[(Uuid, u32)],
    lease: Duration,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let (endpoints, most): (Vec<Uuid>, Vec<i64>) = wanted.iter().map(|(id, most)| (*id, i64::from(*most))).unzip();
    let rows = sqlx::query_file!("src/webhook_claim.sql", &endpoints, &most, lease.as_secs_f64())
        .fetch_all(connection)
        .await?;
    let mut claimed = Vec::new();
    for row in rows {
        let stored = Stored {
            number: row.number,
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_type: row.event_type,
            event_at: row.event_at,
            company_id: row.company_id,
            version: row.version,
            status: row.status,
            attempts: row.attempts,
            tries: row.tries,
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            settled_at: row.settled_at,
        };
        claimed.push(Claimed { delivery: stored.delivery()?, lease: row.lease, now: row.now.0 });
    }
    claimed.sort_by_key(|claimed| claimed.delivery.number);
    Ok(claimed)
}

/// The deliveries of an endpoint before a number, newest first.
pub(crate) async fn page(
    connection: &mut PgConnection,
    endpoint: Uuid,
    status: Option<DeliveryStatus>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Stored,
        r#"
        SELECT number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries,
            next_attempt_at, created_at, settled_at
        FROM webhook_deliveries
        WHERE endpoint_id = $1
            AND number < $2
            AND ($3::text IS NULL OR status = $3)
        ORDER BY number DESC
        LIMIT $4
        "#,
        endpoint,
        before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX),
        status.map(DeliveryStatus::as_str),
        i64::from(limit),
    );
    rows.fetch_all(connection).await?.into_iter().map(Stored::delivery).collect()
}

/// A delivery with its attempts, oldest first.
pub(crate) async fn with_attempts(
    connection: &mut PgConnection,
    endpoint: Uuid,
    id: Uuid,
) -> Result<Option<(Delivery, Vec<Attempt>)>, sqlx::Error> {
    let row = sqlx::query_as!(
        Stored,
        r#"
        SELECT number, id, endpoint_id, event_type, event_at, company_id, version, status, attempts, tries,
            next_attempt_at, created_at, settled_at
        FROM webhook_deliveries
        WHERE id = $1
            AND endpoint_id = $2
        "#,
        id,
        endpoint,
    );
    let Some(row) = row.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let attempts = sqlx::query!(
        r#"
        SELECT number, at, took_ms, status, error, excerpt, version
        FROM webhook_attempts
        WHERE delivery_id = $1
        ORDER BY number
        "#,
        id,
    );
    let attempts = attempts.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(Attempt {
            number: counted(row.number)?,
            at: row.at.0,
            took_ms: counted(row.took_ms)?,
            status: row.status.map(counted).transpose()?,
            error: row.error,
            excerpt: row.excerpt,
            version: counted(row.version)?,
        })
    });
    Ok(Some((row.delivery()?, attempts.collect::<Result<_, sqlx::Error>>()?)))
}

/// Has a delivery attempted again, whatever became of it, unless it was attempted meanwhile; whether it did.
pub(crate) async fn redeliver(
    connection: &mut PgConnection,
    endpoint: Uuid,
    id: Uuid,
    attempts: u32,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let redelivered = sqlx::query!(
        r#"
        UPDATE webhook_deliveries
        SET status = 'pending',
            tries = 0,
            next_attempt_at = $4,
            lease = NULL,
            settled_at = NULL
        WHERE id = $1
            AND endpoint_id = $2
            AND attempts = $3
        "#,
        id,
        endpoint,
        column::<_, i32>(attempts)?,
        Instant(at) as _,
    );
    Ok(redelivered.execute(connection).await?.rows_affected() == 1)
}

/// A delivery as it is stored.
struct Stored {
    number: i64,
    id: Uuid,
    endpoint_id: Uuid,
    event_type: String,
    event_at: Instant,
    company_id: Option<Uuid>,
    version: i64,
    status: String,
    attempts: i32,
    tries: i32,
    next_attempt_at: Option<Instant>,
    created_at: Instant,
    settled_at: Option<Instant>,
}

impl Stored {
    fn delivery(self) -> Result<Delivery, sqlx::Error> {
        Ok(Delivery {
            number: counted(self.number)?,
            id: self.id,
            endpoint: self.endpoint_id,
            event: WebhookEvent {
                event: EventType::parse(&self.event_type).ok_or_else(|| impossible("an event type is none"))?,
                at: self.event_at.0,
                company: self.company_id.map(company).transpose()?,
                version: counted(self.version)?,
            },
            status: DeliveryStatus::parse(&self.status).ok_or_else(|| impossible("a delivery status is none"))?,
            attempts: counted(self.attempts)?,
            tries: counted(self.tries)?,
            next_attempt_at: self.next_attempt_at.map(Timestamp::from),
            created_at: self.created_at.0,
            settled_at: self.settled_at.map(Timestamp::from),
        })
    }
}
