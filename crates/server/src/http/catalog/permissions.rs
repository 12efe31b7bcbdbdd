//! `GET` and `POST /internal/catalog/permissions`.

use std::sync::Arc;

use api::{
    Given, Success,
    request::CreatePermission,
    response::{PermissionList, PermissionWritten},
};
use axum::{extract::State, response::Response};
use domain::{Catalog, CatalogCommand, ModuleKey, PermissionEdit, PermissionKey, Uuid};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{DryRunParams, NotModified, PlanParams, ReadProblems, VersionParams, WriteParams, WriteProblems},
    },
    read::read,
    write::{answer, changes, finished, write},
};
use crate::{
    service::{CatalogOutcome, Rendered, Written, foretold, permission_view},
    wire::Reader,
};

/// Every permission of the catalogue, by key.
#[utoipa::path(get, path = "/internal/catalog/permissions", tag = "Catalog", params(VersionParams),
    responses((status = 200, description = "The permissions", body = Success<PermissionList>), NotModified, ReadProblems))]
pub async fn list_permissions(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = |catalog: &Catalog| {
        let permissions = catalog.permissions().map(permission_view).collect();
        Ok(PermissionList { permissions })
    };
    read(&app, &uri, &headers, view).await
}

/// Makes a permission: something that a company may become eligible for. Who may do it is not for this service to know.
#[utoipa::path(post, path = "/internal/catalog/permissions", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CreatePermission,
    responses(
        (status = 201, description = "The permission made", body = Success<PermissionWritten>,
            headers(("Location" = String, description = "Where it stands"))),
        (status = 200, description = "What a dry run would make", body = Success<PermissionWritten>),
        ReadProblems, WriteProblems,
    ))]
pub async fn create_permission(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CreatePermission>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(&caller);
    let mut reader = Reader::default();
    let key = reader.parsed("key", &body.key, PermissionKey::parse);
    let module = body.module_key.as_ref();
    let edit = PermissionEdit {
        module: module.and_then(|module| reader.parsed("moduleKey", module, ModuleKey::parse)),
        description: reader.paragraph("description", &body.description.map_or(Given::Null, Given::Value)),
    };
    let key = finished(reader, key)?;
    let id = Uuid::now_v7();
    let command = CatalogCommand::CreatePermission { id, key, edit };
    write(&app, call, planned, command, move |outcome| render(outcome, id)).await
}

fn render(outcome: &CatalogOutcome, id: Uuid) -> Rendered {
    let permission = outcome.catalog.permission_by_id(id);
    let written = permission.map(|one| PermissionWritten {
        view: permission_view(one),
        changes: changes(outcome),
        foretold: foretold(outcome),
    });
    answer(outcome, written, Some("/internal/catalog/permissions".to_owned()))
}
