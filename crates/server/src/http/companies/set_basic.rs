//! `POST /internal/companies/{companyId}/basic`.

use std::sync::Arc;

use api::{Previewed, request::SetBasic, response::BasicWritten};
use axum::extract::State;
use domain::ItemKind;
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CompaniesWrite,
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
    },
    holding::{Fields, changes},
    preview::previewed,
};
use crate::service::{CompanyOutcome, CompanyWrite, Rendered, Write, Written};

/// Activates, changes, pauses or ends a company's Basic subscription.
///
/// A first write makes the company known. Fields left out keep what is stored; a write that changes nothing changes no version.
#[utoipa::path(post, path = "/internal/companies/{companyId}/basic", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = SetBasic,
    responses(
        (status = 200, description = "The company after the write", body = Previewed<BasicWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn set_basic(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<SetBasic>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let fields = Fields {
        kind: ItemKind::Package,
        key: ("packageKey", "basic".to_owned()),
        status: body.status,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        grace_ends_at: body.grace_ends_at,
        quantity: None,
        source: body.source,
        external_reference: body.external_reference,
    };
    let (_, command) = fields.command()?;
    let write = CompanyWrite { company, command, render: Box::new(render) };
    app.write(call, Write::Company(write)).await
}

fn render(outcome: &CompanyOutcome) -> Rendered {
    let entitlements = &outcome.entitlements;
    let view = BasicWritten {
        company_id: entitlements.company_id.uuid(),
        has_basic: entitlements.has_basic,
        base_package: entitlements.base_package.as_ref().map(ToString::to_string),
        entitlement_version: entitlements.version,
        changes: changes(outcome),
    };
    previewed(StatusCode::OK, view, outcome)
}
