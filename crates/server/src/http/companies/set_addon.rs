//! `POST /internal/companies/{companyId}/addons`.

use std::sync::Arc;

use api::{Previewed, request::SetAddon, response::AddonWritten};
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
use crate::service::{Call, CompanyOutcome, CompanyWrite, Rendered, Write, Written};

/// Activates, changes, pauses or ends one add-on of a company.
///
/// A first write makes the company known; Basic is not required. Fields left out keep what is stored; a write that changes nothing
/// changes no version.
#[utoipa::path(post, path = "/internal/companies/{companyId}/addons", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = SetAddon,
    responses(
        (status = 200, description = "The add-on after the write", body = Previewed<AddonWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn set_addon(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<SetAddon>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let fields = Fields {
        kind: ItemKind::Addon,
        key: ("addonKey", body.addon_key),
        status: body.status,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        grace_ends_at: body.grace_ends_at,
        quantity: body.quantity,
        source: body.source,
        external_reference: body.external_reference,
    };
    write_addon(&app, call, company, fields).await
}

/// The write of an add-on, whichever route it came by.
pub(super) async fn write_addon(
    app: &App,
    call: Call,
    company: domain::CompanyId,
    fields: Fields,
) -> Result<Written, Problem> {
    let (item, command) = fields.command()?;
    let render = Box::new(move |outcome: &CompanyOutcome| render(outcome, &item));
    app.write(call, Write::Company(CompanyWrite { company, command, render })).await
}

fn render(outcome: &CompanyOutcome, item: &ItemRef) -> Rendered {
    let view = AddonWritten {
        company_id: outcome.entitlements.company_id.uuid(),
        addon_key: item.key.to_string(),
        status: status_of(outcome, item),
        entitlement_version: outcome.entitlements.version,
        changes: changes(outcome),
    };
    previewed(StatusCode::OK, view, outcome)
}
