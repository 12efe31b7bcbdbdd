//! Loading the whole catalog.

use std::collections::BTreeMap;

use domain::{Catalog, Item, ItemKey, ItemKind, Module, ModuleKey, ModuleKind, Reach, Revision, Text, Timestamp, Uuid};
use sqlx::{Connection, PgConnection};
use store::record::DefinitionRecord;

use crate::{
    instant::Instant,
    shape::{counted, impossible, line, paragraph},
};

/// The catalog and the clock, of one snapshot.
pub(crate) async fn load(connection: &mut PgConnection) -> Result<(Catalog, Timestamp), sqlx::Error> {
    let mut snapshot = connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let state = sqlx::query!(
        r#"
        SELECT generation, changed_at, clock_timestamp() AS "now!"
        FROM catalog_state
        "#
    );
    let state = state.fetch_one(&mut *snapshot).await?;
    let modules = modules(&mut snapshot).await?;
    let mut revisions = revisions(&mut snapshot).await?;
    let items = items(&mut snapshot, &mut revisions).await?;
    snapshot.commit().await?;
    let catalog = Catalog::new(counted(state.generation)?, state.changed_at.0, modules, items);
    Ok((catalog, state.now.0))
}

async fn modules(snapshot: &mut PgConnection) -> Result<Vec<Module>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, key, name, type AS kind, description, is_active, created_at, updated_at
        FROM modules
        "#
    );
    let modules = rows.fetch_all(snapshot).await?.into_iter().map(|row| {
        Ok(Module {
            id: row.id,
            key: ModuleKey::parse(&row.key).map_err(|_| impossible("a module key is none"))?,
            name: line(&row.name, Text::NAME_CHARS)?,
            kind: ModuleKind::parse(&row.kind).ok_or_else(|| impossible("a module type is none"))?,
            description: description(row.description)?,
            is_active: row.is_active,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    });
    modules.collect()
}

async fn items(
    snapshot: &mut PgConnection,
    revisions: &mut BTreeMap<Uuid, Vec<Revision>>,
) -> Result<Vec<Item>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT
            true AS "is_package!",
            id AS "id!",
            key AS "key!",
            name AS "name!",
            description,
            is_active AS "is_active!",
            created_at AS "created_at!: Instant",
            updated_at AS "updated_at!: Instant"
        FROM packages
        UNION ALL
        SELECT false, id, key, name, description, is_active, created_at, updated_at
        FROM addons
        "#
    );
    let items = rows.fetch_all(snapshot).await?.into_iter().map(|row| {
        Ok(Item {
            id: row.id,
            kind: if row.is_package { ItemKind::Package } else { ItemKind::Addon },
            key: ItemKey::parse(&row.key).map_err(|_| impossible("a catalog key is none"))?,
            name: line(&row.name, Text::NAME_CHARS)?,
            description: description(row.description)?,
            is_active: row.is_active,
            revisions: revisions.remove(&row.id).unwrap_or_default(),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    });
    items.collect()
}

/// Every revision, by item, in the order of their numbers.
async fn revisions(snapshot: &mut PgConnection) -> Result<BTreeMap<Uuid, Vec<Revision>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT
            package_id AS "item_id!",
            number AS "number!",
            reach AS "reach!",
            definition::text AS "definition!",
            epoch AS "epoch!",
            epoch_grown_at AS "epoch_grown_at!: Instant",
            created_at AS "created_at!: Instant"
        FROM package_revisions
        UNION ALL
        SELECT addon_id, number, reach, definition::text, epoch, epoch_grown_at, created_at
        FROM addon_revisions
        ORDER BY 1, 2
        "#
    );
    let mut revisions: BTreeMap<Uuid, Vec<Revision>> = BTreeMap::new();
    for row in rows.fetch_all(snapshot).await? {
        let definition = DefinitionRecord::from_json(&row.definition).map_err(|error| decode(error.0))?;
        let revision = Revision {
            number: counted(row.number)?,
            reach: Reach::parse(&row.reach).ok_or_else(|| impossible("a reach is none"))?,
            modules: definition.module_keys().map_err(|error| decode(error.0))?,
            epoch: counted(row.epoch)?,
            epoch_grown_at: row.epoch_grown_at.0,
            created_at: row.created_at.0,
        };
        revisions.entry(row.item_id).or_default().push(revision);
    }
    Ok(revisions)
}

fn description(text: Option<String>) -> Result<Option<Text>, sqlx::Error> {
    text.map(|text| paragraph(&text, Text::DESCRIPTION_CHARS)).transpose()
}

fn decode(what: String) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
