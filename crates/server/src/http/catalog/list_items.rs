//! `GET /internal/catalog/packages` and `GET /internal/catalog/addons`.

use std::sync::Arc;

use api::{
    Success,
    response::{AddonList, ItemView, PackageList},
};
use axum::{extract::State, response::Response};
use domain::{Catalog, ItemKind};
use http::{HeaderMap, Uri};

use super::super::{
    App, Caller, Problem,
    answer::versioned,
    caller::CatalogRead,
    document::{NotModified, ReadProblems, VersionParams},
    query::Query,
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
    let (catalog, packages) = items(&app, ItemKind::Package, &uri).await?;
    Ok(versioned(&headers, catalog.generation, PackageList { packages }))
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
    let (catalog, addons) = items(&app, ItemKind::Addon, &uri).await?;
    Ok(versioned(&headers, catalog.generation, AddonList { addons }))
}

async fn items(app: &App, kind: ItemKind, uri: &Uri) -> Result<(Arc<Catalog>, Vec<ItemView>), Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let catalog = app.core.current_catalog().await?;
    let items = catalog.items(kind).map(|item| item_view(item, &catalog)).collect();
    Ok((catalog, items))
}
