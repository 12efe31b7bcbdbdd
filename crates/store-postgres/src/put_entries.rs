//! Storing the entries of a catalog write: modules, permissions, features, items with their revisions and mappings, the policy.

use std::collections::BTreeMap;

use domain::{
    CatalogChange, CommercialType, Entry, Feature, Item, ItemKind, ItemRef, Module, Permission, Policy, Revision, Text,
};
use sqlx::PgConnection;
use store::record::{DefinitionRecord, ProfileRecord};

use crate::{
    instant::Instant,
    shape::{column, impossible},
};

/// Stores every entry and revision that the change made or touched.
pub(crate) async fn put(transaction: &mut PgConnection, change: &CatalogChange) -> Result<(), sqlx::Error> {
    let changed = change.events.iter().map(|event| &event.after).chain(&change.grown);
    for entry in changed.clone() {
        match entry {
            Entry::Module(module) => put_module(transaction, module).await?,
            Entry::Permission(permission) => put_permission(transaction, permission).await?,
            Entry::Feature(feature) => put_feature(transaction, feature).await?,
            Entry::Item(item) => put_item(transaction, item).await?,
            Entry::Policy(policy) => set_policy(transaction, *policy).await?,
        }
    }
    for (item, revision) in &change.revisions {
        store_revision(transaction, item, revision).await?;
    }
    // Last: an item may include a module that the same change made.
    for entry in changed {
        if let Entry::Item(item) = entry {
            map_modules(transaction, item).await?;
        }
    }
    Ok(())
}

async fn put_module(transaction: &mut PgConnection, module: &Module) -> Result<(), sqlx::Error> {
    let aliases = |keys: &std::collections::BTreeSet<domain::ModuleKey>| -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    };
    let stored = sqlx::query!(
        r#"
        INSERT INTO modules
            (id, key, name, type, description, is_active, namespace, namespace_aliases, aliases, epoch, epoch_grown_at,
                created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name,
            description = excluded.description,
            is_active = excluded.is_active,
            namespace = excluded.namespace,
            namespace_aliases = excluded.namespace_aliases,
            aliases = excluded.aliases,
            epoch = excluded.epoch,
            epoch_grown_at = excluded.epoch_grown_at,
            updated_at = excluded.updated_at
        "#,
        module.id,
        module.key.as_str(),
        module.name.as_str(),
        module.kind.as_str(),
        module.description.as_ref().map(Text::as_str),
        module.is_active,
        module.namespace.as_str(),
        &aliases(&module.namespace_aliases),
        &aliases(&module.aliases),
        column::<_, i64>(module.epoch)?,
        Instant(module.epoch_grown_at) as _,
        Instant(module.created_at) as _,
        Instant(module.updated_at) as _,
    );
    stored.execute(transaction).await.map(|_| ())
}

