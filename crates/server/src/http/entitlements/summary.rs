//! `GET /internal/companies/{companyId}/subscription-summary`.

use std::sync::Arc;

use api::{Success, response::SummaryView};
use axum::{extract::State, response::Response};
use domain::{Catalog, CompanyState, Entitlements, ItemKind, Status};
use http::{HeaderMap, Uri};

use super::super::{
    App, Caller, Problem,
    answer::versioned,
    caller::SummaryRead,
    document::{CompanyParams, NotModified, ReadProblems, VersionParams},
    path::CompanyPath,
    query::Query,
};
use crate::service::item_status;

/// A summary of a company's commercial state, for people.
#[utoipa::path(get, path = "/internal/companies/{companyId}/subscription-summary", tag = "Entitlements",
    params(CompanyParams, VersionParams),
    responses((status = 200, description = "The summary", body = Success<SummaryView>), NotModified, ReadProblems))]
pub async fn get_subscription_summary(
    State(app): State<Arc<App>>,
    _: Caller<SummaryRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let (entitlements, state, catalog) = app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    let view = SummaryView {
        company_id: company.uuid(),
        has_basic: entitlements.has_basic,
        base_package: entitlements.base_package.as_ref().map(ToString::to_string),
        addons: entitlements.addons.iter().map(|addon| addon.key.to_string()).collect(),
        status: item_status(base_status(&entitlements, &state, &catalog)),
        entitlement_version: entitlements.version,
    };
    Ok(versioned(&headers, entitlements.version, view))
}

/// The status of the base package in force; else that of the base package whose row is newest: `expired` when its window has ended,
/// `inactive` before its start. `inactive` when there is none.
fn base_status(entitlements: &Entitlements, state: &CompanyState, catalog: &Catalog) -> Status {
    let terms = state.holdings.iter().map(|holding| &holding.terms);
    let mut base = terms.filter(|terms| terms.item.kind == ItemKind::Package).filter(|terms| {
        let revision = catalog.item(&terms.item).and_then(|item| item.effective(terms.assigned_revision));
        revision.is_some_and(|revision| catalog.includes_base(revision))
    });
    if let Some(key) = &entitlements.base_package {
        return base.find(|terms| terms.item.key == *key).map_or(Status::Inactive, |terms| terms.status);
    }
    let Some(newest) = base.max_by_key(|terms| terms.created_at) else { return Status::Inactive };
    if !newest.status.is_entitling() {
        newest.status
    } else if newest.window.has_closed(entitlements.as_of) {
        Status::Expired
    } else {
        Status::Inactive
    }
}
