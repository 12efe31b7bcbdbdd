//! Holders: companies with an entitling row, not yet ended, for an item.

use std::collections::BTreeMap;

use domain::{CompanyId, ItemKey, ItemKind, ItemRef, Uuid};
use sqlx::PgConnection;

use crate::shape::{company, counted, impossible};

/// How many companies hold each of the items; those with none are left out.
pub(crate) async fn count(
    connection: &mut PgConnection,
    items: &[ItemRef],
) -> Result<BTreeMap<ItemRef, u64>, sqlx::Error> {
    let keys = |kind| -> Vec<String> {
        items.iter().filter(|item| item.kind == kind).map(|item| item.key.to_string()).collect()
    };
    let (packages, addons) = (keys(ItemKind::Package), keys(ItemKind::Addon));
    let rows = sqlx::query!(
        r#"
        SELECT 'package' AS "kind!", package.key AS "key!", count(*) AS "count!"
        FROM company_subscriptions AS own
        JOIN packages AS package ON package.id = own.package_id
        WHERE package.key = ANY ($1)
            AND own.status IN ('active', 'trial')
            AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
        GROUP BY package.key
        UNION ALL
        SELECT 'addon', addon.key, count(*)
        FROM company_addons AS own
        JOIN addons AS addon ON addon.id = own.addon_id
        WHERE addon.key = ANY ($2)
            AND own.status IN ('active', 'trial')
            AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
        GROUP BY addon.key
        "#,
        &packages,
        &addons,
    );
    let counts = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let kind = ItemKind::parse(&row.kind).ok_or_else(|| impossible("an item kind is none"))?;
        let key = ItemKey::parse(&row.key).map_err(|_| impossible("a catalog key is none"))?;
        Ok((ItemRef { kind, key }, counted(row.count)?))
    });
    counts.collect()
}

/// The companies that hold an item, after a company, by identifier, with their assigned revisions.
pub(crate) async fn of(
    connection: &mut PgConnection,
    item: &ItemRef,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<(CompanyId, u32)>, sqlx::Error> {
    let (key, after, limit) = (item.key.as_str(), after.map_or(Uuid::nil(), CompanyId::uuid), i64::from(limit));
    let found: Vec<(Uuid, i32)> = match item.kind {
        ItemKind::Package => {
            let rows = sqlx::query!(
                r#"
                SELECT own.company_id, own.assigned_revision
                FROM company_subscriptions AS own
                WHERE own.package_id = (SELECT id FROM packages WHERE key = $1)
                    AND own.company_id > $2
                    AND own.status IN ('active', 'trial')
                    AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
                ORDER BY own.company_id
                LIMIT $3
                "#,
                key,
                after,
                limit,
            );
            let rows = rows.fetch_all(connection).await?;
            rows.into_iter().map(|row| (row.company_id, row.assigned_revision)).collect()
        }
        ItemKind::Addon => {
            let rows = sqlx::query!(
                r#"
                SELECT own.company_id, own.assigned_revision
                FROM company_addons AS own
                WHERE own.addon_id = (SELECT id FROM addons WHERE key = $1)
                    AND own.company_id > $2
                    AND own.status IN ('active', 'trial')
                    AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
                ORDER BY own.company_id
                LIMIT $3
                "#,
                key,
                after,
                limit,
            );
            let rows = rows.fetch_all(connection).await?;
            rows.into_iter().map(|row| (row.company_id, row.assigned_revision)).collect()
        }
    };
    found.into_iter().map(|(id, revision)| Ok((company(id)?, counted(revision)?))).collect()
}

/// Whether any company holds an item. In whatever order the rows lie: there is mostly none to be found.
pub(crate) async fn is_held(connection: &mut PgConnection, item: &ItemRef) -> Result<bool, sqlx::Error> {
    let key = item.key.as_str();
    match item.kind {
        ItemKind::Package => {
            let held = sqlx::query_scalar!(
                r#"
                SELECT EXISTS (
                    SELECT
                    FROM company_subscriptions AS own
                    WHERE own.package_id = (SELECT id FROM packages WHERE key = $1)
                        AND own.status IN ('active', 'trial')
                        AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
                ) AS "held!"
                "#,
                key,
            );
            held.fetch_one(connection).await
        }
        ItemKind::Addon => {
            let held = sqlx::query_scalar!(
                r#"
                SELECT EXISTS (
                    SELECT
                    FROM company_addons AS own
                    WHERE own.addon_id = (SELECT id FROM addons WHERE key = $1)
                        AND own.status IN ('active', 'trial')
                        AND COALESCE(own.grace_ends_at, own.ends_at, 'infinity') > statement_timestamp()
                ) AS "held!"
                "#,
                key,
            );
            held.fetch_one(connection).await
        }
    }
}
