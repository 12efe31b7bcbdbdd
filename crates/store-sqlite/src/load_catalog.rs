//! Reading the whole catalog.

use domain::{
    Catalog, Combine, Entry, Feature, FeatureKind, Item, ItemKind, Lifecycle, Module, ModuleKey, Permission,
    PermissionKey, Policy, Revision, Strictness, Text, Timestamp, Uuid,
};
use rusqlite::Connection;
use store::record::{DefinitionRecord, ProfileRecord};

use crate::{column::Columns, failure::Failure, now::Now};

pub(crate) const STATE: &str = "
    SELECT generation, changed_at, completeness, pricing_duplicates
    FROM catalog_state
    WHERE id = 1";

pub(crate) const MODULES: &str = "
    SELECT id, key, name, type, description, is_active, namespace, namespace_aliases, aliases, epoch, epoch_grown_at,
        created_at, updated_at
    FROM modules";

pub(crate) const PERMISSIONS: &str = "
    SELECT id, key, module_key, description, created_at, updated_at
    FROM permissions";

pub(crate) const FEATURES: &str = "
    SELECT id, key, name, description, kind, unit, combine, attributes, epoch, epoch_grown_at, created_at, updated_at
    FROM features";

pub(crate) const PACKAGES: &str = "
    SELECT id, key, name, description, lifecycle_status, profile_json, created_at, updated_at
    FROM packages";

pub(crate) const ADDONS: &str = "
    SELECT id, key, name, description, lifecycle_status, profile_json, created_at, updated_at
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
    let mut catalog = Catalog::new(columns.number()?, columns.instant()?);
    catalog.policy = Policy {
        completeness: columns.word("strictness", Strictness::parse)?,
        pricing_duplicates: columns.word("strictness", Strictness::parse)?,
    };
    every(connection, MODULES, |columns| {
        catalog.put(Entry::Module(module_of(columns)?));
        Ok(())
    })?;
    every(connection, PERMISSIONS, |columns| {
        catalog.put(Entry::Permission(permission_of(columns)?));
        Ok(())
    })?;
    every(connection, FEATURES, |columns| {
        catalog.put(Entry::Feature(feature_of(columns)?));
        Ok(())
    })?;
    for (kind, sql) in [(ItemKind::Package, PACKAGES), (ItemKind::Addon, ADDONS)] {
        every(connection, sql, |columns| {
            let item = item_of(connection, kind, columns)?;
            catalog.put(Entry::Item(Box::new(item)));
            Ok(())
        })?;
    }
    Ok((catalog, now.get()))
}

/// Reads every row of a statement.
fn every(
    connection: &Connection,
    sql: &'static str,
    mut take: impl FnMut(&mut Columns<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        take(&mut Columns::of(row))?;
    }
    Ok(())
}

fn module_of(columns: &mut Columns<'_>) -> Result<Module, Failure> {
    let key = |word: &str| ModuleKey::parse(word).ok();
    Ok(Module {
        id: columns.uuid()?,
        key: columns.module_key()?,
        name: columns.line(Text::NAME_CHARS)?,
        kind: columns.module_kind()?,
        description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
        is_active: columns.raw()?,
        namespace: columns.module_key()?,
        namespace_aliases: columns.list("namespace aliases", key)?,
        aliases: columns.list("aliases", key)?,
        epoch: columns.number()?,
        epoch_grown_at: columns.instant()?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
}

fn permission_of(columns: &mut Columns<'_>) -> Result<Permission, Failure> {
    Ok(Permission {
        id: columns.uuid()?,
        key: columns.word("key", |word| PermissionKey::parse(word).ok())?,
        module: columns.module_key()?,
        description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
}

fn feature_of(columns: &mut Columns<'_>) -> Result<Feature, Failure> {
    Ok(Feature {
        id: columns.uuid()?,
        key: columns.feature_key()?,
        name: columns.line(Text::NAME_CHARS)?,
        description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
        kind: columns.word("feature kind", FeatureKind::parse)?,
        unit: columns.optional_text()?,
        combine: columns.word("rule", Combine::parse)?,
        attributes: columns.texts("attributes")?,
        epoch: columns.number()?,
        epoch_grown_at: columns.instant()?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
}

fn item_of(connection: &Connection, kind: ItemKind, columns: &mut Columns<'_>) -> Result<Item, Failure> {
    let id = columns.uuid()?;
    Ok(Item {
        id,
        kind,
        key: columns.item_key()?,
        name: columns.line(Text::NAME_CHARS)?,
        description: columns.optional_paragraph(Text::DESCRIPTION_CHARS)?,
        lifecycle: columns.word("lifecycle", Lifecycle::parse)?,
        profile: ProfileRecord::from_json(&columns.raw::<String>()?)?.to_profile()?,
        revisions: revisions(connection, kind, id)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
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
        definition: DefinitionRecord::from_json(&definition)?.to_definition()?,
        epoch: columns.number()?,
        epoch_grown_at: columns.instant()?,
        created_at: columns.instant()?,
    })
}
