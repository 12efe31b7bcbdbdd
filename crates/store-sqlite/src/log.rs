//! History as it is stored, what it must lead to, and companies with a boundary that it does not tell of.

use std::collections::BTreeSet;

use domain::{CompanyId, ItemRef, ModuleKey, Shape, Timestamp};
use rusqlite::Connection;
use store::{CatalogHead, CatalogLine, CompanyHead, CompanyLine};

use crate::{
    census::from,
    column::{Columns, stored},
    failure::Failure,
};

pub(crate) const DUE: &str = "
    SELECT company_id
    FROM company_entitlement_versions
    WHERE next_boundary <= ?1
    ORDER BY next_boundary
    LIMIT ?2";

pub(crate) const OF_COMPANY: &str = "
    SELECT id, company_id, write_seq, part, entitlement_version, change_type, entity_type, entity_key, previous_status,
        new_status, assigned_revision, payload_json, source, changed_by, request_id, created_at, hash
    FROM entitlement_history
    WHERE company_id = ?1
        AND (write_seq, part) > (?2, ?3)
    ORDER BY write_seq, part
    LIMIT ?4";

pub(crate) const OF_CATALOG: &str = "
    SELECT id, generation, part, change_type, entity_type, entity_key, payload_json, changed_by, request_id, created_at, hash
    FROM catalog_history
    WHERE (generation, part) > (?1, ?2)
    ORDER BY generation, part
    LIMIT ?3";

pub(crate) const COMPANY_HEADS: &str = "
    WITH RECURSIVE told (company_id) AS (
        SELECT (SELECT company_id FROM entitlement_history WHERE company_id > ?1 ORDER BY company_id LIMIT 1)
        UNION ALL
        SELECT (SELECT company_id FROM entitlement_history WHERE company_id > told.company_id ORDER BY company_id LIMIT 1)
        FROM told
        WHERE told.company_id IS NOT NULL
        LIMIT ?2
    ),
    stored AS (
        SELECT company_id FROM company_entitlement_versions WHERE company_id > ?1 ORDER BY company_id LIMIT ?2
    )
    SELECT named.company_id, coalesce(head.write_seq, 0), coalesce(head.entitlement_version, 0), head.history_hash,
        coalesce(head.chained_from, 1), head.shape, head.shape_until
    FROM (SELECT company_id FROM told WHERE company_id IS NOT NULL UNION SELECT company_id FROM stored) AS named
    LEFT JOIN company_entitlement_versions AS head ON head.company_id = named.company_id
    ORDER BY named.company_id
    LIMIT ?2";

pub(crate) const MAPPED: &str = "
    SELECT 'package', package.key, module.key
    FROM package_modules AS mapped
    CROSS JOIN packages AS package ON package.id = mapped.package_id
    CROSS JOIN modules AS module ON module.id = mapped.module_id
    UNION ALL
    SELECT 'addon', addon.key, module.key
    FROM addon_modules AS mapped
    CROSS JOIN addons AS addon ON addon.id = mapped.addon_id
    CROSS JOIN modules AS module ON module.id = mapped.module_id";

pub(crate) const CATALOG_HEAD: &str = "
    SELECT generation, history_hash, chained_from
    FROM catalog_state
    WHERE id = 1";

/// Companies with a boundary that has passed and that their history does not tell of, the longest passed first.
pub(crate) fn due(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<CompanyId>, Failure> {
    let mut statement = connection.prepare_cached(DUE)?;
    let mut rows = statement.query((now.micros(), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Columns::of(row).company()?);
    }
    Ok(all)
}

/// A company's history after a place, in the order in which it was written.
pub(crate) fn of_company(
    connection: &Connection,
    company: CompanyId,
    after: (u64, u32),
    limit: u32,
) -> Result<Vec<CompanyLine>, Failure> {
    let mut statement = connection.prepare_cached(OF_COMPANY)?;
    let mut rows = statement.query((company.uuid().into_bytes(), stored(after.0)?, after.1, limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(CompanyLine {
            id: columns.uuid()?,
            company_id: columns.company()?,
            write_seq: columns.number()?,
            part: columns.raw()?,
            version: columns.number()?,
            change_type: columns.raw()?,
            entity_type: columns.raw()?,
            entity_key: columns.raw()?,
            previous_status: columns.raw()?,
            new_status: columns.raw()?,
            assigned_revision: columns.raw()?,
            payload: columns.raw()?,
            source: columns.raw()?,
            changed_by: columns.raw()?,
            request_id: columns.raw()?,
            created_at: columns.instant()?,
            hash: columns.raw()?,
        });
    }
    Ok(all)
}

/// The catalog's history after a place, in the order in which it was written.
pub(crate) fn of_catalog(connection: &Connection, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, Failure> {
    let mut statement = connection.prepare_cached(OF_CATALOG)?;
    let mut rows = statement.query((stored(after.0)?, after.1, limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(CatalogLine {
            id: columns.uuid()?,
            generation: columns.number()?,
            part: columns.raw()?,
            change_type: columns.raw()?,
            entity_type: columns.raw()?,
            entity_key: columns.raw()?,
            payload: columns.raw()?,
            changed_by: columns.raw()?,
            request_id: columns.raw()?,
            created_at: columns.instant()?,
            hash: columns.raw()?,
        });
    }
    Ok(all)
}

/// What every company's history must lead to, after a company, by identifier; for one that has a history only, to nothing.
pub(crate) fn company_heads(
    connection: &Connection,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyHead>, Failure> {
    let mut statement = connection.prepare_cached(COMPANY_HEADS)?;
    let mut rows = statement.query((from(after), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(CompanyHead {
            company_id: columns.company()?,
            write_seq: columns.number()?,
            version: columns.number()?,
            hash: columns.raw()?,
            chained_from: columns.number()?,
            shape: columns.raw::<Option<String>>()?.map(Shape::from_stored).zip(Some(columns.optional_instant()?)),
        });
    }
    Ok(all)
}

/// The modules that packages and add-ons include by their tables.
pub(crate) fn mapped_modules(connection: &Connection) -> Result<BTreeSet<(ItemRef, ModuleKey)>, Failure> {
    let mut statement = connection.prepare_cached(MAPPED)?;
    let mut rows = statement.query(())?;
    let mut all = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.insert((columns.item()?, columns.module_key()?));
    }
    Ok(all)
}

/// What the catalog's history must lead to.
pub(crate) fn catalog_head(connection: &Connection) -> Result<CatalogHead, Failure> {
    let mut statement = connection.prepare_cached(CATALOG_HEAD)?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the catalog has no state row")) };
    let mut columns = Columns::of(row);
    Ok(CatalogHead { generation: columns.number()?, hash: columns.raw()?, chained_from: columns.number()? })
}
