//! `GET /internal/catalog/modules/{moduleId}`.

use std::sync::Arc;

use api::{ErrorCode, Success, response::ModuleView};
use axum::{extract::State, response::Response};
use domain::{Catalog, ModuleKey};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        caller::CatalogRead,
        document::{NotModified, ReadProblems, VersionParams},
        path::IdOrKey,
    },
    read::read,
};
use crate::service::module_view;

/// One module, by id or key.
#[utoipa::path(get, path = "/internal/catalog/modules/{moduleId}", tag = "Catalog",
    params(("moduleId" = String, Path, description = "The module's id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), VersionParams),
    responses((status = 200, description = "The module", body = Success<ModuleView>), NotModified, ReadProblems))]
pub async fn get_module(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    module: IdOrKey,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = |catalog: &Catalog| {
        let found = match &module {
            IdOrKey::Id(id) => catalog.module_by_id(*id),
            IdOrKey::Key(key) => ModuleKey::parse(key).ok().and_then(|key| catalog.module_named(&key)),
        };
        found.map(module_view).ok_or_else(|| Problem::new(ErrorCode::NotFound, "module not found"))
    };
    read(&app, &uri, &headers, view).await
}
