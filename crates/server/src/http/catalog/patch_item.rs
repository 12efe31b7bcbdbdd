//! `PATCH /internal/catalog/packages/{packageId}` and `PATCH /internal/catalog/addons/{addonId}`.

use std::sync::Arc;

use api::{
    Success,
    request::{ItemBody, PatchItem},
    response::ItemWritten,
};
use axum::extract::State;
use domain::{CatalogCommand, ItemEdit, ItemKind, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    write::{finished, render_item},
};
use crate::{
    service::{Approval, CatalogAsk, CatalogWrite, Write, Written},
    wire::{ItemFields, Mode, Reader},
};

/// Changes a package. Another module set makes the next revision, and by default reaches all holders at once.
#[utoipa::path(patch, path = "/internal/catalog/packages/{packageId}", tag = "Catalog",
    params(("packageId" = uuid::Uuid, Path, description = "The package's id"), DryRunParams, PlanParams, WriteParams), request_body = PatchItem,
    responses(
        (status = 200, description = "The package afterwards", body = Success<ItemWritten>),
        (status = 202, description = "The change waits for one of the package's approvers", body = Success<ItemWritten>),
        ReadProblems, WriteProblems))]
pub async fn patch_package(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: PlannedRequest<PatchItem>,
) -> Result<Written, Problem> {
    patch(&app, &caller, ItemKind::Package, id, request).await
}

/// Changes an add-on. Another module set makes the next revision, and by default reaches all holders at once.
#[utoipa::path(patch, path = "/internal/catalog/addons/{addonId}", tag = "Catalog",
    params(("addonId" = uuid::Uuid, Path, description = "The add-on's id"), DryRunParams, PlanParams, WriteParams), request_body = PatchItem,
    responses(
        (status = 200, description = "The add-on afterwards", body = Success<ItemWritten>),
        (status = 202, description = "The change waits for one of the add-on's approvers", body = Success<ItemWritten>),
        ReadProblems, WriteProblems))]
pub async fn patch_addon(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: PlannedRequest<PatchItem>,
) -> Result<Written, Problem> {
    patch(&app, &caller, ItemKind::Addon, id, request).await
}

async fn patch(
    app: &App,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    id: Uuid,
    request: PlannedRequest<PatchItem>,
) -> Result<Written, Problem> {
    let (PatchItem(body), call, planned) = request.by(caller);
    let edit = edit_of(&body)?;
    let asked = serde_json::to_string(&body).unwrap_or_default();
    let write = CatalogWrite {
        ask: CatalogAsk::Commands(vec![CatalogCommand::UpdateItem { kind, id, edit: Box::new(edit) }]),
        approval: Approval::Needed(asked),
        preview: planned.page.filter(|_| call.dry_run),
        plan: planned.hash,
        render: Box::new(move |outcome| render_item(outcome, kind, id, false)),
    };
    app.write(call, Write::Catalog(write)).await
}

/// The edit that a body asks for.
pub(super) fn edit_of(body: &ItemBody) -> Result<ItemEdit, Problem> {
    let mut reader = Reader::default();
    let edit = ItemFields { body, mode: Mode::Say }.edit(&mut reader);
    finished(reader, Some(edit))
}
