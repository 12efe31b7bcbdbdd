//! `POST /internal/companies/{companyId}/repair`.

use std::sync::Arc;

use api::{Previewed, response::RepairedView};
use axum::extract::State;
use domain::Command;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        call::BareWriteRequest,
        caller::CompaniesWrite,
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
    },
    holding::changes,
    preview::previewed,
};
use crate::service::{CompanyOutcome, CompanyWrite, Rendered, Write, Written};

/// Moves a company's entitlement version and records `entitlement_repaired`, so that every cache of it is rebuilt.
///
/// Entitlements are computed, never stored, so there is nothing else to repair.
#[utoipa::path(post, path = "/internal/companies/{companyId}/repair", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams),
    responses(
        (status = 200, description = "The company after the write", body = Previewed<RepairedView>),
        ReadProblems, WriteProblems,
    ))]
pub async fn repair(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    let write = CompanyWrite { company, command: Command::Repair, render: Box::new(render) };
    app.write(call, Write::Company(write)).await
}

fn render(outcome: &CompanyOutcome) -> Rendered {
    let view = RepairedView {
        company_id: outcome.entitlements.company_id.uuid(),
        entitlement_version: outcome.entitlements.version,
        changes: changes(outcome),
    };
    previewed(StatusCode::OK, view, outcome)
}
