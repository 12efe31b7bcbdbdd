//! Storing a catalog write: entries, history, reach, feed, change requests and kept reply. Its cost does not depend on the number of holders: whom it
//! reaches is a range of revisions.

use domain::{CatalogChange, CatalogReach, Reached, Uuid};
use rusqlite::{Connection, Params, params};
use store::{CatalogCommit, Committed, catalog_lines, chain::Hash};

use crate::{
    change_requests,
    column::stored,
    failure::Failure,
    feed::{self, NewEntry},
    holders,
    now::Now,
    put_entries, replies, roll_outs,
    writer::Group,
};

pub(crate) const MOVE_ON: &str = "
    UPDATE catalog_state
    SET generation = ?1,
        changed_at = ?2
    WHERE id = 1
        AND generation = ?3";

pub(crate) const RECORD: &str = "
    INSERT INTO catalog_history
        (generation, part, id, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at,
        hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

pub(crate) const HEAD: &str = "
    SELECT history_hash
    FROM catalog_state
    WHERE id = 1";

pub(crate) const MOVE_HEAD: &str = "
    UPDATE catalog_state
    SET history_hash = ?1
    WHERE id = 1";

pub(crate) const RECORD_REACH: &str = "
    INSERT INTO catalog_reach
        (entity_type, entity_key, created_at, generation, assigned_from, assigned_to)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Stores a catalog write, unless what it was decided on has moved. Every guard stands before the first change.
pub(crate) fn catalog(group: &mut Group<'_>, now: &Now, commit: &CatalogCommit) -> Result<Committed, Failure> {
    let connection = group.connection;
    if commit.change.as_ref().is_some_and(|change| change.generation_before != group.generation) {
        return Ok(Committed::Raced);
    }
    if !replies::is_free(connection, now, commit.reply.as_ref())? {
        return Ok(Committed::Raced);
    }
    for item in commit.change.iter().flat_map(|change| &change.unheld) {
        if holders::is_held(connection, item, now.get())? {
            return Ok(Committed::Raced);
        }
    }
    if let Some(decision) = &commit.decides
        && !change_requests::is_pending(connection, decision)?
    {
        return Ok(Committed::Raced);
    }
    // A guard as well: it changes what it guards.
    if let Some(step) = &commit.roll_out
        && roll_outs::put(connection, step)? == Committed::Raced
    {
        return Ok(Committed::Raced);
    }
    if let Some(change) = &commit.change {
        let generations = (stored(change.generation)?, change.at.micros(), stored(change.generation_before)?);
        one_row(connection, MOVE_ON, generations)?;
        put_entries::put(connection, change)?;
        record(connection, change, &commit.request_id)?;
        group.generation = change.generation;
    }
    if let Some(decision) = &commit.decides {
        change_requests::decide(connection, decision)?;
    }
    if let Some(request) = &commit.asks {
        change_requests::add(connection, request)?;
    }
    replies::keep(connection, commit.reply.as_ref())?;
    Ok(Committed::Done)
}

fn record(connection: &Connection, change: &CatalogChange, request_id: &str) -> Result<(), Failure> {
    let generation = stored(change.generation)?;
    let head: Option<Hash> = connection.prepare_cached(HEAD)?.query_row((), |row| row.get(0))?;
    let lines = catalog_lines(change, request_id, head, Uuid::new_v4);
    for (event, line) in change.events.iter().zip(&lines) {
        let row = params![
            generation,
            line.part,
            line.id.into_bytes(),
            line.change_type,
            line.entity_type,
            line.entity_key,
            line.payload,
            line.changed_by,
            line.request_id,
            line.created_at.micros(),
            line.hash,
        ];
        one_row(connection, RECORD, row)?;
        let entry = NewEntry {
            at: change.at,
            company: None,
            version: generation,
            change_type: event.change_type,
            entity_type: event.entity_type,
            entity_key: Some(event.after.key()),
            request_id,
        };
        feed::append(connection, &entry)?;
    }
    if let Some(last) = lines.last() {
        one_row(connection, MOVE_HEAD, [last.hash])?;
    }
    for CatalogReach { what, assigned_from, assigned_to } in &change.reach {
        let (kind, key) = match what {
            Reached::Item(item) => (item.kind.as_str(), item.key.as_str()),
            Reached::Module(key) => ("module", key.as_str()),
            Reached::Feature(key) => ("feature", key.as_str()),
        };
        let row = (kind, key, change.at.micros(), generation, *assigned_from, *assigned_to);
        one_row(connection, RECORD_REACH, row)?;
    }
    Ok(())
}

/// Runs a statement that must write exactly one row.
pub(crate) fn one_row(connection: &Connection, sql: &'static str, row: impl Params) -> Result<(), Failure> {
    let written = connection.prepare_cached(sql)?.execute(row)?;
    if written == 1 { Ok(()) } else { Err(Failure::nonsense(format!("a catalog row was written {written} times"))) }
}
