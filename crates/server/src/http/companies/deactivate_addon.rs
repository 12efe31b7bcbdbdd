//! `POST /internal/companies/{companyId}/deactivate-addon`.

use std::sync::Arc;

use api::{ItemStatus, Previewed, request::DeactivateAddon, response::AddonWritten};
use axum::extract::State;
use domain::ItemKind;

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CompaniesWrite,
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
    },
    holding::Fields,
    set_addon::write_addon,
};
use crate::service::Written;

/// Sets one add-on of a company to `inactive`: the same command as `POST addons` with that status.
#[utoipa::path(post, path = "/internal/companies/{companyId}/deactivate-addon", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = DeactivateAddon,
    responses(
        (status = 200, description = "The add-on after the write", body = Previewed<AddonWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn deactivate_addon(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<DeactivateAddon>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let fields = Fields {
        kind: ItemKind::Addon,
        key: ("addonKey", body.addon_key),
        status: ItemStatus::Inactive,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        grace_ends_at: body.grace_ends_at,
        quantity: None,
        source: body.source,
        external_reference: body.external_reference,
    };
    write_addon(&app, call, company, fields).await
}
