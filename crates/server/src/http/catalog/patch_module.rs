//! `PATCH /internal/catalog/modules/{moduleId}`.

use std::sync::Arc;

use api::{Success, request::PatchModule, response::ModuleWritten};
use axum::extract::State;
use domain::CatalogCommand;

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    write::{Fields, render_module},
};
use crate::service::{CatalogWrite, Write, Written};

/// Changes a module. Switching it off takes it from every holder at once; switching it on gives it back.
#[utoipa::path(patch, path = "/internal/catalog/modules/{moduleId}", tag = "Catalog",
    params(("moduleId" = uuid::Uuid, Path, description = "The module's id"), DryRunParams, WriteParams), request_body = PatchModule,
    responses((status = 200, description = "The module afterwards", body = Success<ModuleWritten>), ReadProblems, WriteProblems))]
pub async fn patch_module(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: WriteRequest<PatchModule>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let mut fields = Fields::default();
    let (name, description) = (fields.new_name(body.name), fields.new_description(body.description));
    fields.finish(Some(()))?;
    let command = CatalogCommand::UpdateModule { id, name, description, is_active: body.is_active };
    let write = CatalogWrite { command, render: Box::new(move |outcome| render_module(outcome, id, false)) };
    app.write(call, Write::Catalog(write)).await
}
