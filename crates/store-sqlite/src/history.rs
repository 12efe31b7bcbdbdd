//! A company's history: its own rows, and the catalog changes that reached a row which then entitled.

use domain::{CompanyId, Uuid};
use rusqlite::Connection;
use store::{HistoryEntry, HistoryPosition, HistorySource};

use crate::{
    column::{Columns, stored},
    failure::Failure,
    read::company_row,
};

// Own rows come off the index in order, at most ?8 of them. For the catalog: the items that the company ever held (rows are never
// removed), the changes that reached each, and of those the ones whose range covers the revision that the company held then; and the
// changes that reached the grants that it then had. What a row counts as stands in the payload: one that is recorded as over shows as expired
// and counts as it did.
pub(crate) const PAGE: &str = "
    WITH own AS (
        SELECT created_at, 1 AS source, write_seq AS number, part, id, entitlement_version, change_type, entity_type,
            entity_key, previous_status, new_status, source AS written_by, changed_by, request_id
        FROM entitlement_history
        WHERE company_id = ?1
            AND (created_at, write_seq, part) < (?2, ?3, ?4)
        ORDER BY created_at DESC, write_seq DESC, part DESC
        LIMIT ?8),
    held AS (
        SELECT 'package' AS kind, package.key
        FROM company_subscriptions AS subscription
        CROSS JOIN packages AS package ON package.id = subscription.package_id
        WHERE subscription.company_id = ?1
        UNION ALL
        SELECT 'addon' AS kind, addon.key
        FROM company_addons AS owned
        CROSS JOIN addons AS addon ON addon.id = owned.addon_id
        WHERE owned.company_id = ?1),
    reached AS (
        SELECT reach.generation
        FROM held
        CROSS JOIN catalog_reach AS reach ON reach.entity_type = held.kind AND reach.entity_key = held.key
        WHERE reach.created_at <= ?5
            AND (
                SELECT CASE
                    WHEN coalesce(past.payload_json ->> '$.after.status', past.new_status) IN ('active', 'trial')
                        THEN past.assigned_revision
                    END
                FROM entitlement_history AS past
                WHERE past.company_id = ?1
                    AND past.created_at <= reach.created_at
                    AND past.entity_type = held.kind
                    AND past.entity_key = held.key
                    AND past.assigned_revision IS NOT NULL
                ORDER BY past.created_at DESC, past.write_seq DESC, past.part DESC
                LIMIT 1
            ) BETWEEN reach.assigned_from AND reach.assigned_to
        UNION
        SELECT reach.generation
        FROM company_grants AS given
        CROSS JOIN catalog_reach AS reach ON reach.entity_type = given.granted AND reach.entity_key = given.key
        WHERE given.company_id = ?1
            AND reach.created_at BETWEEN given.created_at AND ?5
            AND (given.removed_at IS NULL OR given.removed_at > reach.created_at)),
    catalog AS (
        SELECT created_at, 0 AS source, generation AS number, part, id, NULL AS entitlement_version, change_type, entity_type,
            entity_key, NULL AS previous_status, NULL AS new_status, NULL AS written_by, changed_by, request_id
        FROM catalog_history
        WHERE generation IN (SELECT generation FROM reached)
            AND (created_at, generation, part) < (?5, ?6, ?7)
        ORDER BY generation DESC, part DESC
        LIMIT ?8)
    SELECT * FROM own
    UNION ALL
    SELECT * FROM catalog
    ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC
    LIMIT ?8";

/// A company's entries before a position, newest first; `None` when the company was never written.
pub(crate) fn history(
    connection: &Connection,
    company: CompanyId,
    before: Option<HistoryPosition>,
    limit: u32,
) -> Result<Option<Vec<HistoryEntry>>, Failure> {
    if company_row(connection, company)?.row.is_none() {
        return Ok(None);
    }
    let bounds = Bounds::before(before)?;
    let mut statement = connection.prepare_cached(PAGE)?;
    let company = company.uuid().into_bytes();
    let Bounds { own, catalog } = bounds;
    let mut rows = statement.query((company, own.0, own.1, own.2, catalog.0, catalog.1, catalog.2, limit))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry_of(&mut Columns::of(row))?);
    }
    Ok(Some(entries))
}

/// What lies before a position, in the terms of each of the two tables.
struct Bounds {
    /// Instant, write sequence and part that own rows lie before.
    own: (i64, i64, i64),
    /// Instant, generation and part that catalog rows lie before.
    catalog: (i64, i64, i64),
}

impl Bounds {
    /// INVARIANT: this is the order of [`HistoryPosition`]: of one instant, catalog changes come before own rows; an own row has a
    /// write sequence from 1.
    fn before(position: Option<HistoryPosition>) -> Result<Self, Failure> {
        let Some(HistoryPosition { created_at, source, number, part }) = position else {
            return Ok(Self { own: (i64::MAX, 0, 0), catalog: (i64::MAX, 0, 0) });
        };
        let (at, number) = (created_at.micros(), stored(number)?);
        Ok(match source {
            HistorySource::Company => Self { own: (at, number, part.into()), catalog: (at, i64::MAX, 0) },
            HistorySource::Catalog => Self { own: (at, 0, 0), catalog: (at, number, part.into()) },
        })
    }
}

fn entry_of(columns: &mut Columns<'_>) -> Result<HistoryEntry, Failure> {
    let created_at = columns.instant()?;
    let source = if columns.raw::<bool>()? { HistorySource::Company } else { HistorySource::Catalog };
    let position = HistoryPosition { created_at, source, number: columns.number()?, part: columns.raw()? };
    let id: Uuid = columns.uuid()?;
    let version: Option<i64> = columns.raw()?;
    let version = version.map(u64::try_from).transpose();
    Ok(HistoryEntry {
        id,
        position,
        version: version.map_err(|_| Failure::nonsense("stored version is negative"))?,
        change_type: columns.change_type()?,
        entity_type: columns.entity_type()?,
        entity_key: columns.raw()?,
        previous_status: columns.optional_status()?,
        new_status: columns.optional_status()?,
        source: columns.raw()?,
        changed_by: columns.raw()?,
        request_id: columns.raw()?,
    })
}
