//! `POST /internal/catalog/packages` and `POST /internal/catalog/addons`.

use std::sync::Arc;

use api::{Success, request::CreateItem, response::ItemWritten};
use axum::extract::State;
use domain::{CatalogCommand, ItemKey, ItemKind, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
    },
    write::{Fields, render_item},
};
use crate::service::{CatalogWrite, Write, Written};

/// Makes a package with its first revision.
#[utoipa::path(post, path = "/internal/catalog/packages", tag = "Catalog",
    params(DryRunParams, WriteParams), request_body = CreateItem,
    responses(
        (status = 201, description = "The package made", body = Success<ItemWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ItemWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_package(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: WriteRequest<CreateItem>,
) -> Result<Written, Problem> {
    create(&app, &caller, ItemKind::Package, request).await
}

/// Makes an add-on with its first revision.
#[utoipa::path(post, path = "/internal/catalog/addons", tag = "Catalog",
    params(DryRunParams, WriteParams), request_body = CreateItem,
    responses(
        (status = 201, description = "The add-on made", body = Success<ItemWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ItemWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_addon(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: WriteRequest<CreateItem>,
) -> Result<Written, Problem> {
    create(&app, &caller, ItemKind::Addon, request).await
}

async fn create(
    app: &App,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    request: WriteRequest<CreateItem>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(caller);
    let mut fields = Fields::default();
    let (key, name) = (fields.key(&body.key, ItemKey::parse), fields.name(&body.name));
    let (description, modules) = (fields.description(body.description), fields.module_keys(&body.module_keys));
    let (key, name) = fields.finish(key.zip(name))?;
    let (id, is_active) = (Uuid::now_v7(), body.is_active);
    let command = CatalogCommand::CreateItem { id, kind, key, name, description, is_active, modules };
    let write = CatalogWrite { command, render: Box::new(move |outcome| render_item(outcome, kind, id, true)) };
    app.write(call, Write::Catalog(write)).await
}
