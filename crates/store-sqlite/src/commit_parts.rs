//! The parts of a company write that few writes have: grants, credits and the profile.

use domain::{ChangeSet, CreditEntry, CreditLot, FeatureValue, Grant, Granted, Timestamp};
use rusqlite::{Connection, params};
use store::record::{CompanyProfileRecord, feature_value};

use crate::{column::stored, failure::Failure};

pub(crate) const ADD_GRANT: &str = "
    INSERT INTO company_grants
        (company_id, id, granted, key, value, starts_at, ends_at, reason, source, created_by, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

pub(crate) const REMOVE_GRANT: &str = "
    UPDATE company_grants
    SET removed_at = ?3
    WHERE company_id = ?1
        AND id = ?2
        AND removed_at IS NULL";

pub(crate) const PUT_LOT: &str = "
    INSERT INTO credit_lots
        (company_id, id, feature_key, granted, remaining, expires_at, purchase, created_at, starts_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (company_id, id) DO UPDATE
    SET remaining = excluded.remaining,
        purchase = excluded.purchase,
        starts_at = excluded.starts_at";

pub(crate) const ADD_ENTRY: &str = "
    INSERT INTO credit_ledger
        (company_id, feature_key, write_seq, part, id, kind, amount, balance, expires_at, reason, external_reference,
        created_at, created_by, starts_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

pub(crate) const PUT_PROFILE: &str = "
    INSERT INTO company_profiles
        (company_id, name, external_references, updated_at, updated_by, name_folded)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (company_id) DO UPDATE
    SET name = excluded.name,
        external_references = excluded.external_references,
        updated_at = excluded.updated_at,
        updated_by = excluded.updated_by,
        name_folded = excluded.name_folded";

/// Stores what the change set has of them; most have nothing, and then nothing is done.
pub(crate) fn put(connection: &Connection, changes: &ChangeSet) -> Result<(), Failure> {
    let company = changes.company_id.uuid().into_bytes();
    for grant in &changes.grants_removed {
        let row = (company, grant.terms.id.into_bytes(), changes.at.micros());
        if connection.prepare_cached(REMOVE_GRANT)?.execute(row)? != 1 {
            return Err(Failure::nonsense(format!("grant `{}` is not stored", grant.terms.id)));
        }
    }
    for grant in &changes.grants_added {
        add_grant(connection, changes, grant)?;
    }
    for lot in &changes.credit_lots {
        put_lot(connection, changes, lot)?;
    }
    for (part, entry) in (0_u32..).zip(&changes.credit_entries) {
        add_entry(connection, changes, part, entry)?;
    }
    if let Some((_, profile)) = &changes.profile {
        let references = CompanyProfileRecord::of(profile).references_json();
        let name = profile.name.as_ref().map(domain::Text::as_str);
        let row = (
            company,
            name,
            references,
            changes.at.micros(),
            changes.actor.as_str(),
            store::folded_name(profile.name.as_ref()),
        );
        connection.prepare_cached(PUT_PROFILE)?.execute(row)?;
    }
    Ok(())
}

fn add_grant(connection: &Connection, changes: &ChangeSet, grant: &Grant) -> Result<(), Failure> {
    let terms = &grant.terms;
    let (granted, value) = match &terms.granted {
        Granted::Module(_) => ("module", feature_value(FeatureValue::On)),
        Granted::Feature(_, value) => ("feature", feature_value(*value)),
    };
    connection.prepare_cached(ADD_GRANT)?.execute((
        changes.company_id.uuid().into_bytes(),
        terms.id.into_bytes(),
        granted,
        terms.granted.key(),
        value.to_string(),
        terms.window.starts_at.map(Timestamp::micros),
        terms.window.ends_at.map(Timestamp::micros),
        grant.reason.as_str(),
        grant.source.as_ref().map(domain::Text::as_str),
        grant.created_by.as_str(),
        terms.created_at.micros(),
    ))?;
    Ok(())
}

fn put_lot(connection: &Connection, changes: &ChangeSet, lot: &CreditLot) -> Result<(), Failure> {
    connection.prepare_cached(PUT_LOT)?.execute((
        changes.company_id.uuid().into_bytes(),
        lot.id.into_bytes(),
        lot.feature.as_str(),
        stored(lot.granted)?,
        stored(lot.remaining)?,
        lot.expires_at.map(Timestamp::micros),
        lot.purchase.as_ref().map(domain::Text::as_str),
        lot.created_at.micros(),
        lot.starts_at.map(Timestamp::micros),
    ))?;
    Ok(())
}

fn add_entry(connection: &Connection, changes: &ChangeSet, part: u32, entry: &CreditEntry) -> Result<(), Failure> {
    connection.prepare_cached(ADD_ENTRY)?.execute(params![
        changes.company_id.uuid().into_bytes(),
        entry.feature.as_str(),
        stored(changes.write_seq_before)? + 1,
        part,
        entry.id.into_bytes(),
        entry.kind.as_str(),
        stored(entry.amount)?,
        stored(entry.balance)?,
        entry.expires_at.map(Timestamp::micros),
        entry.reason.as_ref().map(domain::Text::as_str),
        entry.external_reference.as_ref().map(domain::Text::as_str),
        changes.at.micros(),
        changes.actor.as_str(),
        entry.starts_at.map(Timestamp::micros),
    ])?;
    Ok(())
}
