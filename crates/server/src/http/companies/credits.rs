//! Credits: `GET …/credits`, `GET …/credits/{feature}/ledger`, `POST …/credits/{feature}/grant`, `POST …/credits/{feature}/consume`.

use std::sync::Arc;

use api::{
    Previewed, Success,
    request::{ConsumeCredits, GrantCredits},
    response::{BalanceView, CreditWritten, CreditsView, ExpiringView, LedgerEntryView, LedgerView, UpcomingView},
};
use axum::{Json, extract::State};
use domain::{
    Command, CompanyState, ConsumeCredits as Consume, CreditLot, FeatureKey, GrantCredits as Add, Text, Timestamp, Uuid,
};
use http::{StatusCode, Uri};
use store::{LedgerLine, LedgerPosition};

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::{CompaniesRead, CompaniesWrite},
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::{CompanyAndKey, CompanyPath},
        query::Query,
    },
    holding::changes,
    preview::unversioned,
};
use crate::{
    service::{Call, CompanyOutcome, CompanyWrite, Rendered, Write, Written, from_instant, to_instant},
    wire::{Reader, given_line},
};

/// The credits of a company: what can be used now, what of it expires when, and what is to come.
#[utoipa::path(get, path = "/internal/companies/{companyId}/credits", tag = "Companies", params(CompanyParams),
    responses((status = 200, description = "The credits", body = Success<CreditsView>), ReadProblems))]
pub async fn get_credits(
    State(app): State<Arc<App>>,
    _: Caller<CompaniesRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<CreditsView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let (state, now) = app.core.with_credits(company).await?.ok_or_else(Problem::company_not_found)?;
    Ok(Json(Success::of(CreditsView { company_id: company.uuid(), credits: balances(&state, now) })))
}

