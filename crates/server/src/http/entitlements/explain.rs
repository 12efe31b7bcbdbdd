//! `GET /internal/companies/{companyId}/explain`.

use std::sync::Arc;

use api::{Success, response::ExplanationView};
use axum::{Json, extract::State};
use domain::{Asked, FeatureKey, ModuleKey, PermissionKey};
use http::Uri;

use super::super::{
    App, Caller, Problem,
    caller::EntitlementsRead,
    document::{AtParams, CompanyParams, ReadProblems},
    path::CompanyPath,
    query::Query,
};
use super::at;
use crate::service::{asked_of, explained};

/// Why a company has what it has: for every module, permission and feature the row, revision and window that give it; for everything owned
/// and not working the rule that stops it; and for the one thing asked for what was considered and what would make it true.
#[utoipa::path(get, path = "/internal/companies/{companyId}/explain", tag = "Entitlements",
    params(CompanyParams, AtParams,
        ("module" = Option<String>, Query, description = "Why this module, or why not", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        ("permission" = Option<String>, Query, description = "Why this permission, or why not", max_length = 128),
        ("feature" = Option<String>, Query, description = "Why this feature, or why not", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")),
    responses((status = 200, description = "The explanation", body = Success<ExplanationView>), ReadProblems))]
pub async fn get_explanation(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<ExplanationView>>, Problem> {
    let query = Query::parse(uri.query(), &["module", "permission", "feature", "at"])?;
    let wrong =
        |field: &'static str| move |error: domain::KeyError| Problem::invalid(field, format!("{field} {error}"));
    let module = query.get("module").map(ModuleKey::parse).transpose().map_err(wrong("module"))?;
    let permission = query.get("permission").map(PermissionKey::parse).transpose().map_err(wrong("permission"))?;
    let feature = query.get("feature").map(FeatureKey::parse).transpose().map_err(wrong("feature"))?;
    let asked = match (&module, &permission, &feature) {
        (None, None, None) => None,
        (Some(key), None, None) => Some(Asked::Module(key)),
        (None, Some(key), None) => Some(Asked::Permission(key)),
        (None, None, Some(key)) => Some(Asked::Feature(key)),
        _ => return Err(Problem::invalid("query", "ask for one module, permission or feature at a time")),
    };
    let _place = app.place().await?;
    let (entitlements, state, catalog) = at::owned(&app, company, &query).await?;
    let unknown = || Problem::new(api::ErrorCode::NotFound, "the catalog has no such module, permission or feature");
    let asked = asked.map(|asked| asked_of(&catalog, asked).ok_or_else(unknown)).transpose()?;
    Ok(Json(Success::of(explained(&state, &catalog, entitlements.as_of, asked))))
}
