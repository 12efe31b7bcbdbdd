//! History as it is stored, what it must lead to, and companies with a boundary that it does not tell of.

use std::collections::BTreeSet;

use domain::{CompanyId, ItemKey, ItemKind, ItemRef, ModuleKey, Shape, Uuid};
use sqlx::PgConnection;
use store::{CatalogHead, CatalogLine, CompanyHead, CompanyLine};

use crate::shape::{column, company as company_of, counted, impossible, link};

/// Companies with a boundary that has passed and that their history does not tell of, the longest passed first.
pub(crate) async fn due(connection: &mut PgConnection, limit: u32) -> Result<Vec<CompanyId>, sqlx::Error> {
    let found = sqlx::query_file_scalar!("src/due.sql", i64::from(limit));
    found.fetch_all(connection).await?.into_iter().map(company_of).collect()
}

/// A company's history after a place, in the order in which it was written.
pub(crate) async fn of_company(
    connection: &mut PgConnection,
    company: CompanyId,
    after: (u64, u32),
    limit: u32,
) -> Result<Vec<CompanyLine>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, write_seq, part, entitlement_version, change_type, entity_type, entity_key, previous_status, new_status,
            assigned_revision, payload_json::text AS "payload!", source, changed_by, request_id, created_at, hash
        FROM entitlement_history
        WHERE company_id = $1
            AND (write_seq, part) > ($2, $3)
        ORDER BY write_seq, part
        LIMIT $4
        "#,
        company.uuid(),
        column::<_, i64>(after.0)?,
        column::<_, i32>(after.1)?,
        i64::from(limit),
    );
    let lines = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(CompanyLine {
            id: row.id,
            company_id: company,
            write_seq: counted(row.write_seq)?,
            part: counted(row.part)?,
            version: counted(row.entitlement_version)?,
            change_type: row.change_type,
            entity_type: row.entity_type,
            entity_key: row.entity_key,
            previous_status: row.previous_status,
            new_status: row.new_status,
            assigned_revision: row.assigned_revision.map(counted).transpose()?,
            payload: row.payload,
            source: row.source,
            changed_by: row.changed_by,
            request_id: row.request_id,
            created_at: row.created_at.0,
            hash: link(row.hash.as_deref())?,
        })
    });
    lines.collect()
}

/// The catalog's history after a place, in the order in which it was written.
pub(crate) async fn of_catalog(
    connection: &mut PgConnection,
    after: (u64, u32),
    limit: u32,
) -> Result<Vec<CatalogLine>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, generation, part, change_type, entity_type, entity_key, payload::text AS "payload!", changed_by, request_id,
            created_at, hash
        FROM catalog_history
        WHERE (generation, part) > ($1, $2)
        ORDER BY generation, part
        LIMIT $3
        "#,
        column::<_, i64>(after.0)?,
        column::<_, i32>(after.1)?,
        i64::from(limit),
    );
    let lines = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(CatalogLine {
            id: row.id,
            generation: counted(row.generation)?,
            part: counted(row.part)?,
            change_type: row.change_type,
            entity_type: row.entity_type,
            entity_key: row.entity_key,
            payload: row.payload,
            changed_by: row.changed_by,
            request_id: row.request_id,
            created_at: row.created_at.0,
            hash: link(row.hash.as_deref())?,
        })
    });
    lines.collect()
}

/// What every company's history must lead to, after a company, by identifier; for one that has a history only, to nothing.
pub(crate) async fn company_heads(
    connection: &mut PgConnection,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyHead>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE told (company_id) AS (
            (SELECT company_id FROM entitlement_history WHERE company_id > $1 ORDER BY company_id LIMIT 1)
            UNION ALL
            SELECT (
                SELECT later.company_id
                FROM entitlement_history AS later
                WHERE later.company_id > told.company_id
                ORDER BY later.company_id
                LIMIT 1
            )
            FROM told
            WHERE told.company_id IS NOT NULL
        ),
        named AS (
            (SELECT company_id FROM told WHERE company_id IS NOT NULL LIMIT $2)
            UNION
            (SELECT company_id FROM company_entitlement_versions WHERE company_id > $1 ORDER BY company_id LIMIT $2)
        )
        SELECT named.company_id AS "company_id!", coalesce(head.write_seq, 0) AS "write_seq!",
            coalesce(head.entitlement_version, 0) AS "entitlement_version!", head.history_hash AS "history_hash?",
            coalesce(head.chained_from, 1) AS "chained_from!", head.shape AS "shape?", head.shape_until AS "shape_until?"
        FROM named
        LEFT JOIN company_entitlement_versions AS head ON head.company_id = named.company_id
        ORDER BY named.company_id
        LIMIT $2
        "#,
        after.map_or(Uuid::nil(), CompanyId::uuid),
        i64::from(limit),
    );
    let heads = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(CompanyHead {
            company_id: company_of(row.company_id)?,
            write_seq: counted(row.write_seq)?,
            version: counted(row.entitlement_version)?,
            hash: link(row.history_hash.as_deref())?,
            chained_from: counted(row.chained_from)?,
            shape: row.shape.map(Shape::from_stored).zip(Some(row.shape_until.map(|until| until.0))),
        })
    });
    heads.collect()
}

/// The modules that packages and add-ons include by their tables.
pub(crate) async fn mapped_modules(
    connection: &mut PgConnection,
) -> Result<BTreeSet<(ItemRef, ModuleKey)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT true AS "is_package!", package.key AS "item!", module.key AS "module!"
        FROM package_modules AS mapped
        JOIN packages AS package ON package.id = mapped.package_id
        JOIN modules AS module ON module.id = mapped.module_id
        UNION ALL
        SELECT false, addon.key, module.key
        FROM addon_modules AS mapped
        JOIN addons AS addon ON addon.id = mapped.addon_id
        JOIN modules AS module ON module.id = mapped.module_id
        "#
    );
    let mapped = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let kind = if row.is_package { ItemKind::Package } else { ItemKind::Addon };
        let unreadable = |_| impossible("a key of the catalog is none");
        let key = ItemKey::parse(&row.item).map_err(unreadable)?;
        Ok((ItemRef { kind, key }, ModuleKey::parse(&row.module).map_err(unreadable)?))
    });
    mapped.collect()
}

/// What the catalog's history must lead to.
pub(crate) async fn catalog_head(connection: &mut PgConnection) -> Result<CatalogHead, sqlx::Error> {
    let row = sqlx::query!("SELECT generation, history_hash, chained_from FROM catalog_state");
    let row = row.fetch_one(connection).await?;
    Ok(CatalogHead {
        generation: counted(row.generation)?,
        hash: link(row.history_hash.as_deref())?,
        chained_from: counted(row.chained_from)?,
    })
}
