//! The parts of company writes that few of them have: grants, credits and the profile.

use domain::{ChangeSet, FeatureValue, Granted, Text, Timestamp, Uuid};
use sqlx::PgConnection;
use store::record::{CompanyProfileRecord, feature_value};

use crate::{
    instant::Instant,
    shape::{column, impossible},
};

/// Whether a change set has any of them.
pub(crate) fn has_any(changes: &ChangeSet) -> bool {
    !changes.grants_added.is_empty()
        || !changes.grants_removed.is_empty()
        || !changes.credit_lots.is_empty()
        || !changes.credit_entries.is_empty()
        || changes.profile.is_some()
}

/// Stores those of change sets whose companies were moved on in this transaction.
pub(crate) async fn store(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    remove_grants(connection, stored).await?;
    add_grants(connection, stored).await?;
    put_lots(connection, stored).await?;
    add_entries(connection, stored).await?;
    put_profiles(connection, stored).await
}

fn instant(instant: Option<Timestamp>) -> Option<Instant> {
    instant.map(Instant)
}

async fn remove_grants(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    let (mut companies, mut ids, mut ats) = (Vec::new(), Vec::<Uuid>::new(), Vec::new());
    for changes in stored {
        for grant in &changes.grants_removed {
            companies.push(changes.company_id.uuid());
            ids.push(grant.terms.id);
            ats.push(Instant(changes.at));
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let removed = sqlx::query!(
        r#"
        UPDATE company_grants AS own
        SET removed_at = given.removed_at
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (company_id, id, removed_at)
        WHERE own.company_id = given.company_id
            AND own.id = given.id
            AND own.removed_at IS NULL
        "#,
        &companies,
        &ids,
        &ats as _,
    );
    let removed = removed.execute(connection).await?.rows_affected();
    if removed == ids.len() as u64 { Ok(()) } else { Err(impossible("a grant to be removed is not stored")) }
}

#[derive(Default)]
struct Grants<'a> {
    companies: Vec<Uuid>,
    ids: Vec<Uuid>,
    granted: Vec<&'static str>,
    keys: Vec<&'a str>,
    values: Vec<String>,
    starts: Vec<Option<Instant>>,
    ends: Vec<Option<Instant>>,
    reasons: Vec<&'a str>,
    sources: Vec<Option<&'a str>>,
    created_by: Vec<&'a str>,
    created_at: Vec<Instant>,
}

async fn add_grants(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    let mut rows = Grants::default();
    for changes in stored {
        for grant in &changes.grants_added {
            let terms = &grant.terms;
            let (granted, value) = match &terms.granted {
                Granted::Module(_) => ("module", FeatureValue::On),
                Granted::Feature(_, value) => ("feature", *value),
            };
            rows.companies.push(changes.company_id.uuid());
            rows.ids.push(terms.id);
            rows.granted.push(granted);
            rows.keys.push(terms.granted.key());
            rows.values.push(feature_value(value).to_string());
            rows.starts.push(instant(terms.window.starts_at));
            rows.ends.push(instant(terms.window.ends_at));
            rows.reasons.push(grant.reason.as_str());
            rows.sources.push(grant.source.as_ref().map(Text::as_str));
            rows.created_by.push(grant.created_by.as_str());
            rows.created_at.push(Instant(terms.created_at));
        }
    }
    if rows.ids.is_empty() {
        return Ok(());
    }
    let added = sqlx::query!(
        r#"
        INSERT INTO company_grants
            (company_id, id, granted, key, value, starts_at, ends_at, reason, source, created_by, created_at)
        SELECT given.company_id, given.id, given.granted, given.key, given.value::jsonb, given.starts_at, given.ends_at,
            given.reason, given.source, given.created_by, given.created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                $8::text[], $9::text[], $10::text[], $11::timestamptz[])
            AS given (company_id, id, granted, key, value, starts_at, ends_at, reason, source, created_by, created_at)
        "#,
        &rows.companies,
        &rows.ids,
        &rows.granted as _,
        &rows.keys as _,
        &rows.values,
        &rows.starts as _,
        &rows.ends as _,
        &rows.reasons as _,
        &rows.sources as _,
        &rows.created_by as _,
        &rows.created_at as _,
    );
    added.execute(connection).await.map(|_| ())
}

#[derive(Default)]
struct Lots<'a> {
    companies: Vec<Uuid>,
    ids: Vec<Uuid>,
    features: Vec<&'a str>,
    granted: Vec<i64>,
    remaining: Vec<i64>,
    starts: Vec<Option<Instant>>,
    expires: Vec<Option<Instant>>,
    purchases: Vec<Option<&'a str>>,
    created_at: Vec<Instant>,
}

