//! `GET /internal/companies/{companyId}/timeline`.

use std::sync::Arc;

use api::{Success, response::TimelineView};
use axum::{Json, extract::State};
use http::Uri;

use super::super::{
    App, Caller, Problem,
    caller::EntitlementsRead,
    document::{CompanyParams, ReadProblems},
    path::CompanyPath,
    query::Query,
};
use crate::service::timeline_view;

/// What is coming: every boundary ahead, in order, and what it changes by itself, if nobody writes the company or the catalog meanwhile.
#[utoipa::path(get, path = "/internal/companies/{companyId}/timeline", tag = "Entitlements",
    params(CompanyParams,
        ("limit" = Option<u32>, Query, description = "How many boundaries, 1 to 500; 50 when left out", minimum = 1, maximum = 500)),
    responses((status = 200, description = "The boundaries ahead", body = Success<TimelineView>), ReadProblems))]
pub async fn get_timeline(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<TimelineView>>, Problem> {
    let limit = Query::parse(uri.query(), &["limit"])?.limit()?;
    let _place = app.place().await?;
    let (entitlements, state, catalog) = app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    Ok(Json(Success::of(timeline_view(&entitlements, &state.standing(), &catalog, limit))))
}
