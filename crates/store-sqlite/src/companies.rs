//! The list of companies. It goes through them in the order of their identifiers until the page is full: rows have no index by status or
//! end, which every write would have to keep. Names have one.

use domain::{CompanyId, ItemKey, Status, Timestamp};
use rusqlite::{Connection, params};
use store::CompanyFilter;

use crate::{census::from, column::Columns, failure::Failure};

pub(crate) const LIST: &str = "
    SELECT known.company_id
    FROM company_entitlement_versions AS known
    WHERE known.company_id > ?1
        AND (?2 IS NULL OR known.company_id = ?2)
        AND (?3 IS NULL OR EXISTS (
            SELECT 1
            FROM company_subscriptions AS own
            JOIN packages AS package ON package.id = own.package_id
            WHERE own.company_id = known.company_id
                AND package.key = ?3
                AND (?5 IS NULL OR own.status = ?5)
                AND (?6 IS NULL OR (own.status IN ('active', 'trial') AND own.ends_at > ?7 AND own.ends_at < ?6))))
        AND (?4 IS NULL OR EXISTS (
            SELECT 1
            FROM company_addons AS own
            JOIN addons AS addon ON addon.id = own.addon_id
            WHERE own.company_id = known.company_id
                AND addon.key = ?4
                AND (?5 IS NULL OR own.status = ?5)
                AND (?6 IS NULL OR (own.status IN ('active', 'trial') AND own.ends_at > ?7 AND own.ends_at < ?6))))
        AND (?3 IS NOT NULL OR ?4 IS NOT NULL OR (?5 IS NULL AND ?6 IS NULL) OR EXISTS (
            SELECT 1
            FROM company_subscriptions AS own
            WHERE own.company_id = known.company_id
                AND (?5 IS NULL OR own.status = ?5)
                AND (?6 IS NULL OR (own.status IN ('active', 'trial') AND own.ends_at > ?7 AND own.ends_at < ?6))
            UNION ALL
            SELECT 1
            FROM company_addons AS own
            WHERE own.company_id = known.company_id
                AND (?5 IS NULL OR own.status = ?5)
                AND (?6 IS NULL OR (own.status IN ('active', 'trial') AND own.ends_at > ?7 AND own.ends_at < ?6))))
        AND (?8 IS NULL OR known.company_id IN (
            SELECT profile.company_id
            FROM company_profiles AS profile
            WHERE profile.name_folded >= ?8
                AND profile.name_folded < ?9))
    ORDER BY known.company_id
    LIMIT ?10";

/// The companies that fit a filter, after a company, by identifier.
pub(crate) fn list(
    connection: &Connection,
    now: Timestamp,
    filter: &CompanyFilter,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyId>, Failure> {
    let mut statement = connection.prepare_cached(LIST)?;
    let mut rows = statement.query(params![
        from(after),
        filter.company.map(|company| company.uuid().into_bytes()),
        filter.package.as_ref().map(ItemKey::as_str),
        filter.addon.as_ref().map(ItemKey::as_str),
        filter.status.map(Status::as_str),
        filter.ends_before.map(Timestamp::micros),
        now.micros(),
        filter.name,
        filter.name_end(),
        limit,
    ])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Columns::of(row).company()?);
    }
    Ok(all)
}
