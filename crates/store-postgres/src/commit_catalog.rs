//! Storing a catalog write: one short transaction whose cost does not depend on how many companies hold what it changes.

use domain::{CatalogChange, Item, ItemKind, ItemRef, Module, Revision, Text, Uuid};
use sqlx::{Connection, PgConnection};
use store::{
    CatalogCommit, Committed,
    record::{CatalogPayload, DefinitionRecord},
};

use crate::{
    failure::Failure,
    instant::Instant,
    limits::CATALOG_GATE,
    replies,
    shape::{column, impossible},
};

/// Stores it, if the catalog still has the generation that it was decided on.
pub(crate) async fn commit(connection: &mut PgConnection, commit: &CatalogCommit) -> Result<Committed, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let stored = match store_all(&mut transaction, commit).await {
        Err(error) if Failure::of(&error) == Failure::ReplyTaken => false,
        stored => stored?,
    };
    if stored {
        transaction.commit().await?;
        Ok(Committed::Done)
    } else {
        transaction.rollback().await?;
        Ok(Committed::Raced)
    }
}

async fn store_all(transaction: &mut PgConnection, commit: &CatalogCommit) -> Result<bool, sqlx::Error> {
    if let Some(change) = &commit.change {
        if !advance(transaction, change).await? {
            return Ok(false);
        }
        if let Some(module) = &change.module {
            store_module(transaction, module).await?;
        }
        if let Some(item) = &change.item {
            store_item(transaction, item).await?;
        }
        for (item, revision) in &change.revisions {
            store_revision(transaction, item, revision).await?;
        }
        if let Some(item) = &change.item {
            map_modules(transaction, item, change).await?;
        }
        record(transaction, change, &commit.request_id).await?;
    }
    if let Some(reply) = &commit.reply {
        replies::clear_expired(transaction, &reply.key).await?;
        replies::keep(transaction, reply).await?;
    }
    Ok(true)
}

/// Makes the next generation, unless somebody else did. Company writes on their way end first; those that come later wait at the gate,
/// and then see another generation. The statement may be older than a catalog write that it waited for, but the row that it changes is
/// looked at again as it is now.
async fn advance(transaction: &mut PgConnection, change: &CatalogChange) -> Result<bool, sqlx::Error> {
    let advanced = sqlx::query!(
        r#"
        WITH gate AS MATERIALIZED (
            SELECT pg_advisory_xact_lock($4)
        )
        UPDATE catalog_state
        SET generation = $1,
            changed_at = $2
        FROM gate
        WHERE generation = $3
        "#,
        column::<_, i64>(change.generation)?,
        Instant(change.at) as _,
        column::<_, i64>(change.generation_before)?,
        CATALOG_GATE,
    );
    Ok(advanced.execute(transaction).await?.rows_affected() == 1)
}

async fn store_module(transaction: &mut PgConnection, module: &Module) -> Result<(), sqlx::Error> {
    let stored = sqlx::query!(
        r#"
        INSERT INTO modules (id, key, name, type, description, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name,
            description = excluded.description,
            is_active = excluded.is_active,
            updated_at = excluded.updated_at
        "#,
        module.id,
        module.key.as_str(),
        module.name.as_str(),
        module.kind.as_str(),
        module.description.as_ref().map(Text::as_str),
        module.is_active,
        Instant(module.created_at) as _,
        Instant(module.updated_at) as _,
    );
    stored.execute(transaction).await.map(|_| ())
}

async fn store_item(transaction: &mut PgConnection, item: &Item) -> Result<(), sqlx::Error> {
    let (key, name, description) = (item.key.as_str(), item.name.as_str(), item.description.as_ref().map(Text::as_str));
    let (created_at, updated_at) = (Instant(item.created_at), Instant(item.updated_at));
    let stored = match item.kind {
        ItemKind::Package => sqlx::query!(
            r#"
            INSERT INTO packages (id, key, name, description, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE
            SET name = excluded.name,
                description = excluded.description,
                is_active = excluded.is_active,
                updated_at = excluded.updated_at
            "#,
            item.id,
            key,
            name,
            description,
            item.is_active,
            created_at as _,
            updated_at as _,
        ),
        ItemKind::Addon => sqlx::query!(
            r#"
            INSERT INTO addons (id, key, name, description, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE
            SET name = excluded.name,
                description = excluded.description,
                is_active = excluded.is_active,
                updated_at = excluded.updated_at
            "#,
            item.id,
            key,
            name,
            description,
            item.is_active,
            created_at as _,
            updated_at as _,
        ),
    };
    stored.execute(transaction).await.map(|_| ())
}

async fn store_revision(
    transaction: &mut PgConnection,
    item: &ItemRef,
    revision: &Revision,
) -> Result<(), sqlx::Error> {
    let (number, epoch): (i32, i64) = (column(revision.number)?, column(revision.epoch)?);
    let (reach, definition) = (revision.reach.as_str(), DefinitionRecord::of(revision).to_json());
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
async fn map_modules(transaction: &mut PgConnection, item: &Item, change: &CatalogChange) -> Result<(), sqlx::Error> {
    let newest = item.newest().map(|revision| revision.modules.iter().map(ToString::to_string).collect());
    let keys: Vec<String> = newest.unwrap_or_default();
    let at = Instant(change.at);
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

/// Writes the history, whom it reached, and the feed.
async fn record(transaction: &mut PgConnection, change: &CatalogChange, request_id: &str) -> Result<(), sqlx::Error> {
    let kinds: Vec<&str> = change.reach.iter().map(|reach| reach.item.kind.as_str()).collect();
    let keys: Vec<&str> = change.reach.iter().map(|reach| reach.item.key.as_str()).collect();
    let bounds = |bound: fn(&domain::CatalogReach) -> u32| {
        change.reach.iter().map(|reach| column(bound(reach))).collect::<Result<Vec<i32>, _>>()
    };
    let (from, to) = (bounds(|reach| reach.assigned_from)?, bounds(|reach| reach.assigned_to)?);
    let recorded = sqlx::query!(
        r#"
        WITH recorded AS (
            INSERT INTO catalog_history
                (generation, id, change_type, entity_type, entity_key, payload, changed_by, request_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9)
        ),
        reached AS (
            INSERT INTO catalog_reach (generation, entity_type, entity_key, assigned_from, assigned_to, created_at)
            SELECT $1, given.entity_type, given.entity_key, given.assigned_from, given.assigned_to, $9
            FROM unnest($10::text[], $11::text[], $12::integer[], $13::integer[])
                AS given (entity_type, entity_key, assigned_from, assigned_to)
        )
        INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
        VALUES ($9, NULL, $1, $3, $4, $5, $8)
        "#,
        column::<_, i64>(change.generation)?,
        Uuid::now_v7(),
        change.event.change_type.as_str(),
        change.event.entity_type.as_str(),
        change.event.entity_key,
        CatalogPayload::of(change).to_json(),
        change.actor.as_str(),
        request_id,
        Instant(change.at) as _,
        &kinds as _,
        &keys as _,
        &from,
        &to,
    );
    recorded.execute(transaction).await.map(|_| ())
}
