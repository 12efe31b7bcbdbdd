//! Storing a catalog write: entries, revisions, epochs, mappings, history, reach, feed and kept reply. Its cost does not depend on
//! the number of holders: whom it reaches is a range of revisions.

use domain::{CatalogChange, CatalogReach, Item, ItemKind, ItemRef, Module, Revision, Uuid};
use rusqlite::{Connection, Params};
use store::{
    CatalogCommit, Committed,
    record::{CatalogPayload, DefinitionRecord},
};

use crate::{
    column::stored,
    failure::Failure,
    feed::{self, NewEntry},
    now::Now,
    replies,
    writer::Group,
};

pub(crate) const MOVE_ON: &str = "
    UPDATE catalog_state
    SET generation = ?1,
        changed_at = ?2
    WHERE id = 1
        AND generation = ?3";

pub(crate) const PUT_MODULE: &str = "
    INSERT INTO modules
        (id, key, name, type, description, is_active, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        updated_at = excluded.updated_at";

pub(crate) const PUT_PACKAGE: &str = "
    INSERT INTO packages
        (id, key, name, description, is_active, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        updated_at = excluded.updated_at";

pub(crate) const PUT_ADDON: &str = "
    INSERT INTO addons
        (id, key, name, description, is_active, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE
    SET name = excluded.name,
        description = excluded.description,
        is_active = excluded.is_active,
        updated_at = excluded.updated_at";

pub(crate) const PUT_PACKAGE_REVISION: &str = "
    INSERT INTO package_revisions
        (package_id, number, reach, definition, epoch, epoch_grown_at, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7
    FROM packages
    WHERE key = ?1
    ON CONFLICT (package_id, number) DO UPDATE
    SET epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at";

pub(crate) const PUT_ADDON_REVISION: &str = "
    INSERT INTO addon_revisions
        (addon_id, number, reach, definition, epoch, epoch_grown_at, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7
    FROM addons
    WHERE key = ?1
    ON CONFLICT (addon_id, number) DO UPDATE
    SET epoch = excluded.epoch,
        epoch_grown_at = excluded.epoch_grown_at";

pub(crate) const UNMAP_PACKAGE: &str = "
    DELETE FROM package_modules
    WHERE package_id = ?1
        AND module_id NOT IN (
            SELECT module.id
            FROM json_each(?2) AS wanted
            CROSS JOIN modules AS module ON module.key = wanted.value)";

pub(crate) const UNMAP_ADDON: &str = "
    DELETE FROM addon_modules
    WHERE addon_id = ?1
        AND module_id NOT IN (
            SELECT module.id
            FROM json_each(?2) AS wanted
            CROSS JOIN modules AS module ON module.key = wanted.value)";

pub(crate) const MAP_PACKAGE: &str = "
    INSERT INTO package_modules (package_id, module_id, created_at)
    SELECT ?1, module.id, ?3
    FROM json_each(?2) AS wanted
    CROSS JOIN modules AS module ON module.key = wanted.value
    WHERE true
    ON CONFLICT (package_id, module_id) DO NOTHING";

pub(crate) const MAP_ADDON: &str = "
    INSERT INTO addon_modules (addon_id, module_id, created_at)
    SELECT ?1, module.id, ?3
    FROM json_each(?2) AS wanted
    CROSS JOIN modules AS module ON module.key = wanted.value
    WHERE true
    ON CONFLICT (addon_id, module_id) DO NOTHING";

pub(crate) const RECORD: &str = "
    INSERT INTO catalog_history
        (generation, id, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(crate) const RECORD_REACH: &str = "
    INSERT INTO catalog_reach
        (item_kind, item_key, created_at, generation, assigned_from, assigned_to)
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
    if let Some(change) = &commit.change {
        let generations = (stored(change.generation)?, change.at.micros(), stored(change.generation_before)?);
        one_row(connection, MOVE_ON, generations)?;
        store(connection, change)?;
        record(connection, change, &commit.request_id)?;
        group.generation = change.generation;
    }
    replies::keep(connection, commit.reply.as_ref())?;
    Ok(Committed::Done)
}

fn store(connection: &Connection, change: &CatalogChange) -> Result<(), Failure> {
    if let Some(module) = &change.module {
        put_module(connection, module)?;
    }
    if let Some(item) = &change.item {
        put_item(connection, item)?;
    }
    for (item, revision) in &change.revisions {
        put_revision(connection, item, revision)?;
    }
    match change.item.as_ref().and_then(|item| Some((item, item.newest()?))) {
        Some((item, newest)) => map(connection, item, newest),
        None => Ok(()),
    }
}

fn put_module(connection: &Connection, module: &Module) -> Result<(), Failure> {
    let row = (
        module.id.into_bytes(),
        module.key.as_str(),
        module.name.as_str(),
        module.kind.as_str(),
        module.description.as_ref().map(domain::Text::as_str),
        module.is_active,
        module.created_at.micros(),
        module.updated_at.micros(),
    );
    one_row(connection, PUT_MODULE, row)
}

fn put_item(connection: &Connection, item: &Item) -> Result<(), Failure> {
    let sql = match item.kind {
        ItemKind::Package => PUT_PACKAGE,
        ItemKind::Addon => PUT_ADDON,
    };
    let row = (
        item.id.into_bytes(),
        item.key.as_str(),
        item.name.as_str(),
        item.description.as_ref().map(domain::Text::as_str),
        item.is_active,
        item.created_at.micros(),
        item.updated_at.micros(),
    );
    one_row(connection, sql, row)
}

fn put_revision(connection: &Connection, item: &ItemRef, revision: &Revision) -> Result<(), Failure> {
    let sql = match item.kind {
        ItemKind::Package => PUT_PACKAGE_REVISION,
        ItemKind::Addon => PUT_ADDON_REVISION,
    };
    let row = (
        item.key.as_str(),
        revision.number,
        revision.reach.as_str(),
        DefinitionRecord::of(revision).to_json(),
        stored(revision.epoch)?,
        revision.epoch_grown_at.micros(),
        revision.created_at.micros(),
    );
    one_row(connection, sql, row)
}

/// Brings an item's mapping rows to its newest revision; rows that stay keep their `created_at`.
fn map(connection: &Connection, item: &Item, newest: &Revision) -> Result<(), Failure> {
    let (unmap, map) = match item.kind {
        ItemKind::Package => (UNMAP_PACKAGE, MAP_PACKAGE),
        ItemKind::Addon => (UNMAP_ADDON, MAP_ADDON),
    };
    let keys: Vec<&str> = newest.modules.iter().map(domain::ModuleKey::as_str).collect();
    let keys = serde_json::to_string(&keys).map_err(|error| Failure::nonsense(error.to_string()))?;
    let id = item.id.into_bytes();
    connection.prepare_cached(unmap)?.execute((id, &keys))?;
    connection.prepare_cached(map)?.execute((id, &keys, newest.created_at.micros()))?;
    Ok(())
}

fn record(connection: &Connection, change: &CatalogChange, request_id: &str) -> Result<(), Failure> {
    let generation = stored(change.generation)?;
    let event = &change.event;
    let row = (
        generation,
        Uuid::new_v4().into_bytes(),
        event.change_type.as_str(),
        event.entity_type.as_str(),
        event.entity_key.as_str(),
        CatalogPayload::of(change).to_json(),
        change.actor.as_str(),
        request_id,
        change.at.micros(),
    );
    one_row(connection, RECORD, row)?;
    for CatalogReach { item, assigned_from, assigned_to } in &change.reach {
        let (kind, key) = (item.kind.as_str(), item.key.as_str());
        let row = (kind, key, change.at.micros(), generation, *assigned_from, *assigned_to);
        one_row(connection, RECORD_REACH, row)?;
    }
    let entry = NewEntry {
        at: change.at,
        company: None,
        version: generation,
        change_type: event.change_type,
        entity_type: event.entity_type,
        entity_key: Some(&event.entity_key),
        request_id,
    };
    feed::append(connection, &entry)
}

/// Runs a statement that must write exactly one row.
fn one_row(connection: &Connection, sql: &'static str, row: impl Params) -> Result<(), Failure> {
    let written = connection.prepare_cached(sql)?.execute(row)?;
    if written == 1 { Ok(()) } else { Err(Failure::nonsense(format!("a catalog row was written {written} times"))) }
}
