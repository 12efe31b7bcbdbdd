//! `PATCH /internal/catalog/modules/{moduleId}`.

use std::sync::Arc;

use api::{Success, request::PatchModule, response::ModuleWritten};
use axum::extract::State;
use domain::{CatalogCommand, ModuleEdit, ModuleKey, Text};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
    },
    write::{finished, render_module, write},
};
use crate::{
    service::Written,
    wire::{Reader, given_line},
};

/// Changes a module. Switching it off takes it from every holder at once; switching it on gives it back.
#[utoipa::path(patch, path = "/internal/catalog/modules/{moduleId}", tag = "Catalog",
    params(("moduleId" = uuid::Uuid, Path, description = "The module's id"), DryRunParams, PlanParams, WriteParams), request_body = PatchModule,
    responses((status = 200, description = "The module afterwards", body = Success<ModuleWritten>), ReadProblems, WriteProblems))]
pub async fn patch_module(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: PlannedRequest<PatchModule>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(&caller);
    let mut reader = Reader::default();
    let edit = ModuleEdit {
        name: body.name.and_then(|name| reader.parsed("name", &name, |text| given_line(text, Text::NAME_CHARS))),
        description: reader.paragraph("description", &body.description),
        is_active: body.is_active,
        namespace: reader.patch("namespace", &body.namespace, ModuleKey::parse),
        namespace_aliases: body.namespace_aliases.map(|keys| reader.set("namespaceAliases", &keys, ModuleKey::parse)),
        aliases: body.aliases.map(|keys| reader.set("aliases", &keys, ModuleKey::parse)),
    };
    finished(reader, Some(()))?;
    let command = CatalogCommand::UpdateModule { id, edit };
    write(&app, call, planned, command, move |outcome| render_module(outcome, id, false)).await
}
