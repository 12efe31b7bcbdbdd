//! Loading the whole catalog.

use std::collections::BTreeMap;

use domain::{
    Attributes, Catalog, Combine, Entry, Feature, FeatureKey, FeatureKind, Item, ItemKey, ItemKind, Lifecycle, Module,
    ModuleKey, ModuleKind, Permission, PermissionKey, Policy, Reach, Revision, Strictness, Text, Timestamp, Uuid,
};
use sqlx::{Connection, PgConnection};
use store::record::{DefinitionRecord, ProfileRecord};

use crate::{
    instant::Instant,
    shape::{counted, impossible, line, paragraph},
};

/// The catalog and the clock, of one snapshot.
pub(crate) async fn load(connection: &mut PgConnection) -> Result<(Catalog, Timestamp), sqlx::Error> {
    let mut snapshot = connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let state = sqlx::query!(
        r#"
        SELECT generation, changed_at, completeness, pricing_duplicates, clock_timestamp() AS "now!"
        FROM catalog_state
        "#
    );
    let state = state.fetch_one(&mut *snapshot).await?;
    let mut catalog = Catalog::new(counted(state.generation)?, state.changed_at.0);
    let strictness = |word: &str| Strictness::parse(word).ok_or_else(|| impossible("a strictness is none"));
    catalog.policy = Policy {
        completeness: strictness(&state.completeness)?,
        pricing_duplicates: strictness(&state.pricing_duplicates)?,
    };
    modules(&mut snapshot, &mut catalog).await?;
    permissions(&mut snapshot, &mut catalog).await?;
    features(&mut snapshot, &mut catalog).await?;
    let mut revisions = revisions(&mut snapshot).await?;
    items(&mut snapshot, &mut revisions, &mut catalog).await?;
    snapshot.commit().await?;
    Ok((catalog, state.now.0))
}

async fn modules(snapshot: &mut PgConnection, catalog: &mut Catalog) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, key, name, type AS kind, description, is_active, namespace, namespace_aliases, aliases, epoch,
            epoch_grown_at, created_at, updated_at
        FROM modules
        "#
    );
    let key = |key: &str| ModuleKey::parse(key).map_err(|_| impossible("a module key is none"));
    let keys = |keys: &[String]| keys.iter().map(|one| key(one)).collect::<Result<_, _>>();
    for row in rows.fetch_all(snapshot).await? {
        catalog.put(Entry::Module(Module {
            id: row.id,
            key: key(&row.key)?,
            name: line(&row.name, Text::NAME_CHARS)?,
            kind: ModuleKind::parse(&row.kind).ok_or_else(|| impossible("a module type is none"))?,
            description: description(row.description)?,
            is_active: row.is_active,
            namespace: key(&row.namespace)?,
            namespace_aliases: keys(&row.namespace_aliases)?,
            aliases: keys(&row.aliases)?,
            epoch: counted(row.epoch)?,
            epoch_grown_at: row.epoch_grown_at.0,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }));
    }
    Ok(())
}

async fn permissions(snapshot: &mut PgConnection, catalog: &mut Catalog) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, key, module_key, description, created_at, updated_at
        FROM permissions
        "#
    );
    for row in rows.fetch_all(snapshot).await? {
        catalog.put(Entry::Permission(Permission {
            id: row.id,
            key: PermissionKey::parse(&row.key).map_err(|_| impossible("a permission key is none"))?,
            module: ModuleKey::parse(&row.module_key).map_err(|_| impossible("a module key is none"))?,
            description: description(row.description)?,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }));
    }
    Ok(())
}

async fn features(snapshot: &mut PgConnection, catalog: &mut Catalog) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, key, name, description, kind, unit, combine, attributes::text AS "attributes!", epoch, epoch_grown_at,
            created_at, updated_at
        FROM features
        "#
    );
    for row in rows.fetch_all(snapshot).await? {
        catalog.put(Entry::Feature(Feature {
            id: row.id,
            key: FeatureKey::parse(&row.key).map_err(|_| impossible("a feature key is none"))?,
            name: line(&row.name, Text::NAME_CHARS)?,
            description: description(row.description)?,
            kind: FeatureKind::parse(&row.kind).ok_or_else(|| impossible("a feature kind is none"))?,
            unit: row.unit.map(|unit| paragraph(&unit, usize::MAX)).transpose()?,
            combine: Combine::parse(&row.combine).ok_or_else(|| impossible("a rule for limits is none"))?,
            attributes: attributes(&row.attributes)?,
            epoch: counted(row.epoch)?,
            epoch_grown_at: row.epoch_grown_at.0,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }));
    }
    Ok(())
}

fn attributes(json: &str) -> Result<Attributes, sqlx::Error> {
    let texts: BTreeMap<String, String> = serde_json::from_str(json).map_err(|error| decode(error.to_string()))?;
    let text = |text: &str| paragraph(text, usize::MAX);
    texts.iter().map(|(name, value)| Ok((text(name)?, text(value)?))).collect()
}

async fn items(
    snapshot: &mut PgConnection,
    revisions: &mut BTreeMap<Uuid, Vec<Revision>>,
    catalog: &mut Catalog,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT
            true AS "is_package!",
            id AS "id!",
            key AS "key!",
            name AS "name!",
            description,
            lifecycle_status AS "lifecycle!",
            profile_json::text AS "profile!",
            created_at AS "created_at!: Instant",
            updated_at AS "updated_at!: Instant"
        FROM packages
        UNION ALL
        SELECT false, id, key, name, description, lifecycle_status, profile_json::text, created_at, updated_at
        FROM addons
        "#
    );
    for row in rows.fetch_all(snapshot).await? {
        let profile = ProfileRecord::from_json(&row.profile).and_then(|record| record.to_profile());
        catalog.put(Entry::Item(Box::new(Item {
            id: row.id,
            kind: if row.is_package { ItemKind::Package } else { ItemKind::Addon },
            key: ItemKey::parse(&row.key).map_err(|_| impossible("a catalog key is none"))?,
            name: line(&row.name, Text::NAME_CHARS)?,
            description: description(row.description)?,
            lifecycle: Lifecycle::parse(&row.lifecycle).ok_or_else(|| impossible("a lifecycle is none"))?,
            profile: profile.map_err(|error| decode(error.0))?,
            revisions: revisions.remove(&row.id).unwrap_or_default(),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })));
    }
    Ok(())
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
            definition: definition.to_definition().map_err(|error| decode(error.0))?,
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
