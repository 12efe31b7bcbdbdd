//! Kept replies.

use domain::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use store::{ReplyKey, StoredReply};

use crate::{column::Columns, failure::Failure, now::Now};

/// The most expired replies removed in one transaction: writers wait a few milliseconds, not for a day's worth.
pub(crate) const PRUNE_LIMIT: u32 = 1_000;

pub(crate) const EXPIRY: &str = "
    SELECT expires_at
    FROM idempotency_replies
    WHERE caller = ?1
        AND key = ?2";

pub(crate) const KEEP: &str = "
    INSERT INTO idempotency_replies
        (caller, key, request_hash, status, headers, body, created_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (caller, key) DO UPDATE
    SET request_hash = excluded.request_hash,
        status = excluded.status,
        headers = excluded.headers,
        body = excluded.body,
        created_at = excluded.created_at,
        expires_at = excluded.expires_at";

pub(crate) const KEPT: &str = "
    SELECT request_hash, status, headers, body, created_at
    FROM idempotency_replies
    WHERE caller = ?1
        AND key = ?2
        AND expires_at > ?3";

pub(crate) const PRUNE: &str = "
    DELETE FROM idempotency_replies
    WHERE (caller, key) IN (
        SELECT caller, key
        FROM idempotency_replies
        WHERE expires_at <= ?1
        LIMIT ?2)";

/// Whether no reply that still counts has the key of this one.
pub(crate) fn is_free(connection: &Connection, now: &Now, reply: Option<&StoredReply>) -> Result<bool, Failure> {
    let Some(StoredReply { key, .. }) = reply else { return Ok(true) };
    let mut statement = connection.prepare_cached(EXPIRY)?;
    let expiry: Option<i64> = statement.query_row((&key.caller, &key.key), |row| row.get(0)).optional()?;
    Ok(expiry.is_none_or(|expiry| expiry <= now.get().micros()))
}

/// Keeps a reply in the place of an expired one, if any.
pub(crate) fn keep(connection: &Connection, reply: Option<&StoredReply>) -> Result<(), Failure> {
    let Some(reply) = reply else { return Ok(()) };
    let headers = serde_json::to_string(&reply.headers).map_err(|error| Failure::nonsense(error.to_string()))?;
    connection.prepare_cached(KEEP)?.execute((
        &reply.key.caller,
        &reply.key.key,
        reply.request_hash,
        reply.status,
        headers,
        &reply.body,
        reply.created_at.micros(),
        reply.expires_at().micros(),
    ))?;
    Ok(())
}

/// A kept reply that has not expired.
pub(crate) fn reply(connection: &Connection, now: &Now, key: &ReplyKey) -> Result<Option<StoredReply>, Failure> {
    let mut statement = connection.prepare_cached(KEPT)?;
    let mut rows = statement.query((&key.caller, &key.key, now.get().micros()))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut columns = Columns::of(row);
    let (request_hash, status): ([u8; 32], u16) = (columns.raw()?, columns.raw()?);
    let headers: String = columns.raw()?;
    let headers = serde_json::from_str(&headers);
    let headers = headers.map_err(|error| Failure::nonsense(format!("stored reply headers: {error}")))?;
    let (body, created_at) = (columns.raw()?, columns.instant()?);
    Ok(Some(StoredReply { key: key.clone(), request_hash, status, headers, body, created_at }))
}

/// Removes at most [`PRUNE_LIMIT`] replies that have expired; says how many.
pub(crate) fn prune(connection: &Connection, now: Timestamp) -> Result<u32, Failure> {
    let removed = connection.prepare_cached(PRUNE)?.execute((now.micros(), PRUNE_LIMIT))?;
    Ok(u32::try_from(removed).unwrap_or(PRUNE_LIMIT))
}
