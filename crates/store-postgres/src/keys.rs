//! API keys of callers.

use domain::{Timestamp, Uuid};
use sqlx::PgConnection;
use store::{KeyRecord, KeyRing};

use crate::{
    instant::Instant,
    shape::{column, counted, impossible},
};

/// Every key, unless the ring still is of the known generation.
pub(crate) async fn ring(connection: &mut PgConnection, known: Option<u64>) -> Result<Option<KeyRing>, sqlx::Error> {
    let known: Option<i64> = known.map(column).transpose()?;
    let rows = sqlx::query!(
        r#"
        SELECT
            ring.generation,
            key.id AS "id?",
            key.name AS "name?",
            key.role AS "role?",
            key.scopes AS "scopes?",
            key.hash AS "hash?",
            key.created_at AS "created_at?",
            key.expires_at,
            key.revoked_at,
            key.last_used_at
        FROM api_key_ring AS ring
        LEFT JOIN api_keys AS key ON ring.generation IS DISTINCT FROM $1
        ORDER BY key.created_at, key.id
        "#,
        known,
    );
    let rows = rows.fetch_all(connection).await?;
    let generation = rows.first().map(|row| row.generation).ok_or_else(|| impossible("the key ring has no state"))?;
    if known == Some(generation) {
        return Ok(None);
    }
    let keys = rows.into_iter().filter_map(|row| {
        let stored = Stored {
            id: row.id?,
            name: row.name?,
            role: row.role?,
            scopes: row.scopes?,
            hash: row.hash?,
            created_at: row.created_at?,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        };
        Some(stored.record())
    });
    Ok(Some(KeyRing { generation: counted(generation)?, keys: keys.collect::<Result<_, _>>()? }))
}

/// Adds a key.
pub(crate) async fn add(connection: &mut PgConnection, key: &KeyRecord) -> Result<bool, sqlx::Error> {
    let instant = |instant: Option<Timestamp>| instant.map(Instant);
    let added = sqlx::query!(
        r#"
        WITH added AS (
            INSERT INTO api_keys
                (id, name, role, scopes, hash, created_at, expires_at, revoked_at, last_used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        )
        UPDATE api_key_ring
        SET generation = generation + 1
        "#,
        key.id,
        key.name,
        key.role,
        &key.scopes,
        &key.hash,
        Instant(key.created_at) as _,
        instant(key.expires_at) as _,
        instant(key.revoked_at) as _,
        instant(key.last_used_at) as _,
    );
    added.execute(connection).await.map(|_| true)
}

/// Revokes keys; whether each of them was there and live. If not, the transaction must not be committed.
pub(crate) async fn revoke(connection: &mut PgConnection, ids: &[Uuid], at: Timestamp) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query!(
        r#"
        WITH revoked AS (
            UPDATE api_keys
            SET revoked_at = $2
            WHERE id = ANY ($1)
                AND revoked_at IS NULL
            RETURNING id
        ),
        grown AS (
            UPDATE api_key_ring
            SET generation = generation + 1
        )
        SELECT count(*) AS "revoked!"
        FROM revoked
        "#,
        ids,
        Instant(at) as _,
    );
    Ok(counted::<_, usize>(revoked.fetch_one(connection).await?.revoked)? == ids.len())
}

/// Notes when keys were last accepted; never moves a time back.
pub(crate) async fn note_use(connection: &mut PgConnection, used: &[(Uuid, Timestamp)]) -> Result<(), sqlx::Error> {
    let (ids, ats): (Vec<Uuid>, Vec<Instant>) = used.iter().map(|(id, at)| (*id, Instant(*at))).unzip();
    let noted = sqlx::query!(
        r#"
        UPDATE api_keys AS key
        SET last_used_at = greatest(key.last_used_at, used.at)
        FROM (
            SELECT given.id, max(given.at) AS at
            FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, at)
            GROUP BY given.id
        ) AS used
        WHERE key.id = used.id
        "#,
        &ids,
        &ats as _,
    );
    noted.execute(connection).await.map(|_| ())
}

/// A key as it is stored.
struct Stored {
    id: Uuid,
    name: String,
    role: String,
    scopes: Vec<String>,
    hash: Vec<u8>,
    created_at: Instant,
    expires_at: Option<Instant>,
    revoked_at: Option<Instant>,
    last_used_at: Option<Instant>,
}

impl Stored {
    fn record(self) -> Result<KeyRecord, sqlx::Error> {
        Ok(KeyRecord {
            id: self.id,
            name: self.name,
            role: self.role,
            scopes: self.scopes,
            hash: self.hash.try_into().map_err(|_| impossible("a key's hash has not 32 bytes"))?,
            created_at: self.created_at.0,
            expires_at: self.expires_at.map(Timestamp::from),
            revoked_at: self.revoked_at.map(Timestamp::from),
            last_used_at: self.last_used_at.map(Timestamp::from),
        })
    }
}
