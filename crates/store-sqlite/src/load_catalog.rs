//! Reading the whole catalog.

use domain::{Catalog, Item, ItemKind, Module, Revision, Text, Timestamp, Uuid};
use rusqlite::Connection;
use store::record::DefinitionRecord;

use crate::{column::Columns, failure::Failure, now::Now};

pub(crate) const STATE: &str = "
    SELECT generation, changed_at
    FROM catalog_state
    WHERE id = 1";

pub(crate) const MODULES: &str = "
    SELECT id, key, name, type, description, is_active, created_at, updated_at
    FROM modules";

pub(crate) const PACKAGES: &str = "
    SELECT id, key, name, description, is_active, created_at, updated_at
    FROM packages";

pub(crate) const ADDONS: &str = "
    SELECT id, key, name, description, is_active, created_at, updated_at
    FROM addons";

pub(crate) const PACKAGE_REVISIONS: &str = "
    SELECT number, reach, definition, epoch, epoch_grown_at, created_at
    FROM package_revisions
    WHERE package_id = ?1
    ORDER BY number";

pub(crate) const ADDON_REVISIONS: &str = "
    SELECT number, reach, definition, epoch, epoch_grown_at, created_at
    FROM addon_revisions
    WHERE addon_id = ?1
    ORDER BY number";

/// The whole catalog, and the instant.
pub(crate) fn catalog(connection: &Connection, now: &Now) -> Result<(Catalog, Timestamp), Failure> {
    let mut statement = connection.prepare_cached(STATE)?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the catalog has no state row")) };
    let mut columns = Columns::of(row);
    let (generation, changed_at) = (columns.number()?, columns.instant()?);
    let mut all = items(connection, ItemKind::Package)?;
    all.extend(items(connection, ItemKind::Addon)?);
    Ok((Catalog::new(generation, changed_at, modules(connection)?, all), now.get()))
}

fn modules(connection: &Connection) -> Result<Vec<Module>, Failure> {
    let mut statement = connection.prepare_cached(MODULES)?;
    let mut rows = statement.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(Module {
            id: columns.uuid()?,
            key: columns.module_key()?,
            name: columns.line(Text::NAME_CHARS)?,
            kind: columns.module_kind()?,
            description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
            is_active: columns.raw()?,
            created_at: columns.instant()?,
            updated_at: columns.instant()?,
        });
    }
    Ok(all)
}

fn items(connection: &Connection, kind: ItemKind) -> Result<Vec<Item>, Failure> {
    let sql = match kind {
        ItemKind::Package => PACKAGES,
        ItemKind::Addon => ADDONS,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let id = columns.uuid()?;
        all.push(Item {
            id,
            kind,
            key: columns.item_key()?,
            name: columns.line(Text::NAME_CHARS)?,
            description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
            is_active: columns.raw()?,
            revisions: revisions(connection, kind, id)?,
            created_at: columns.instant()?,
            updated_at: columns.instant()?,
        });
    }
    Ok(all)
}

/// An item's revisions, which must be numbered from 1 without a gap: rows point at them by number.
fn revisions(connection: &Connection, kind: ItemKind, id: Uuid) -> Result<Vec<Revision>, Failure> {
    let sql = match kind {
        ItemKind::Package => PACKAGE_REVISIONS,
        ItemKind::Addon => ADDON_REVISIONS,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id.into_bytes()])?;
    let mut all: Vec<Revision> = Vec::new();
    while let Some(row) = rows.next()? {
        let revision = revision_of(&mut Columns::of(row))?;
        let expected = all.last().map_or(1, |last| last.number + 1);
        if revision.number != expected {
            return Err(Failure::nonsense(format!("{} `{id}` has no revision {expected}", kind.as_str())));
        }
        all.push(revision);
    }
    if all.is_empty() {
        return Err(Failure::nonsense(format!("{} `{id}` has no revision", kind.as_str())));
    }
    Ok(all)
}

fn revision_of(columns: &mut Columns<'_>) -> Result<Revision, Failure> {
    let number = columns.raw()?;
    let reach = columns.reach()?;
    let definition: String = columns.raw()?;
    Ok(Revision {
        number,
        reach,
        modules: DefinitionRecord::from_json(&definition)?.module_keys()?,
        epoch: columns.number()?,
        epoch_grown_at: columns.instant()?,
        created_at: columns.instant()?,
    })
}
