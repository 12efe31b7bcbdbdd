//! `GET /internal/catalog/packages/{packageId}` and `GET /internal/catalog/addons/{addonId}`.

use std::sync::Arc;

use api::{Success, response::ItemDetail};
use axum::{extract::State, response::Response};
use domain::ItemKind;
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        caller::CatalogRead,
        document::{NotModified, ReadProblems, VersionParams},
        path::IdOrKey,
    },
    read::read,
    revisions::named,
};
use crate::service::item_detail;

/// One package, by id or key.
#[utoipa::path(get, path = "/internal/catalog/packages/{packageId}", tag = "Catalog",
    params(("packageId" = String, Path, description = "The package's id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), VersionParams),
    responses((status = 200, description = "The package", body = Success<ItemDetail>), NotModified, ReadProblems))]
pub async fn get_package(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    package: IdOrKey,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    get(&app, ItemKind::Package, &package, &uri, &headers).await
}

/// One add-on, by id or key.
#[utoipa::path(get, path = "/internal/catalog/addons/{addonId}", tag = "Catalog",
    params(("addonId" = String, Path, description = "The add-on's id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), VersionParams),
    responses((status = 200, description = "The add-on", body = Success<ItemDetail>), NotModified, ReadProblems))]
pub async fn get_addon(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    addon: IdOrKey,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    get(&app, ItemKind::Addon, &addon, &uri, &headers).await
}

async fn get(app: &App, kind: ItemKind, which: &IdOrKey, uri: &Uri, headers: &HeaderMap) -> Result<Response, Problem> {
    read(app, uri, headers, |catalog| Ok(item_detail(named(catalog, kind, which)?, catalog))).await
}
