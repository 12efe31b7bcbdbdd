//! Kept replies.

use sqlx::PgConnection;
use store::{ReplyKey, StoredReply};

use crate::{
    limits::PRUNE_BATCH,
    shape::{counted, impossible},
};

/// A kept reply that has not expired.
pub(crate) async fn find(connection: &mut PgConnection, key: &ReplyKey) -> Result<Option<StoredReply>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT request_hash, status, headers::text AS "headers!", body, created_at
        FROM idempotency_replies
        WHERE caller = $1
            AND key = $2
            AND expires_at > clock_timestamp()
        "#,
        key.caller,
        key.key,
    );
    let Some(row) = row.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(StoredReply {
        key: key.clone(),
        request_hash: row.request_hash.try_into().map_err(|_| impossible("a request hash has not 32 bytes"))?,
        status: counted(row.status)?,
        headers: headers(&row.headers)?,
        body: row.body,
        created_at: row.created_at.0,
    }))
}

/// Removes the reply of a key if it has expired; says whether it did.
pub(crate) async fn clear_expired(connection: &mut PgConnection, key: &ReplyKey) -> Result<bool, sqlx::Error> {
    let cleared = sqlx::query!(
        r#"
        DELETE FROM idempotency_replies
        WHERE caller = $1
            AND key = $2
            AND expires_at <= clock_timestamp()
        "#,
        key.caller,
        key.key,
    );
    Ok(cleared.execute(connection).await?.rows_affected() > 0)
}

/// Removes some of the replies that have expired; says how many. Fewer than [`PRUNE_BATCH`] means that none are left.
pub(crate) async fn prune(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let pruned = sqlx::query!(
        r#"
        DELETE FROM idempotency_replies AS reply
        USING (
            SELECT caller, key
            FROM idempotency_replies
            WHERE expires_at <= clock_timestamp()
            ORDER BY expires_at
            LIMIT $1
        ) AS expired
        WHERE reply.caller = expired.caller
            AND reply.key = expired.key
            AND reply.expires_at <= clock_timestamp()
        "#,
        PRUNE_BATCH,
    );
    Ok(pruned.execute(connection).await?.rows_affected())
}

/// Keeps a reply, inside a transaction.
pub(crate) async fn keep(connection: &mut PgConnection, reply: &StoredReply) -> Result<(), sqlx::Error> {
    let kept = sqlx::query!(
        r#"
        INSERT INTO idempotency_replies
            (caller, key, request_hash, status, headers, body, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8)
        "#,
        reply.key.caller,
        reply.key.key,
        &reply.request_hash,
        i32::from(reply.status),
        headers_json(&reply.headers),
        reply.body,
        crate::instant::Instant(reply.created_at) as _,
        crate::instant::Instant(reply.expires_at()) as _,
    );
    kept.execute(connection).await.map(|_| ())
}

/// Headers as they are stored: a list of pairs, because a name may stand more than once.
pub(crate) fn headers_json(headers: &[(String, String)]) -> String {
    let pairs = headers.iter().map(|(name, value)| serde_json::Value::from(vec![name.as_str(), value.as_str()]));
    pairs.collect::<serde_json::Value>().to_string()
}

fn headers(json: &str) -> Result<Vec<(String, String)>, sqlx::Error> {
    serde_json::from_str(json).map_err(|_| impossible("a reply's headers are no list of pairs"))
}
