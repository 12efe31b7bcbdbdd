//! Reading a company for its entitlements.

use domain::{CompanyId, GrantTerms, Granted, Standing, Terms, Window};
use rusqlite::Connection;
use store::{CompanyReading, Reading, chain::Hash, record::to_feature_value};

use crate::{column::Columns, failure::Failure, now::Now};

pub(crate) const COMPANY: &str = "
    SELECT state.generation, version.write_seq, version.version_base, version.updated_at, version.next_boundary,
        version.history_hash
    FROM catalog_state AS state
    LEFT JOIN company_entitlement_versions AS version ON version.company_id = ?1
    WHERE state.id = 1";

// CROSS JOIN holds SQLite to this order: the company's few rows first, then the item of each.
pub(crate) const TERMS: &str = "
    SELECT 'package', package.key, coalesce(held.swept_from, held.status), held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at
    FROM company_subscriptions AS held
    CROSS JOIN packages AS package ON package.id = held.package_id
    WHERE held.company_id = ?1
    UNION ALL
    SELECT 'addon', addon.key, coalesce(held.swept_from, held.status), held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at
    FROM company_addons AS held
    CROSS JOIN addons AS addon ON addon.id = held.addon_id
    WHERE held.company_id = ?1";

pub(crate) const GRANTS: &str = "
    SELECT id, granted, key, value, starts_at, ends_at, created_at, reason, source, created_by
    FROM company_grants
    WHERE company_id = ?1
        AND removed_at IS NULL
    ORDER BY id";

/// What decides a company's answer, unless its write sequence still is `known_write_seq`.
pub(crate) fn reading(
    connection: &Connection,
    now: &Now,
    company: CompanyId,
    known_write_seq: Option<u64>,
) -> Result<Reading, Failure> {
    // Before the first look, so that what is seen was still all there was at that instant.
    let now = now.get();
    let found = company_row(connection, company)?;
    let company = match found.row {
        None => CompanyReading::Unknown,
        Some(row) if Some(row.write_seq) == known_write_seq => CompanyReading::Unchanged,
        Some(row) => CompanyReading::Standing(standing(connection, company, &row)?),
    };
    Ok(Reading { now, generation: found.generation, company })
}

pub(crate) fn standing(connection: &Connection, company: CompanyId, row: &CompanyRow) -> Result<Standing, Failure> {
    Ok(Standing {
        company_id: company,
        write_seq: row.write_seq,
        version_base: row.version_base,
        last_write_at: row.last_write_at,
        terms: terms(connection, company)?,
        grants: grants(connection, company, grant_terms_of)?,
    })
}

/// The catalog's generation, and a company's own row when it was ever written.
pub(crate) struct Found {
    pub(crate) generation: u64,
    pub(crate) row: Option<CompanyRow>,
}

pub(crate) struct CompanyRow {
    pub(crate) write_seq: u64,
    pub(crate) version_base: i64,
    pub(crate) last_write_at: domain::Timestamp,
    pub(crate) next_boundary: Option<domain::Timestamp>,
    pub(crate) head: Option<Hash>,
}

pub(crate) fn company_row(connection: &Connection, company: CompanyId) -> Result<Found, Failure> {
    let mut statement = connection.prepare_cached(COMPANY)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the catalog has no state row")) };
    let mut columns = Columns::of(row);
    let generation = columns.number()?;
    let write_seq: Option<i64> = columns.raw()?;
    if write_seq.is_none() {
        return Ok(Found { generation, row: None });
    }
    let mut columns = Columns::after(row, 1);
    let row = CompanyRow {
        write_seq: columns.number()?,
        version_base: columns.raw()?,
        last_write_at: columns.instant()?,
        next_boundary: columns.optional_instant()?,
        head: columns.raw()?,
    };
    Ok(Found { generation, row: Some(row) })
}

fn terms(connection: &Connection, company: CompanyId) -> Result<Vec<Terms>, Failure> {
    let mut statement = connection.prepare_cached(TERMS)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(terms_of(&mut Columns::of(row))?);
    }
    all.sort_by(|one, other| one.item.cmp(&other.item));
    Ok(all)
}

/// A row's terms, from the first nine columns of [`TERMS`].
pub(crate) fn terms_of(columns: &mut Columns<'_>) -> Result<Terms, Failure> {
    Ok(Terms {
        item: columns.item()?,
        status: columns.status()?,
        window: Window {
            starts_at: columns.optional_instant()?,
            ends_at: columns.optional_instant()?,
            grace_ends_at: columns.optional_instant()?,
        },
        quantity: columns.raw()?,
        assigned_revision: columns.raw()?,
        created_at: columns.instant()?,
    })
}

/// A company's grants, by identifier.
pub(crate) fn grants<T>(
    connection: &Connection,
    company: CompanyId,
    of: impl Fn(&mut Columns<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut statement = connection.prepare_cached(GRANTS)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(of(&mut Columns::of(row))?);
    }
    Ok(all)
}

/// A grant's terms, from the first seven columns of [`GRANTS`].
pub(crate) fn grant_terms_of(columns: &mut Columns<'_>) -> Result<GrantTerms, Failure> {
    let id = columns.uuid()?;
    let of_module: bool = columns.word("grant", |word| match word {
        "module" => Some(true),
        "feature" => Some(false),
        _ => None,
    })?;
    let granted = if of_module {
        let key = columns.module_key()?;
        columns.raw::<String>()?;
        Granted::Module(key)
    } else {
        let key = columns.feature_key()?;
        let value = columns.word("value", |json| to_feature_value(&serde_json::from_str(json).ok()?).ok())?;
        Granted::Feature(key, value)
    };
    let (starts_at, ends_at) = (columns.optional_instant()?, columns.optional_instant()?);
    let window = Window { starts_at, ends_at, grace_ends_at: None };
    Ok(GrantTerms { id, granted, window, created_at: columns.instant()? })
}
