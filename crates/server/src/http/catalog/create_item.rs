//! `POST /internal/catalog/packages` and `POST /internal/catalog/addons`.

use std::sync::Arc;

use api::{Success, request::CreateItem, response::ItemWritten};
use axum::extract::State;
use domain::{CatalogCommand, CreateItem as CreateItemCommand, ItemKey, ItemKind, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
    },
    write::{finished, render_item, write},
};
use crate::{
    service::Written,
    wire::{ItemFields, Mode, Reader},
};

/// Makes a package with its first revision.
#[utoipa::path(post, path = "/internal/catalog/packages", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CreateItem,
    responses(
        (status = 201, description = "The package made", body = Success<ItemWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ItemWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_package(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CreateItem>,
) -> Result<Written, Problem> {
    create(&app, &caller, ItemKind::Package, request).await
}

/// Makes an add-on with its first revision.
#[utoipa::path(post, path = "/internal/catalog/addons", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CreateItem,
    responses(
        (status = 201, description = "The add-on made", body = Success<ItemWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ItemWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_addon(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CreateItem>,
) -> Result<Written, Problem> {
    create(&app, &caller, ItemKind::Addon, request).await
}

async fn create(
    app: &App,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    request: PlannedRequest<CreateItem>,
) -> Result<Written, Problem> {
    let (CreateItem(body), call, planned) = request.by(caller);
    let mut reader = Reader::default();
    let key = body.key.as_ref().and_then(|key| reader.parsed("key", key, ItemKey::parse));
    let edit = ItemFields { body: &body, mode: Mode::Say }.edit(&mut reader);
    let key = finished(reader, key)?;
    let id = Uuid::now_v7();
    let command = CatalogCommand::CreateItem(Box::new(CreateItemCommand { id, kind, key, edit }));
    write(app, call, planned, command, move |outcome| render_item(outcome, kind, id, true)).await
}
