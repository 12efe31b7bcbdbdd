//! Holders: companies with an entitling row, not yet ended, for an item.

use std::collections::BTreeMap;

use domain::{CompanyId, ItemKind, ItemRef, Timestamp};
use rusqlite::Connection;

use crate::{
    census::from,
    column::{Columns, json_list},
    failure::Failure,
};

pub(crate) const OF_PACKAGES: &str = "
    SELECT 'package', package.key, count(*)
    FROM company_subscriptions AS held
    CROSS JOIN packages AS package ON package.id = held.package_id
    WHERE package.key IN (SELECT value FROM json_each(?1))
        AND held.status IN ('active', 'trial')
        AND coalesce(held.grace_ends_at, held.ends_at, 9223372036854775807) > ?2
    GROUP BY package.key";

pub(crate) const OF_ADDONS: &str = "
    SELECT 'addon', addon.key, count(*)
    FROM company_addons AS held
    CROSS JOIN addons AS addon ON addon.id = held.addon_id
    WHERE addon.key IN (SELECT value FROM json_each(?1))
        AND held.status IN ('active', 'trial')
        AND coalesce(held.grace_ends_at, held.ends_at, 9223372036854775807) > ?2
    GROUP BY addon.key";

pub(crate) const OF_PACKAGE: &str = "
    SELECT company_id, assigned_revision
    FROM company_subscriptions
    WHERE package_id = (SELECT id FROM packages WHERE key = ?1)
        AND company_id > ?2
        AND status IN ('active', 'trial')
        AND coalesce(grace_ends_at, ends_at, 9223372036854775807) > ?3
    ORDER BY company_id
    LIMIT ?4";

pub(crate) const OF_ADDON: &str = "
    SELECT company_id, assigned_revision
    FROM company_addons
    WHERE addon_id = (SELECT id FROM addons WHERE key = ?1)
        AND company_id > ?2
        AND status IN ('active', 'trial')
        AND coalesce(grace_ends_at, ends_at, 9223372036854775807) > ?3
    ORDER BY company_id
    LIMIT ?4";

/// How many companies hold each of the items; those with none are left out.
pub(crate) fn holders(
    connection: &Connection,
    now: Timestamp,
    items: &[ItemRef],
) -> Result<BTreeMap<ItemRef, u64>, Failure> {
    let mut found = BTreeMap::new();
    for (kind, sql) in [(ItemKind::Package, OF_PACKAGES), (ItemKind::Addon, OF_ADDONS)] {
        let mut keys = items.iter().filter(|item| item.kind == kind).map(|item| item.key.as_str()).peekable();
        if keys.peek().is_none() {
            continue;
        }
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query((json_list(keys), now.micros()))?;
        while let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            found.insert(columns.item()?, columns.number()?);
        }
    }
    Ok(found)
}

/// The companies that hold an item, after a company, by identifier, with their assigned revisions.
pub(crate) fn holders_of(
    connection: &Connection,
    now: Timestamp,
    item: &ItemRef,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<(CompanyId, u32)>, Failure> {
    let sql = match item.kind {
        ItemKind::Package => OF_PACKAGE,
        ItemKind::Addon => OF_ADDON,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((item.key.as_str(), from(after), now.micros(), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push((columns.company()?, columns.raw()?));
    }
    Ok(all)
}

/// Whether any company holds an item.
pub(crate) fn is_held(connection: &Connection, item: &ItemRef, now: Timestamp) -> Result<bool, Failure> {
    Ok(!holders_of(connection, now, item, None, 1)?.is_empty())
}