async fn put_permission(transaction: &mut PgConnection, permission: &Permission) -> Result<(), sqlx::Error> {
    let stored = sqlx::query!(
        r#"
        INSERT INTO permissions (id, key, module_key, description, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE
        SET module_key = excluded.module_key,
            description = excluded.description,
            updated_at = excluded.updated_at
        "#,
        permission.id,
        permission.key.as_str(),
        permission.module.as_str(),
        permission.description.as_ref().map(Text::as_str),
        Instant(permission.created_at) as _,
        Instant(permission.updated_at) as _,
    );
    stored.execute(transaction).await.map(|_| ())
}

async fn put_feature(transaction: &mut PgConnection, feature: &Feature) -> Result<(), sqlx::Error> {
    let attributes: BTreeMap<&str, &str> =
        feature.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let stored = sqlx::query!(
        r#"
        INSERT INTO features
            (id, key, name, description, kind, unit, combine, attributes, epoch, epoch_grown_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, $12)
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name,
            description = excluded.description,
            unit = excluded.unit,
            combine = excluded.combine,
            attributes = excluded.attributes,
            epoch = excluded.epoch,
            epoch_grown_at = excluded.epoch_grown_at,
            updated_at = excluded.updated_at
        "#,
        feature.id,
        feature.key.as_str(),
        feature.name.as_str(),
        feature.description.as_ref().map(Text::as_str),
        feature.kind.as_str(),
        feature.unit.as_ref().map(Text::as_str),
        feature.combine.as_str(),
        serde_json::Value::from_iter(attributes).to_string(),
        column::<_, i64>(feature.epoch)?,
        Instant(feature.epoch_grown_at) as _,
        Instant(feature.created_at) as _,
        Instant(feature.updated_at) as _,
    );
    stored.execute(transaction).await.map(|_| ())
}

async fn put_item(transaction: &mut PgConnection, item: &Item) -> Result<(), sqlx::Error> {
    let (key, name, description) = (item.key.as_str(), item.name.as_str(), item.description.as_ref().map(Text::as_str));
    let (created_at, updated_at) = (Instant(item.created_at), Instant(item.updated_at));
    let (is_active, lifecycle) = (item.is_active(), item.lifecycle.as_str());
    let visibility = item.profile.visibility().as_str();
    let profile = ProfileRecord::of(&item.profile).to_json();
    let stored = match item.kind {
        ItemKind::Package => sqlx::query!(
            r#"
            INSERT INTO packages
                (id, key, name, description, is_active, lifecycle_status, visibility, commercial_type, profile_json,
                    created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11)
            ON CONFLICT (id) DO UPDATE
            SET name = excluded.name,
                description = excluded.description,
                is_active = excluded.is_active,
                lifecycle_status = excluded.lifecycle_status,
                visibility = excluded.visibility,
                commercial_type = excluded.commercial_type,
                profile_json = excluded.profile_json,
                updated_at = excluded.updated_at
            "#,
            item.id,
            key,
            name,
            description,
            is_active,
            lifecycle,
            visibility,
            item.profile.commercial_type.map(CommercialType::as_str),
            profile,
            created_at as _,
            updated_at as _,
        ),
        ItemKind::Addon => sqlx::query!(
            r#"
            INSERT INTO addons
                (id, key, name, description, is_active, lifecycle_status, visibility, profile_json, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10)
            ON CONFLICT (id) DO UPDATE
            SET name = excluded.name,
                description = excluded.description,
                is_active = excluded.is_active,
                lifecycle_status = excluded.lifecycle_status,
                visibility = excluded.visibility,
                profile_json = excluded.profile_json,
                updated_at = excluded.updated_at
            "#,
            item.id,
            key,
            name,
            description,
            is_active,
            lifecycle,
            visibility,
            profile,
            created_at as _,
            updated_at as _,
        ),
    };
    stored.execute(transaction).await.map(|_| ())
}

async fn set_policy(transaction: &mut PgConnection, policy: Policy) -> Result<(), sqlx::Error> {
    let set = sqlx::query!(
        r#"
        UPDATE catalog_state
        SET completeness = $1,
            pricing_duplicates = $2
        "#,
        policy.completeness.as_str(),
        policy.pricing_duplicates.as_str(),
    );
    set.execute(transaction).await.map(|_| ())
}

async fn store_revision(
    transaction: &mut PgConnection,
    item: &ItemRef,
    revision: &Revision,
) -> Result<(), sqlx::Error> {
    let (number, epoch): (i32, i64) = (column(revision.number)?, column(revision.epoch)?);
    let (reach, definition) = (revision.reach.as_str(), DefinitionRecord::of(&revision.definition).to_json());
    let (grown_at, created_at) = (Instant(revision.epoch_grown_at), Instant(revision.created_at));
    let stored = match item.kind {
        ItemKind::Package => sqlx::query!(
            r#"
            INSERT INTO package_revisions (package_id, number, reach, definition, epoch, epoch_grown_at, created_at)
            SELECT id, $2, $3, $4::text::jsonb, $5, $6, $7
            FROM packages
            WHERE key = $1
            ON CONFLICT (package_id, number) DO UPDATE
            SET epoch = excluded.epoch,
                epoch_grown_at = excluded.epoch_grown_at
            "#,
            item.key.as_str(),
            number,
            reach,
            definition,
            epoch,
            grown_at as _,
            created_at as _,
        ),
        ItemKind::Addon => sqlx::query!(
            r#"
            INSERT INTO addon_revisions (addon_id, number, reach, definition, epoch, epoch_grown_at, created_at)
            SELECT id, $2, $3, $4::text::jsonb, $5, $6, $7
            FROM addons
            WHERE key = $1
            ON CONFLICT (addon_id, number) DO UPDATE
            SET epoch = excluded.epoch,
                epoch_grown_at = excluded.epoch_grown_at
            "#,
            item.key.as_str(),
            number,
            reach,
            definition,
            epoch,
            grown_at as _,
            created_at as _,
        ),
    };
    match stored.execute(transaction).await?.rows_affected() {
        1 => Ok(()),
        _ => Err(impossible("a revision's item does not exist")),
    }
}

/// Brings `package_modules` or `addon_modules` to what the newest revision includes.
async fn map_modules(transaction: &mut PgConnection, item: &Item) -> Result<(), sqlx::Error> {
    let Some(newest) = item.newest() else { return Ok(()) };
    let keys: Vec<String> = newest.definition.modules.iter().map(ToString::to_string).collect();
    let at = Instant(newest.created_at);
    let mapped = match item.kind {
        ItemKind::Package => sqlx::query!(
            r#"
            WITH removed AS (
                DELETE FROM package_modules AS mapped
                USING modules AS module
                WHERE mapped.package_id = $1
                    AND module.id = mapped.module_id
                    AND module.key <> ALL ($2)
            )
            INSERT INTO package_modules (package_id, module_id, created_at)
            SELECT $1, module.id, $3
            FROM modules AS module
            WHERE module.key = ANY ($2)
            ON CONFLICT (package_id, module_id) DO NOTHING
            "#,
            item.id,
            &keys,
            at as _,
        ),
        ItemKind::Addon => sqlx::query!(
            r#"
            WITH removed AS (
                DELETE FROM addon_modules AS mapped
                USING modules AS module
                WHERE mapped.addon_id = $1
                    AND module.id = mapped.module_id
                    AND module.key <> ALL ($2)
            )
            INSERT INTO addon_modules (addon_id, module_id, created_at)
            SELECT $1, module.id, $3
            FROM modules AS module
            WHERE module.key = ANY ($2)
            ON CONFLICT (addon_id, module_id) DO NOTHING
            "#,
            item.id,
            &keys,
            at as _,
        ),
    };
    mapped.execute(transaction).await.map(|_| ())
}
