//! `GET /internal/companies/{companyId}/eligibility`.

use std::sync::Arc;

use api::{Success, response::EligibilityView};
use axum::{extract::State, response::Response};
use domain::Evaluation;
use http::{HeaderMap, Uri};

use super::super::{
    App, Caller, Problem,
    answer::versioned,
    caller::EntitlementsRead,
    document::{AtParams, CompanyParams, NotModified, ReadProblems, VersionParams},
    path::CompanyPath,
    query::Query,
};
use super::at;

/// What a company may become eligible for: the families of its modules and single permissions. Whether a person has any of it is for the
/// Auth backend to say.
#[utoipa::path(get, path = "/internal/companies/{companyId}/eligibility", tag = "Entitlements",
    params(CompanyParams, AtParams, VersionParams),
    responses((status = 200, description = "The eligibility", body = Success<EligibilityView>), NotModified, ReadProblems))]
pub async fn get_eligibility(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::parse(uri.query(), &["at"])?;
    let _place = app.place().await?;
    let (entitlements, state, catalog) = at::owned(&app, company, &query).await?;
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, &catalog, entitlements.as_of);
    let eligibility = evaluation.eligibility();
    let view = EligibilityView {
        company_id: company.uuid(),
        permission_families: eligibility.families.into_iter().collect(),
        permissions: eligibility.permissions.iter().map(ToString::to_string).collect(),
        entitlement_version: entitlements.version,
    };
    Ok(versioned(&headers, entitlements.version, view))
}
