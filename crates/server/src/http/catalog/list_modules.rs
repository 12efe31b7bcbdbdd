//! `GET /internal/catalog/modules`.

use std::sync::Arc;

use api::{Success, response::ModuleList};
use axum::{extract::State, response::Response};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        caller::ModulesRead,
        document::{NotModified, ReadProblems, VersionParams},
    },
    read::read,
};
use crate::service::module_view;

/// Every module, base modules first, then by key.
#[utoipa::path(get, path = "/internal/catalog/modules", tag = "Catalog",
    params(VersionParams),
    responses(
        (status = 200, description = "The modules; `ETag` is the catalog's generation", body = Success<ModuleList>),
        NotModified, ReadProblems,
    ))]
pub async fn list_modules(
    State(app): State<Arc<App>>,
    _: Caller<ModulesRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&app, &uri, &headers, |catalog| Ok(ModuleList { modules: catalog.modules().map(module_view).collect() })).await
}
