//! Reading a company whole, to decide a command on.

use domain::{CompanyId, CompanyProfile, CompanyState, CreditLot, CreditScope, Grant, Holding, Origin, Status, Text};
use rusqlite::Connection;
use store::{
    Loaded,
    record::{CompanyProfileRecord, ReplacedRecord},
};

use crate::{
    column::Columns,
    failure::Failure,
    now::Now,
    read::{company_row, grant_terms_of, grants, terms_of},
};

pub(crate) const HOLDINGS: &str = "
    SELECT 'package', package.key, coalesce(held.swept_from, held.status), held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at,
        held.source, held.external_reference, held.created_by, held.updated_by, held.updated_at,
        held.trialed_at, held.paused_from, held.replaces, held.swept_from IS NOT NULL
    FROM company_subscriptions AS held
    CROSS JOIN packages AS package ON package.id = held.package_id
    WHERE held.company_id = ?1
    UNION ALL
    SELECT 'addon', addon.key, coalesce(held.swept_from, held.status), held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at,
        held.source, held.external_reference, held.created_by, held.updated_by, held.updated_at,
        held.trialed_at, held.paused_from, held.replaces, held.swept_from IS NOT NULL
    FROM company_addons AS held
    CROSS JOIN addons AS addon ON addon.id = held.addon_id
    WHERE held.company_id = ?1";

pub(crate) const OPEN_LOTS: &str = "
    SELECT id, feature_key, granted, remaining, starts_at, expires_at, purchase, created_at
    FROM credit_lots
    WHERE company_id = ?1
        AND remaining > 0
    ORDER BY id";

pub(crate) const LOTS: &str = "
    SELECT id, feature_key, granted, remaining, starts_at, expires_at, purchase, created_at
    FROM credit_lots
    WHERE company_id = ?1
    ORDER BY id";

pub(crate) const PROFILE: &str = "
    SELECT name, external_references
    FROM company_profiles
    WHERE company_id = ?1";

/// A company's whole state, with as much of its credits as is asked for.
pub(crate) fn loaded(
    connection: &Connection,
    now: &Now,
    company: CompanyId,
    credits: CreditScope,
) -> Result<Loaded, Failure> {
    // Before the first look, as for a reading.
    let now = now.get();
    let found = company_row(connection, company)?;
    let mut state = CompanyState::unknown(company);
    let mut head = None;
    if let Some(row) = found.row {
        state.write_seq = row.write_seq;
        state.version_base = row.version_base;
        state.last_write_at = row.last_write_at;
        state.next_boundary = row.next_boundary;
        head = row.head;
        state.holdings = holdings(connection, company)?;
        state.grants = grants(connection, company, grant_of)?;
        state.credits.lots = match credits {
            CreditScope::None => Vec::new(),
            CreditScope::Open => lots(connection, company, OPEN_LOTS)?,
            CreditScope::All => lots(connection, company, LOTS)?,
        };
        state.profile = profile(connection, company)?;
    }
    Ok(Loaded { now, generation: found.generation, state, head })
}

fn holdings(connection: &Connection, company: CompanyId) -> Result<Vec<Holding>, Failure> {
    let mut statement = connection.prepare_cached(HOLDINGS)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let terms = terms_of(&mut columns)?;
        let origin = Origin {
            source: columns.optional_line(Text::SOURCE_CHARS)?,
            external_reference: columns.optional_line(Text::REFERENCE_CHARS)?,
            created_by: columns.line(Text::ACTOR_CHARS)?,
            updated_by: columns.line(Text::ACTOR_CHARS)?,
            updated_at: columns.instant()?,
        };
        let trialed_at = columns.optional_instant()?;
        let paused_from: Option<String> = columns.raw()?;
        let none = || Failure::nonsense("a row was paused from no status".to_owned());
        let paused_from = paused_from.map(|word| Status::parse(&word).ok_or_else(none)).transpose()?;
        let replaces: Option<String> = columns.raw()?;
        let replaces = replaces.map(|json| ReplacedRecord::from_json(&json)).transpose()?;
        all.push(Holding { terms, origin, trialed_at, paused_from, replaces, lapsed: columns.raw()? });
    }
    // INVARIANT: a state's rows are sorted by item.
    all.sort_by(|one, other| one.terms.item.cmp(&other.terms.item));
    Ok(all)
}

fn grant_of(columns: &mut Columns<'_>) -> Result<Grant, Failure> {
    let terms = grant_terms_of(columns)?;
    Ok(Grant {
        terms,
        reason: columns.text()?,
        source: columns.optional_text()?,
        created_by: columns.line(Text::ACTOR_CHARS)?,
    })
}

fn lots(connection: &Connection, company: CompanyId, sql: &'static str) -> Result<Vec<CreditLot>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(CreditLot {
            id: columns.uuid()?,
            feature: columns.feature_key()?,
            granted: columns.number()?,
            remaining: columns.number()?,
            starts_at: columns.optional_instant()?,
            expires_at: columns.optional_instant()?,
            purchase: columns.optional_text()?,
            created_at: columns.instant()?,
        });
    }
    Ok(all)
}

fn profile(connection: &Connection, company: CompanyId) -> Result<CompanyProfile, Failure> {
    let mut statement = connection.prepare_cached(PROFILE)?;
    let mut rows = statement.query([company.uuid().into_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(CompanyProfile::default()) };
    let mut columns = Columns::of(row);
    let (name, references): (Option<String>, String) = (columns.raw()?, columns.raw()?);
    Ok(CompanyProfileRecord::from_columns(name, &references)?)
}
