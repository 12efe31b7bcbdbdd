//! `POST /internal/catalog/modules`.

use std::sync::Arc;

use api::{Given, ModuleType, Success, request::CreateModule, response::ModuleWritten};
use axum::extract::State;
use domain::{CatalogCommand, CreateModule as CreateModuleCommand, ModuleEdit, ModuleKey, ModuleKind, Text, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
    },
    write::{finished, render_module, write},
};
use crate::{
    service::Written,
    wire::{Reader, given_line},
};

/// Makes a module.
#[utoipa::path(post, path = "/internal/catalog/modules", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CreateModule,
    responses(
        (status = 201, description = "The module made", body = Success<ModuleWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ModuleWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_module(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CreateModule>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(&caller);
    let mut reader = Reader::default();
    let key = reader.parsed("key", &body.key, ModuleKey::parse);
    let edit = ModuleEdit {
        name: reader.parsed("name", &body.name, |text| given_line(text, Text::NAME_CHARS)),
        description: reader.paragraph("description", &body.description.map_or(Given::Null, Given::Value)),
        is_active: Some(body.is_active),
        namespace: reader.patch("namespace", &body.namespace, ModuleKey::parse),
        namespace_aliases: body.namespace_aliases.map(|keys| reader.set("namespaceAliases", &keys, ModuleKey::parse)),
        aliases: body.aliases.map(|keys| reader.set("aliases", &keys, ModuleKey::parse)),
    };
    let key = finished(reader, key)?;
    let kind = match body.module_type {
        ModuleType::Base => ModuleKind::Base,
        ModuleType::Addon => ModuleKind::Addon,
    };
    let id = Uuid::now_v7();
    let command = CatalogCommand::CreateModule(CreateModuleCommand { id, key, kind, edit });
    write(&app, call, planned, command, move |outcome| render_module(outcome, id, true)).await
}
