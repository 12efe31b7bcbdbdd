//! `GET /internal/catalog/packages` and `GET /internal/catalog/addons`.

use std::sync::Arc;

use api::{
    Success,
    response::{AddonList, ItemView, PackageList},
};
use axum::{extract::State, response::Response};
use domain::{Catalog, ItemKind};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        caller::CatalogRead,
        document::{NotModified, ReadProblems, VersionParams},
    },
    read::read,
};
use crate::service::item_view;

/// Every package, by key.
#[utoipa::path(get, path = "/internal/catalog/packages", tag = "Catalog",
    params(VersionParams),
    responses(
        (status = 200, description = "The packages; `ETag` is the catalog's generation", body = Success<PackageList>),
        NotModified, ReadProblems,
    ))]
pub async fn list_packages(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&app, &uri, &headers, |catalog| Ok(PackageList { packages: items(catalog, ItemKind::Package) })).await
}

/// Every add-on, by key.
#[utoipa::path(get, path = "/internal/catalog/addons", tag = "Catalog",
    params(VersionParams),
    responses(
        (status = 200, description = "The add-ons; `ETag` is the catalog's generation", body = Success<AddonList>),
        NotModified, ReadProblems,
    ))]
pub async fn list_addons(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&app, &uri, &headers, |catalog| Ok(AddonList { addons: items(catalog, ItemKind::Addon) })).await
}

fn items(catalog: &Catalog, kind: ItemKind) -> Vec<ItemView> {
    catalog.items(kind).map(|item| item_view(item, catalog)).collect()
}
