//! Change requests: `GET /internal/catalog/change-requests`, `POST …/{id}/approve`, `POST …/{id}/reject`.

use std::sync::Arc;

use api::{
    ErrorCode, Success,
    request::ItemBody,
    response::{ChangeRequestList, ChangeRequestView, ItemWritten},
};
use axum::extract::State;
use domain::{CatalogCommand, Uuid};
use http::{StatusCode, Uri};
use store::ChangeRequestStatus;

use super::{
    super::{
        App, Caller, Problem,
        answer::rendered,
        call::BareWriteRequest,
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::IdPath,
        query::Query,
    },
    patch_item::edit_of,
    write::render_item,
};
use crate::service::{Approval, CatalogAsk, CatalogOutcome, CatalogWrite, Write, Written, change_request_view};

/// Catalog changes that wait, or waited, for a second pair of eyes, newest first.
#[utoipa::path(get, path = "/internal/catalog/change-requests", tag = "Catalog",
    params(("status" = Option<String>, Query, description = "Only those of this status", pattern = "^(pending|applied|rejected|stale)$")),
    responses((status = 200, description = "The requests", body = Success<ChangeRequestList>), ReadProblems))]
pub async fn list_change_requests(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
) -> Result<axum::Json<Success<ChangeRequestList>>, Problem> {
    let query = Query::parse(uri.query(), &["status"])?;
    let status = match query.get("status") {
        None => None,
        Some(word) => Some(
            ChangeRequestStatus::parse(word)
                .ok_or_else(|| Problem::invalid("status", "status must be pending, applied, rejected or stale"))?,
        ),
    };
    let _place = app.place().await?;
    let requests = app.core.store().change_requests(status).await?;
    let change_requests = requests.iter().map(change_request_view).collect();
    Ok(axum::Json(Success::of(ChangeRequestList { change_requests })))
}

/// Approves a change and carries it out. Only an approver of the item may, and never the one who asked.
#[utoipa::path(post, path = "/internal/catalog/change-requests/{requestId}/approve", tag = "Catalog",
    params(("requestId" = uuid::Uuid, Path, description = "The request's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The item afterwards", body = Success<ItemWritten>), ReadProblems, WriteProblems))]
pub async fn approve_change_request(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let (call, _place) = (request.by(&caller), app.place().await?);
    let prepare = approval(Arc::clone(&app), id);
    let written = app.core.write_prepared(call.clone(), prepare).await;
    let is_stale = |problem: &Problem| problem.details.iter().any(|detail| detail.field == "stale");
    if !call.dry_run && written.as_ref().is_err_and(is_stale) {
        app.core.mark_stale(id, &call).await?;
    }
    written
}

async fn approval(app: Arc<App>, id: Uuid) -> Result<Write, Problem> {
    let request = app.core.pending_request(id).await?;
    let body: ItemBody = serde_json::from_str(&request.change).map_err(|error| Problem::from_defect(&error))?;
    let (kind, edit) = (request.item.kind, Box::new(edit_of(&body)?));
    let catalog = app.core.current_catalog().await?;
    let item = catalog.item(&request.item).map(|item| item.id);
    let id = item.ok_or_else(|| Problem::new(ErrorCode::NotFound, "the item of the request is gone"))?;
    Ok(Write::Catalog(CatalogWrite {
        ask: CatalogAsk::Commands(vec![CatalogCommand::UpdateItem { kind, id, edit }]),
        approval: Approval::Decides(Box::new(request), ChangeRequestStatus::Applied),
        preview: None,
        plan: None,
        render: Box::new(move |outcome| render_item(outcome, kind, id, false)),
    }))
}

/// Rejects a change: it will not be carried out. An approver of the item may, and so may the one who asked.
#[utoipa::path(post, path = "/internal/catalog/change-requests/{requestId}/reject", tag = "Catalog",
    params(("requestId" = uuid::Uuid, Path, description = "The request's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The request afterwards", body = Success<ChangeRequestView>), ReadProblems, WriteProblems))]
pub async fn reject_change_request(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    IdPath(id): IdPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let (call, _place) = (request.by(&caller), app.place().await?);
    let prepare = rejection(Arc::clone(&app), id);
    app.core.write_prepared(call, prepare).await
}

async fn rejection(app: Arc<App>, id: Uuid) -> Result<Write, Problem> {
    let request = app.core.pending_request(id).await?;
    let was = request.clone();
    let render = move |outcome: &CatalogOutcome| {
        // A dry run shows the request as it would be.
        let is = outcome.decided.as_ref().unwrap_or(&was);
        rendered(StatusCode::OK, change_request_view(is), None, None)
    };
    Ok(Write::Catalog(CatalogWrite {
        ask: CatalogAsk::Commands(Vec::new()),
        approval: Approval::Decides(Box::new(request), ChangeRequestStatus::Rejected),
        preview: None,
        plan: None,
        render: Box::new(render),
    }))
}
