//! `POST /internal/companies/{companyId}/packages`.

use std::sync::Arc;

use api::{Previewed, request::SetPackage, response::PackageWritten};
use axum::extract::State;
use domain::{ItemKind, ItemRef};
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CompaniesWrite,
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
    },
    holding::{Fields, changes, status_of},
    preview::previewed,
};
use crate::service::{CompanyOutcome, CompanyWrite, Rendered, Write, Written};

/// Activates, changes, pauses or ends a company's subscription to any package.
///
/// At most one base package is in force at any instant: overlapping windows are a conflict.
#[utoipa::path(post, path = "/internal/companies/{companyId}/packages", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = SetPackage,
    responses(
        (status = 200, description = "The company after the write", body = Previewed<PackageWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn set_package(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<SetPackage>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let fields = Fields {
        kind: ItemKind::Package,
        key: ("packageKey", body.package_key),
        status: body.status,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        grace_ends_at: body.grace_ends_at,
        quantity: None,
        source: body.source,
        external_reference: body.external_reference,
    };
    let (item, command) = fields.command()?;
    let render = Box::new(move |outcome: &CompanyOutcome| render(outcome, &item));
    app.write(call, Write::Company(CompanyWrite { company, command, render })).await
}

fn render(outcome: &CompanyOutcome, item: &ItemRef) -> Rendered {
    let entitlements = &outcome.entitlements;
    let view = PackageWritten {
        company_id: entitlements.company_id.uuid(),
        package_key: item.key.to_string(),
        status: status_of(outcome, item),
        has_basic: entitlements.has_basic,
        base_package: entitlements.base_package.as_ref().map(ToString::to_string),
        entitlement_version: entitlements.version,
        changes: changes(outcome),
    };
    previewed(StatusCode::OK, view, outcome)
}