/// The ledger of one feature's credits, newest first.
#[utoipa::path(get, path = "/internal/companies/{companyId}/credits/{featureKey}/ledger", tag = "Companies",
    params(CompanyParams, ("featureKey" = String, Path, description = "The feature's key", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        ("limit" = Option<u32>, Query, description = "Entries of the page, 1 to 500; 50 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "A nextCursor of an earlier page", pattern = "^[0-9]{1,19}\\.[0-9]{1,9}$")),
    responses((status = 200, description = "The ledger", body = Success<LedgerView>), ReadProblems))]
pub async fn get_ledger(
    State(app): State<Arc<App>>,
    _: Caller<CompaniesRead>,
    CompanyAndKey(company, feature): CompanyAndKey,
    uri: Uri,
) -> Result<Json<Success<LedgerView>>, Problem> {
    let query = Query::parse(uri.query(), &["limit", "cursor"])?;
    let limit = query.limit()?;
    let before = query.get("cursor").map(position).transpose()?;
    let feature = feature_key(&feature)?;
    let _place = app.place().await?;
    app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    let mut lines = app.core.store().ledger(company, &feature, before, limit + 1).await?;
    let has_more = lines.len() > limit as usize;
    lines.truncate(limit as usize);
    let next_cursor = lines.last().filter(|_| has_more);
    let next_cursor = next_cursor.map(|line| format!("{}.{}", line.position.number, line.position.part));
    let entries = lines.iter().map(entry).collect();
    let (company_id, feature_key) = (company.uuid(), feature.to_string());
    Ok(Json(Success::of(LedgerView { company_id, feature_key, entries, next_cursor })))
}

/// Adds to a company's credits. One external reference adds once, whatever is retried.
#[utoipa::path(post, path = "/internal/companies/{companyId}/credits/{featureKey}/grant", tag = "Companies",
    params(CompanyParams, ("featureKey" = String, Path, description = "The feature's key", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"), DryRunParams, WriteParams),
    request_body = GrantCredits,
    responses((status = 200, description = "The balance afterwards", body = Previewed<CreditWritten>), ReadProblems, WriteProblems))]
pub async fn grant_credits(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyAndKey(company, feature): CompanyAndKey,
    request: WriteRequest<GrantCredits>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    needs_a_key(&call)?;
    let feature = feature_key(&feature)?;
    let mut reader = Reader::default();
    let reason = line(body.reason.as_ref(), "reason", &mut reader);
    let external_reference = line(body.external_reference.as_ref(), "externalReference", &mut reader);
    finish(reader)?;
    let (lot, entry) = (Uuid::now_v7(), Uuid::now_v7());
    let (amount, expires_at) = (body.amount, body.expires_at.map(from_instant));
    let command = Command::GrantCredits(Add {
        lot,
        entry,
        feature: feature.clone(),
        amount,
        expires_at,
        reason,
        external_reference,
    });
    let answer = Box::new(move |outcome: &CompanyOutcome| render(outcome, &feature));
    app.write(call, Write::Company(CompanyWrite { company, command, render: answer })).await
}

/// Uses up a company's credits, those that expire first first. The balance never goes below zero, at any concurrency.
#[utoipa::path(post, path = "/internal/companies/{companyId}/credits/{featureKey}/consume", tag = "Companies",
    params(CompanyParams, ("featureKey" = String, Path, description = "The feature's key", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"), DryRunParams, WriteParams),
    request_body = ConsumeCredits,
    responses((status = 200, description = "The balance afterwards", body = Previewed<CreditWritten>), ReadProblems, WriteProblems))]
pub async fn consume_credits(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyAndKey(company, feature): CompanyAndKey,
    request: WriteRequest<ConsumeCredits>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    needs_a_key(&call)?;
    let feature = feature_key(&feature)?;
    let mut reader = Reader::default();
    let reason = line(body.reason.as_ref(), "reason", &mut reader);
    let external_reference = line(body.external_reference.as_ref(), "externalReference", &mut reader);
    finish(reader)?;
    let (entry, amount) = (Uuid::now_v7(), body.amount);
    let command =
        Command::ConsumeCredits(Consume { entry, feature: feature.clone(), amount, reason, external_reference });
    let answer = Box::new(move |outcome: &CompanyOutcome| render(outcome, &feature));
    app.write(call, Write::Company(CompanyWrite { company, command, render: answer })).await
}

/// Credits move by amounts: a repeat without a key would move them twice.
fn needs_a_key(call: &Call) -> Result<(), Problem> {
    if call.idempotency.is_some() || call.dry_run {
        return Ok(());
    }
    Err(Problem::invalid("Idempotency-Key", "Idempotency-Key is required: without it a repeat would count twice"))
}

fn feature_key(text: &str) -> Result<FeatureKey, Problem> {
    FeatureKey::parse(text).map_err(|error| Problem::invalid("featureKey", format!("featureKey {error}")))
}

fn line(text: Option<&String>, field: &str, reader: &mut Reader) -> Option<Text> {
    text.and_then(|text| reader.parsed(field, text, |text| given_line(text, Text::REFERENCE_CHARS)))
}

fn finish(reader: Reader) -> Result<(), Problem> {
    let details = reader.into_details();
    if details.is_empty() { Ok(()) } else { Err(Problem::invalid_fields(details)) }
}

fn balances(state: &CompanyState, now: Timestamp) -> Vec<BalanceView> {
    let features: std::collections::BTreeSet<&FeatureKey> = state.credits.lots.iter().map(|lot| &lot.feature).collect();
    let view = |feature: &FeatureKey| {
        let lots = state.credits.lots.iter().filter(|lot| lot.feature == *feature && lot.usable(now) > 0);
        let mut expiring: Vec<(Timestamp, u64)> =
            lots.filter_map(|lot| Some((lot.expires_at?, lot.usable(now)))).collect();
        expiring.sort_unstable();
        let of_feature = state.credits.lots.iter().filter(|lot| lot.feature == *feature);
        let mut coming: Vec<&CreditLot> =
            of_feature.filter(|lot| lot.is_coming(now) && !lot.has_expired(now)).collect();
        coming.sort_by_key(|lot| (lot.starts_at, lot.id));
        let expiring = expiring.into_iter();
        BalanceView {
            feature_key: feature.to_string(),
            balance: state.credits.balance(feature, now),
            expiring: expiring.map(|(at, amount)| ExpiringView { amount, expires_at: to_instant(at) }).collect(),
            upcoming: coming.into_iter().map(|lot| upcoming(lot, now)).collect(),
        }
    };
    features.into_iter().map(view).collect()
}

fn upcoming(lot: &CreditLot, now: Timestamp) -> UpcomingView {
    UpcomingView {
        amount: lot.remaining,
        starts_at: lot.begins_after(now).map(to_instant),
        expires_at: lot.expires_at.map(to_instant),
    }
}

fn entry(line: &LedgerLine) -> LedgerEntryView {
    let entry = &line.entry;
    LedgerEntryView {
        id: entry.id,
        kind: entry.kind.as_str().to_owned(),
        amount: entry.amount,
        balance: entry.balance,
        starts_at: entry.starts_at.map(to_instant),
        expires_at: entry.expires_at.map(to_instant),
        reason: entry.reason.as_ref().map(ToString::to_string),
        external_reference: entry.external_reference.as_ref().map(ToString::to_string),
        changed_by: line.actor.to_string(),
        created_at: to_instant(line.at),
    }
}

fn position(cursor: &str) -> Result<LedgerPosition, Problem> {
    let parts = cursor.split_once('.');
    let position = parts
        .and_then(|(number, part)| Some(LedgerPosition { number: number.parse().ok()?, part: part.parse().ok()? }));
    position.ok_or_else(|| Problem::invalid("cursor", "cursor must be a nextCursor of an earlier answer"))
}

fn render(outcome: &CompanyOutcome, feature: &FeatureKey) -> Rendered {
    let entries = outcome.changes.iter().flat_map(|changes| &changes.credit_entries);
    let at = outcome.changes.as_ref().map_or(outcome.entitlements.as_of, |changes| changes.at);
    let view = CreditWritten {
        feature_key: feature.to_string(),
        balance: outcome.state.credits.balance(feature, at),
        entry_id: entries.map(|entry| entry.id).next(),
        changes: changes(outcome),
    };
    unversioned(StatusCode::OK, view, outcome)
}
