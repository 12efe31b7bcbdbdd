//! API keys: hashes and what goes with them.

use domain::{Timestamp, Uuid};
use rusqlite::Connection;
use store::{KeyRecord, KeyRing};

use crate::{column::Columns, failure::Failure};

pub(crate) const GENERATION: &str = "
    SELECT generation
    FROM key_ring
    WHERE id = 1";

pub(crate) const GROW: &str = "
    UPDATE key_ring
    SET generation = generation + 1
    WHERE id = 1";

pub(crate) const ALL: &str = "
    SELECT id, name, role, scopes, hash, created_at, expires_at, revoked_at, last_used_at
    FROM api_keys
    ORDER BY created_at, id";

pub(crate) const ADD: &str = "
    INSERT INTO api_keys
        (id, name, role, scopes, hash, created_at, expires_at, revoked_at, last_used_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(crate) const IS_LIVE: &str = "
    SELECT 1
    FROM api_keys
    WHERE id = ?1
        AND revoked_at IS NULL";

pub(crate) const REVOKE: &str = "
    UPDATE api_keys
    SET revoked_at = ?1
    WHERE id = ?2";

pub(crate) const NOTE_USE: &str = "
    UPDATE api_keys
    SET last_used_at = max(coalesce(last_used_at, 0), ?1)
    WHERE id = ?2";

/// Every key, unless the ring still is of `known_generation`.
pub(crate) fn key_ring(connection: &Connection, known_generation: Option<u64>) -> Result<Option<KeyRing>, Failure> {
    let mut statement = connection.prepare_cached(GENERATION)?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the key ring has no row")) };
    let generation = Columns::of(row).number()?;
    if known_generation == Some(generation) {
        return Ok(None);
    }
    Ok(Some(KeyRing { generation, keys: all(connection)? }))
}

fn all(connection: &Connection) -> Result<Vec<KeyRecord>, Failure> {
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query(())?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        keys.push(KeyRecord {
            id: columns.uuid()?,
            name: columns.raw()?,
            role: columns.raw()?,
            scopes: scopes(&columns.raw::<String>()?)?,
            hash: columns.raw()?,
            created_at: columns.instant()?,
            expires_at: columns.optional_instant()?,
            revoked_at: columns.optional_instant()?,
            last_used_at: columns.optional_instant()?,
        });
    }
    Ok(keys)
}

fn scopes(stored: &str) -> Result<Vec<String>, Failure> {
    serde_json::from_str(stored).map_err(|error| Failure::nonsense(format!("stored scopes of a key: {error}")))
}

/// Adds a key.
pub(crate) fn add(connection: &Connection, key: &KeyRecord) -> Result<bool, Failure> {
    let scopes = serde_json::to_string(&key.scopes).map_err(|error| Failure::nonsense(error.to_string()))?;
    connection.prepare_cached(ADD)?.execute((
        key.id.into_bytes(),
        &key.name,
        &key.role,
        scopes,
        key.hash,
        key.created_at.micros(),
        key.expires_at.map(Timestamp::micros),
        key.revoked_at.map(Timestamp::micros),
        key.last_used_at.map(Timestamp::micros),
    ))?;
    connection.prepare_cached(GROW)?.execute(())?;
    Ok(true)
}

/// Revokes keys, unless one of them is not there or not live; whether it did.
pub(crate) fn revoke(connection: &Connection, ids: &[Uuid], at: Timestamp) -> Result<bool, Failure> {
    let mut is_live = connection.prepare_cached(IS_LIVE)?;
    for id in ids {
        if !is_live.exists([id.into_bytes()])? {
            return Ok(false);
        }
    }
    for id in ids {
        connection.prepare_cached(REVOKE)?.execute((at.micros(), id.into_bytes()))?;
    }
    connection.prepare_cached(GROW)?.execute(())?;
    Ok(true)
}

/// Notes when keys were last accepted. Never moves a time back, and makes no new generation: nobody decides on it.
pub(crate) fn note_use(connection: &Connection, used: &[(Uuid, Timestamp)]) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(NOTE_USE)?;
    for (id, at) in used {
        statement.execute((at.micros(), id.into_bytes()))?;
    }
    Ok(())
}
