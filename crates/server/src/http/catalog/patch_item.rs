//! `PATCH /internal/catalog/packages/{packageId}` and `PATCH /internal/catalog/addons/{addonId}`.

use std::sync::Arc;

use api::{ReachWord, Success, request::PatchItem, response::ItemWritten};
use axum::extract::State;
use domain::{CatalogCommand, ItemKind, Reach, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    write::{Fields, render_item},
};
use crate::service::{CatalogWrite, Write, Written};

/// Changes a package. Another module set makes the next revision, and by default reaches all holders at once.
#[utoipa::path(patch, path = "/internal/catalog/packages/{packageId}", tag = "Catalog",
    params(("packageId" = uuid::Uuid, Path, description = "The package's id"), DryRunParams, WriteParams), request_body = PatchItem,
    responses((status = 200, description = "The package afterwards", body = Success<ItemWritten>), ReadProblems, WriteProblems))]
pub async fn patch_package(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: WriteRequest<PatchItem>,
) -> Result<Written, Problem> {
    patch(&app, &caller, ItemKind::Package, id, request).await
}

/// Changes an add-on. Another module set makes the next revision, and by default reaches all holders at once.
#[utoipa::path(patch, path = "/internal/catalog/addons/{addonId}", tag = "Catalog",
    params(("addonId" = uuid::Uuid, Path, description = "The add-on's id"), DryRunParams, WriteParams), request_body = PatchItem,
    responses((status = 200, description = "The add-on afterwards", body = Success<ItemWritten>), ReadProblems, WriteProblems))]
pub async fn patch_addon(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: WriteRequest<PatchItem>,
) -> Result<Written, Problem> {
    patch(&app, &caller, ItemKind::Addon, id, request).await
}

async fn patch(
    app: &App,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    id: Uuid,
    request: WriteRequest<PatchItem>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(caller);
    let mut fields = Fields::default();
    let (name, description) = (fields.new_name(body.name), fields.new_description(body.description));
    let modules = body.module_keys.map(|keys| fields.module_keys(&keys));
    fields.finish(Some(()))?;
    let reach = match body.reach {
        ReachWord::Existing => Reach::Existing,
        ReachWord::Future => Reach::Future,
    };
    let command = CatalogCommand::UpdateItem { kind, id, name, description, is_active: body.is_active, modules, reach };
    let write = CatalogWrite { command, render: Box::new(move |outcome| render_item(outcome, kind, id, false)) };
    app.write(call, Write::Catalog(write)).await
}
