//! `POST /internal/catalog/modules`.

use std::sync::Arc;

use api::{ModuleType, Success, request::CreateModule, response::ModuleWritten};
use axum::extract::State;
use domain::{CatalogCommand, ModuleKey, ModuleKind, Uuid};

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::CatalogWrite as NeedsCatalogWrite,
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
    },
    write::{Fields, render_module},
};
use crate::service::{CatalogWrite, Write, Written};

/// Makes a module.
#[utoipa::path(post, path = "/internal/catalog/modules", tag = "Catalog",
    params(DryRunParams, WriteParams), request_body = CreateModule,
    responses(
        (status = 201, description = "The module made", body = Success<ModuleWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<ModuleWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_module(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: WriteRequest<CreateModule>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let mut fields = Fields::default();
    let (key, name) = (fields.key(&body.key, ModuleKey::parse), fields.name(&body.name));
    let description = fields.description(body.description);
    let (key, name) = fields.finish(key.zip(name))?;
    let kind = match body.module_type {
        ModuleType::Base => ModuleKind::Base,
        ModuleType::Addon => ModuleKind::Addon,
    };
    let id = Uuid::now_v7();
    let command = CatalogCommand::CreateModule { id, key, name, kind, description, is_active: body.is_active };
    let write = CatalogWrite { command, render: Box::new(move |outcome| render_module(outcome, id, true)) };
    app.write(call, Write::Catalog(write)).await
}