async fn put_lots(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    let mut rows = Lots::default();
    for changes in stored {
        for lot in &changes.credit_lots {
            rows.companies.push(changes.company_id.uuid());
            rows.ids.push(lot.id);
            rows.features.push(lot.feature.as_str());
            rows.granted.push(column(lot.granted)?);
            rows.remaining.push(column(lot.remaining)?);
            rows.starts.push(instant(lot.starts_at));
            rows.expires.push(instant(lot.expires_at));
            rows.purchases.push(lot.purchase.as_ref().map(Text::as_str));
            rows.created_at.push(Instant(lot.created_at));
        }
    }
    if rows.ids.is_empty() {
        return Ok(());
    }
    let put = sqlx::query!(
        r#"
        INSERT INTO credit_lots
            (company_id, id, feature_key, granted, remaining, starts_at, expires_at, purchase, created_at)
        SELECT given.company_id, given.id, given.feature_key, given.granted, given.remaining, given.starts_at,
            given.expires_at, given.purchase, given.created_at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[],
                $7::timestamptz[], $8::text[], $9::timestamptz[])
            AS given (company_id, id, feature_key, granted, remaining, starts_at, expires_at, purchase, created_at)
        ON CONFLICT (company_id, id) DO UPDATE
        SET remaining = excluded.remaining,
            purchase = excluded.purchase,
            starts_at = excluded.starts_at
        "#,
        &rows.companies,
        &rows.ids,
        &rows.features as _,
        &rows.granted,
        &rows.remaining,
        &rows.starts as _,
        &rows.expires as _,
        &rows.purchases as _,
        &rows.created_at as _,
    );
    put.execute(connection).await.map(|_| ())
}

#[derive(Default)]
struct Entries<'a> {
    companies: Vec<Uuid>,
    features: Vec<&'a str>,
    write_seqs: Vec<i64>,
    parts: Vec<i32>,
    ids: Vec<Uuid>,
    kinds: Vec<&'static str>,
    amounts: Vec<i64>,
    balances: Vec<i64>,
    starts: Vec<Option<Instant>>,
    expires: Vec<Option<Instant>>,
    reasons: Vec<Option<&'a str>>,
    external_references: Vec<Option<&'a str>>,
    created_at: Vec<Instant>,
    created_by: Vec<&'a str>,
}

async fn add_entries(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    let mut rows = Entries::default();
    for changes in stored {
        for (part, entry) in (0..).zip(&changes.credit_entries) {
            rows.companies.push(changes.company_id.uuid());
            rows.features.push(entry.feature.as_str());
            rows.write_seqs.push(column(changes.write_seq_before + 1)?);
            rows.parts.push(part);
            rows.ids.push(entry.id);
            rows.kinds.push(entry.kind.as_str());
            rows.amounts.push(column(entry.amount)?);
            rows.balances.push(column(entry.balance)?);
            rows.starts.push(instant(entry.starts_at));
            rows.expires.push(instant(entry.expires_at));
            rows.reasons.push(entry.reason.as_ref().map(Text::as_str));
            rows.external_references.push(entry.external_reference.as_ref().map(Text::as_str));
            rows.created_at.push(Instant(changes.at));
            rows.created_by.push(changes.actor.as_str());
        }
    }
    if rows.ids.is_empty() {
        return Ok(());
    }
    let added = sqlx::query!(
        r#"
        INSERT INTO credit_ledger
            (company_id, feature_key, write_seq, part, id, kind, amount, balance, starts_at, expires_at, reason,
                external_reference, created_at, created_by)
        SELECT given.*
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::integer[], $5::uuid[], $6::text[], $7::bigint[],
                $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::timestamptz[],
                $14::text[]) AS given
        "#,
        &rows.companies,
        &rows.features as _,
        &rows.write_seqs,
        &rows.parts,
        &rows.ids,
        &rows.kinds as _,
        &rows.amounts,
        &rows.balances,
        &rows.starts as _,
        &rows.expires as _,
        &rows.reasons as _,
        &rows.external_references as _,
        &rows.created_at as _,
        &rows.created_by as _,
    );
    added.execute(connection).await.map(|_| ())
}

async fn put_profiles(connection: &mut PgConnection, stored: &[&ChangeSet]) -> Result<(), sqlx::Error> {
    for changes in stored {
        let Some((_, profile)) = &changes.profile else { continue };
        let put = sqlx::query!(
            r#"
            INSERT INTO company_profiles (company_id, name, external_references, updated_at, updated_by, name_folded)
            VALUES ($1, $2, $3::text::jsonb, $4, $5, $6)
            ON CONFLICT (company_id) DO UPDATE
            SET name = excluded.name,
                external_references = excluded.external_references,
                updated_at = excluded.updated_at,
                updated_by = excluded.updated_by,
                name_folded = excluded.name_folded
            "#,
            changes.company_id.uuid(),
            profile.name.as_ref().map(Text::as_str),
            CompanyProfileRecord::of(profile).references_json(),
            Instant(changes.at) as _,
            changes.actor.as_str(),
            store::folded_name(profile.name.as_ref()),
        );
        put.execute(&mut *connection).await?;
    }
    Ok(())
}
