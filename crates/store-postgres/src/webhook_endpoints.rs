//! Endpoints of outgoing webhooks.

use domain::{Text, Timestamp, Uuid};
use sqlx::PgConnection;
use store::{DisabledReason, EventType, WebhookEndpoint, WebhookSecret};

use crate::{
    instant::Instant,
    shape::{column, counted, impossible, line, paragraph},
};

/// Stores a new endpoint, unless there are as many as there may be.
pub(crate) async fn add(
    connection: &mut PgConnection,
    endpoint: &WebhookEndpoint,
    most: u32,
) -> Result<bool, sqlx::Error> {
    let columns = Columns::of(endpoint)?;
    let added = sqlx::query!(
        r#"
        INSERT INTO webhook_endpoints
            (id, step, url, events, description, secret, previous_secret, previous_secret_ends_at, failing_since,
                disabled_reason, disabled_at, created_by, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        WHERE (SELECT count(*) FROM webhook_endpoints) < $15
        "#,
        endpoint.id,
        columns.step,
        endpoint.url,
        &columns.events,
        endpoint.description.as_ref().map(Text::as_str),
        &endpoint.secret.reveal()[..],
        columns.previous,
        columns.previous_ends_at as _,
        columns.failing_since as _,
        columns.reason,
        columns.disabled_at as _,
        endpoint.created_by.as_str(),
        Instant(endpoint.created_at) as _,
        Instant(endpoint.updated_at) as _,
        i64::from(most),
    );
    Ok(added.execute(connection).await?.rows_affected() == 1)
}

/// Every endpoint, oldest first.
pub(crate) async fn all(connection: &mut PgConnection) -> Result<Vec<WebhookEndpoint>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Stored,
        r#"
        SELECT id, step, url, events, description, secret, previous_secret, previous_secret_ends_at, failing_since,
            disabled_reason, disabled_at, created_by, created_at, updated_at
        FROM webhook_endpoints
        ORDER BY created_at, id
        "#
    );
    rows.fetch_all(connection).await?.into_iter().map(Stored::endpoint).collect()
}

/// Stores an endpoint's change, unless it is no longer as it was at `known`; whether it did. One that is enabled again is told that it missed events.
pub(crate) async fn put(
    connection: &mut PgConnection,
    known: u64,
    next: &WebhookEndpoint,
) -> Result<bool, sqlx::Error> {
    let columns = Columns::of(next)?;
    let put = sqlx::query!(
        r#"
        WITH before AS MATERIALIZED (
            SELECT disabled_at IS NOT NULL AS was_disabled
            FROM webhook_endpoints
            WHERE id = $1
                AND step = $2
            FOR UPDATE
        ),
        changed AS (
            UPDATE webhook_endpoints AS endpoint
            SET step = $3,
                url = $4,
                events = $5,
                description = $6,
                secret = $7,
                previous_secret = $8,
                previous_secret_ends_at = $9,
                failing_since = $10,
                disabled_reason = $11,
                disabled_at = $12,
                updated_at = $13
            FROM before
            WHERE endpoint.id = $1
                AND endpoint.step = $2
            RETURNING before.was_disabled AND endpoint.disabled_at IS NULL AS is_back
        ),
        told AS (
            INSERT INTO webhook_deliveries
                (id, endpoint_id, event_type, event_at, version, status, attempts, tries, next_attempt_at, created_at)
            SELECT gen_random_uuid(), $1, $14, now(), 0, 'pending', 0, 0, now(), now()
            FROM changed
            WHERE is_back
        )
        SELECT count(*) AS "changed!"
        FROM changed
        "#,
        next.id,
        column::<_, i64>(known)?,
        columns.step,
        next.url,
        &columns.events,
        next.description.as_ref().map(Text::as_str),
        &next.secret.reveal()[..],
        columns.previous,
        columns.previous_ends_at as _,
        columns.failing_since as _,
        columns.reason,
        columns.disabled_at as _,
        Instant(next.updated_at) as _,
        EventType::EventsMissed.as_str(),
    );
    Ok(put.fetch_one(connection).await?.changed == 1)
}

/// Removes an endpoint, unless it is no longer as it was at `known`; whether it did.
pub(crate) async fn remove(connection: &mut PgConnection, endpoint: Uuid, known: u64) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!(
        r#"
        DELETE FROM webhook_endpoints
        WHERE id = $1
            AND step = $2
        "#,
        endpoint,
        column::<_, i64>(known)?,
    );
    Ok(removed.execute(connection).await?.rows_affected() == 1)
}

/// What of an endpoint is not stored as it is.
struct Columns<'a> {
    step: i64,
    events: Vec<String>,
    previous: Option<&'a [u8]>,
    previous_ends_at: Option<Instant>,
    failing_since: Option<Instant>,
    reason: Option<&'static str>,
    disabled_at: Option<Instant>,
}

impl<'a> Columns<'a> {
    fn of(endpoint: &'a WebhookEndpoint) -> Result<Self, sqlx::Error> {
        Ok(Self {
            step: column(endpoint.step)?,
            events: endpoint.events.iter().map(|event| event.as_str().to_owned()).collect(),
            previous: endpoint.previous_secret.as_ref().map(|(secret, _)| &secret.reveal()[..]),
            previous_ends_at: endpoint.previous_secret.as_ref().map(|(_, ends_at)| Instant(*ends_at)),
            failing_since: endpoint.failing_since.map(Instant),
            reason: endpoint.disabled.map(|(reason, _)| reason.as_str()),
            disabled_at: endpoint.disabled.map(|(_, at)| Instant(at)),
        })
    }
}

/// An endpoint as it is stored.
struct Stored {
    id: Uuid,
    step: i64,
    url: String,
    events: Vec<String>,
    description: Option<String>,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_secret_ends_at: Option<Instant>,
    failing_since: Option<Instant>,
    disabled_reason: Option<String>,
    disabled_at: Option<Instant>,
    created_by: String,
    created_at: Instant,
    updated_at: Instant,
}

impl Stored {
    fn endpoint(self) -> Result<WebhookEndpoint, sqlx::Error> {
        let event = |word: &String| EventType::parse(word).ok_or_else(|| impossible("an event type is none"));
        let reason = |word: &str| DisabledReason::parse(word).ok_or_else(|| impossible("a reason is none"));
        let secret = |bytes: Vec<u8>| {
            let bytes = bytes.try_into().map_err(|_| impossible("a webhook secret has not 32 bytes"));
            bytes.map(WebhookSecret::new)
        };
        let disabled_reason = self.disabled_reason.as_deref().map(reason).transpose()?;
        let previous_secret = self.previous_secret.map(secret).transpose()?;
        Ok(WebhookEndpoint {
            id: self.id,
            step: counted(self.step)?,
            url: self.url,
            events: self.events.iter().map(event).collect::<Result<_, _>>()?,
            description: self.description.as_deref().map(|text| paragraph(text, usize::MAX)).transpose()?,
            secret: secret(self.secret)?,
            previous_secret: previous_secret.zip(self.previous_secret_ends_at.map(Timestamp::from)),
            failing_since: self.failing_since.map(Timestamp::from),
            disabled: disabled_reason.zip(self.disabled_at.map(Timestamp::from)),
            created_by: line(&self.created_by, Text::ACTOR_CHARS)?,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}
