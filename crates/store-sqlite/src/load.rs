//! Reading a company whole, to decide a command on.

use domain::{CompanyId, CompanyState, Holding, Origin, Text};
use rusqlite::Connection;
use store::Loaded;

use crate::{
    column::Columns,
    failure::Failure,
    now::Now,
    read::{company_row, terms_of},
};

pub(crate) const HOLDINGS: &str = "
    SELECT 'package', package.key, held.status, held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at,
        held.source, held.external_reference, held.created_by, held.updated_by, held.updated_at
    FROM company_subscriptions AS held
    CROSS JOIN packages AS package ON package.id = held.package_id
    WHERE held.company_id = ?1
    UNION ALL
    SELECT 'addon', addon.key, held.status, held.starts_at, held.ends_at, held.grace_ends_at,
        held.quantity, held.assigned_revision, held.created_at,
        held.source, held.external_reference, held.created_by, held.updated_by, held.updated_at
    FROM company_addons AS held
    CROSS JOIN addons AS addon ON addon.id = held.addon_id
    WHERE held.company_id = ?1";

/// A company's whole state.
pub(crate) fn loaded(connection: &Connection, now: &Now, company: CompanyId) -> Result<Loaded, Failure> {
    // Before the first look, as for a reading.
    let now = now.get();
    let found = company_row(connection, company)?;
    let mut state = CompanyState::unknown(company);
    if let Some(row) = found.row {
        state.write_seq = row.write_seq;
        state.version_base = row.version_base;
        state.last_write_at = row.last_write_at;
        state.holdings = holdings(connection, company)?;
    }
    Ok(Loaded { now, generation: found.generation, state })
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
        all.push(Holding { terms, origin });
    }
    // INVARIANT: a state's rows are sorted by item.
    all.sort_by(|one, other| one.terms.item.cmp(&other.terms.item));
    Ok(all)
}
