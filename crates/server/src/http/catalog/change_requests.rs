//! Change requests: `GET /internal/catalog/change-requests`, `POST …/{id}/approve`, `POST …/{id}/reject`.

use std::sync::Arc;

use api::{
    ErrorCode, Success,
    request::ItemBody,
    response::{ChangeRequestList, ChangeRequestView, ItemWritten},
};
use axum::extract::State;
use domain::{CatalogCommand, Text, Uuid};
use http::{StatusCode, Uri};
use store::{ChangeRequest, ChangeRequestStatus, Committed};

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
use crate::service::{Approval, Call, CatalogAsk, CatalogWrite, Rendered, Write, Written, change_request_view};

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
    let call = request.by(&caller);
    // The reply is kept with the decision, not with the change.
    let asked = Call { idempotency: None, ..call.clone() };
    let work = approve(Arc::clone(&app), id, asked);
    app.core.once(call, work).await
}

async fn approve(app: Arc<App>, id: Uuid, call: Call) -> Result<Rendered, Problem> {
    let request = pending(&app, id).await?;
    may_decide(&app, &request, &call.actor, true).await?;
    let body: ItemBody = serde_json::from_str(&request.change).map_err(|error| Problem::from_defect(&error))?;
    let edit = Box::new(edit_of(&body)?);
    let (kind, actor, dry_run) = (request.item.kind, call.actor.clone(), call.dry_run);
    let catalog = app.core.current_catalog().await?;
    let item = catalog.item(&request.item).map(|item| item.id);
    let item = item.ok_or_else(|| Problem::new(ErrorCode::NotFound, "the item of the request is gone"))?;
    let write = CatalogWrite {
        ask: CatalogAsk::Commands(vec![CatalogCommand::UpdateItem { kind, id: item, edit }]),
        approval: Approval::Given(Box::new(request)),
        preview: None,
        plan: None,
        render: Box::new(move |outcome| render_item(outcome, kind, item, false)),
    };
    let written = app.write(call, Write::Catalog(write)).await;
    let decided = match &written {
        Ok(_) if dry_run => None,
        Ok(_) => Some(ChangeRequestStatus::Applied),
        Err(problem) if problem.details.iter().any(|detail| detail.field == "stale") => {
            Some(ChangeRequestStatus::Stale)
        }
        Err(_) => None,
    };
    if let Some(status) = decided {
        app.core.store().decide_change_request(id, status, &actor).await?;
    }
    let Written { status, headers, body } = written?;
    Ok(Rendered { status, headers, body: body.into() })
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
    let call = request.by(&caller);
    let work = reject(Arc::clone(&app), id, call.clone());
    app.core.once(call, work).await
}

async fn reject(app: Arc<App>, id: Uuid, call: Call) -> Result<Rendered, Problem> {
    let mut request = pending(&app, id).await?;
    may_decide(&app, &request, &call.actor, false).await?;
    if !call.dry_run {
        let decided = app.core.store().decide_change_request(id, ChangeRequestStatus::Rejected, &call.actor).await?;
        if decided == Committed::Raced {
            return Err(Problem::new(ErrorCode::Conflict, "somebody else has decided the request"));
        }
        request = one(&app, id).await?;
    }
    Ok(rendered(StatusCode::OK, change_request_view(&request), None, None))
}

async fn one(app: &App, id: Uuid) -> Result<ChangeRequest, Problem> {
    let requests = app.core.store().change_requests(None).await?;
    let found = requests.into_iter().find(|request| request.id == id);
    found.ok_or_else(|| Problem::new(ErrorCode::NotFound, "change request not found"))
}

async fn pending(app: &App, id: Uuid) -> Result<ChangeRequest, Problem> {
    let request = one(app, id).await?;
    if request.status == ChangeRequestStatus::Pending {
        return Ok(request);
    }
    Err(Problem::new(ErrorCode::Conflict, format!("the request is {} already", request.status.as_str())))
}

/// Whether somebody may decide a request.
async fn may_decide(app: &App, request: &ChangeRequest, actor: &Text, approving: bool) -> Result<(), Problem> {
    if approving && *actor == request.requested_by {
        return Err(Problem::new(
            ErrorCode::Forbidden,
            format!("`{actor}` asked for the change; somebody else must approve it"),
        ));
    }
    if !approving && *actor == request.requested_by {
        return Ok(());
    }
    let catalog = app.core.current_catalog().await?;
    let approvers = catalog.item(&request.item).map(|item| &item.profile.governance.approvers);
    if approvers.is_some_and(|approvers| approvers.contains(actor)) {
        return Ok(());
    }
    let (kind, key) = (request.item.kind.as_str(), &request.item.key);
    Err(Problem::new(
        ErrorCode::Forbidden,
        format!("`{actor}` is no approver of {kind} `{key}`; they are named in its governance"),
    ))
}
