//! `GET` and `POST /internal/companies/{companyId}/grants`, `DELETE …/grants/{grantId}`.

use std::sync::Arc;

use api::{
    FeatureAmount, Given, Previewed, Success,
    request::AddGrant,
    response::{GrantList, GrantView, GrantWritten},
};
use axum::{Json, extract::State};
use domain::{AddGrant as Add, Command, FeatureKey, FeatureValue, Grant, Granted, ModuleKey, Text, Uuid};
use http::{StatusCode, Uri};

use super::{
    super::{
        App, Caller, Problem,
        call::{BareWriteRequest, WriteRequest},
        caller::{CompaniesRead, CompaniesWrite},
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::{CompanyAndId, CompanyPath},
        query::Query,
    },
    holding::changes,
    preview::previewed,
};
use crate::{
    service::{CompanyOutcome, CompanyWrite, Rendered, Write, Written, from_instant, to_instant},
    wire::{Reader, amount, amount_body, given_line},
};

/// The grants of a company, oldest first, ended ones included.
#[utoipa::path(get, path = "/internal/companies/{companyId}/grants", tag = "Companies", params(CompanyParams),
    responses((status = 200, description = "The grants", body = Success<GrantList>), ReadProblems))]
pub async fn list_grants(
    State(app): State<Arc<App>>,
    _: Caller<CompaniesRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<GrantList>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let (_, state, _) = app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    let mut grants: Vec<&Grant> = state.grants.iter().collect();
    grants.sort_by_key(|grant| (grant.terms.created_at, grant.terms.id));
    let grants = grants.into_iter().map(view).collect();
    Ok(Json(Success::of(GrantList { company_id: company.uuid(), grants })))
}

/// Gives a company a feature or a module: a promotion, a gesture of support, an integration fact. It overrides whatever else the company
/// has of it, within its window.
#[utoipa::path(post, path = "/internal/companies/{companyId}/grants", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = AddGrant,
    responses(
        (status = 201, description = "The grant made", body = Previewed<GrantWritten>),
        (status = 200, description = "What a dry run would make", body = Previewed<GrantWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn add_grant(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<AddGrant>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let mut reader = Reader::default();
    let granted = granted(&body, &mut reader);
    let reason = reader.parsed("reason", &body.reason, |text| given_line(text, Text::REFERENCE_CHARS));
    let source = body.source.as_ref();
    let source = source.and_then(|source| reader.parsed("source", source, |text| given_line(text, Text::SOURCE_CHARS)));
    let details = reader.into_details();
    let Some((granted, reason)) = granted.zip(reason).filter(|_| details.is_empty()) else {
        return Err(Problem::invalid_fields(details));
    };
    let id = Uuid::now_v7();
    let (starts_at, ends_at) = (body.starts_at.map(from_instant), body.ends_at.map(from_instant));
    let command = Command::AddGrant(Add { id, granted, starts_at, ends_at, reason, source });
    let answer = Box::new(move |outcome: &CompanyOutcome| render(outcome, id, true));
    app.write(call, Write::Company(CompanyWrite { company, command, render: answer })).await
}

/// Takes a grant away.
#[utoipa::path(delete, path = "/internal/companies/{companyId}/grants/{grantId}", tag = "Companies",
    params(CompanyParams, ("grantId" = uuid::Uuid, Path, description = "The grant's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The company after the write", body = Previewed<GrantWritten>), ReadProblems, WriteProblems))]
pub async fn remove_grant(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyAndId(company, id): CompanyAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    let answer = Box::new(move |outcome: &CompanyOutcome| render(outcome, id, false));
    app.write(call, Write::Company(CompanyWrite { company, command: Command::RemoveGrant(id), render: answer })).await
}

fn granted(body: &AddGrant, reader: &mut Reader) -> Option<Granted> {
    match (&body.feature_key, &body.module_key) {
        (Some(key), None) => {
            let value = match &body.value {
                Given::Missing => FeatureValue::On,
                Given::Null => amount(FeatureAmount::Unlimited),
                Given::Value(value) => amount(*value),
            };
            reader.parsed("featureKey", key, FeatureKey::parse).map(|key| Granted::Feature(key, value))
        }
        (None, Some(key)) => {
            if !body.value.is_missing() {
                reader.breach("value", "is of a feature; a module has none");
            }
            reader.parsed("moduleKey", key, ModuleKey::parse).map(Granted::Module)
        }
        (Some(_), Some(_)) | (None, None) => {
            reader.breach("featureKey", "or moduleKey is required, and only one of them");
            None
        }
    }
}

fn view(grant: &Grant) -> GrantView {
    let (module_key, feature_key, value) = match &grant.terms.granted {
        Granted::Module(key) => (Some(key.to_string()), None, None),
        Granted::Feature(key, value) => (None, Some(key.to_string()), Some(amount_body(*value))),
    };
    GrantView {
        id: grant.terms.id,
        module_key,
        feature_key,
        value,
        starts_at: grant.terms.window.starts_at.map(to_instant),
        ends_at: grant.terms.window.ends_at.map(to_instant),
        reason: grant.reason.to_string(),
        source: grant.source.as_ref().map(ToString::to_string),
        created_by: grant.created_by.to_string(),
        created_at: to_instant(grant.terms.created_at),
    }
}

fn render(outcome: &CompanyOutcome, id: Uuid, created: bool) -> Rendered {
    let view = GrantWritten {
        id,
        company_id: outcome.entitlements.company_id.uuid(),
        entitlement_version: outcome.entitlements.version,
        changes: changes(outcome),
    };
    let status = if created && !outcome.dry_run { StatusCode::CREATED } else { StatusCode::OK };
    previewed(status, view, outcome)
}
