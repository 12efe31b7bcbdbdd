//! The list of companies. It goes through them in the order of their identifiers until the page is full: rows have no index by end, which
//! every write would have to keep. Names have one.

use domain::{CompanyId, ItemKey, Status, Uuid};
use sqlx::PgConnection;
use store::CompanyFilter;

use crate::{instant::Instant, shape::company};

/// The companies that fit a filter, after a company, by identifier.
pub(crate) async fn list(
    connection: &mut PgConnection,
    filter: &CompanyFilter,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"
        SELECT known.company_id
        FROM company_entitlement_versions AS known
        WHERE known.company_id > $1
            AND ($2::uuid IS NULL OR known.company_id = $2)
            AND ($3::text IS NULL OR EXISTS (
                SELECT 1
                FROM company_subscriptions AS own
                JOIN packages AS package ON package.id = own.package_id
                WHERE own.company_id = known.company_id
                    AND package.key = $3
                    AND ($5::text IS NULL OR own.status = $5)
                    AND ($6::timestamptz IS NULL OR (own.status IN ('active', 'trial')
                        AND own.ends_at > statement_timestamp() AND own.ends_at < $6))))
            AND ($4::text IS NULL OR EXISTS (
                SELECT 1
                FROM company_addons AS own
                JOIN addons AS addon ON addon.id = own.addon_id
                WHERE own.company_id = known.company_id
                    AND addon.key = $4
                    AND ($5::text IS NULL OR own.status = $5)
                    AND ($6::timestamptz IS NULL OR (own.status IN ('active', 'trial')
                        AND own.ends_at > statement_timestamp() AND own.ends_at < $6))))
            AND ($3::text IS NOT NULL OR $4::text IS NOT NULL OR ($5::text IS NULL AND $6::timestamptz IS NULL) OR EXISTS (
                SELECT 1
                FROM company_subscriptions AS own
                WHERE own.company_id = known.company_id
                    AND ($5::text IS NULL OR own.status = $5)
                    AND ($6::timestamptz IS NULL OR (own.status IN ('active', 'trial')
                        AND own.ends_at > statement_timestamp() AND own.ends_at < $6))
                UNION ALL
                SELECT 1
                FROM company_addons AS own
                WHERE own.company_id = known.company_id
                    AND ($5::text IS NULL OR own.status = $5)
                    AND ($6::timestamptz IS NULL OR (own.status IN ('active', 'trial')
                        AND own.ends_at > statement_timestamp() AND own.ends_at < $6))))
            AND ($7::text IS NULL OR known.company_id IN (
                SELECT profile.company_id
                FROM company_profiles AS profile
                WHERE profile.name_folded >= $7
                    AND profile.name_folded < $8))
        ORDER BY known.company_id
        LIMIT $9
        "#,
        after.map_or(Uuid::nil(), CompanyId::uuid),
        filter.company.map(CompanyId::uuid) as _,
        filter.package.as_ref().map(ItemKey::as_str) as _,
        filter.addon.as_ref().map(ItemKey::as_str) as _,
        filter.status.map(Status::as_str) as _,
        filter.ends_before.map(Instant) as _,
        filter.name.as_deref() as _,
        filter.name_end() as _,
        i64::from(limit),
    );
    found.fetch_all(connection).await?.into_iter().map(company).collect()
}
