//! The catalog as code: `GET /internal/catalog/export`, `POST /internal/catalog/plan`, `POST /internal/catalog/apply`.

use std::sync::Arc;

use api::{
    Success,
    document::CatalogDocument,
    response::{AppliedView, PlanView},
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};

use super::{
    super::{
        App, Caller, Problem,
        answer::{versioned, warned},
        call::{IDEMPOTENCY_KEY, PLANNING, PlannedRequest, only_reads},
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{
            DryRunParams, MatchParams, NotModified, PlanParams, ReadProblems, VersionParams, WriteParams, WriteProblems,
        },
        query::Query,
    },
    write::warnings,
};
use crate::{
    service::{
        Approval, CatalogAsk, CatalogOutcome, CatalogWrite, Rendered, Write, Written, foretold, planned_changes,
    },
    wire,
};

/// The whole catalog as a document. Applied to the same catalog it changes nothing.
#[utoipa::path(get, path = "/internal/catalog/export", tag = "Catalog", params(VersionParams),
    responses((status = 200, description = "The document", body = Success<CatalogDocument>), NotModified, ReadProblems))]
pub async fn export_catalog(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let catalog = app.core.current_catalog().await?;
    Ok(versioned(&headers, catalog.generation, wire::exported(&catalog)))
}

/// What applying a document would do, entry by entry and company by company. Nothing is stored.
#[utoipa::path(post, path = "/internal/catalog/plan", tag = "Catalog",
    params(DryRunParams, PlanParams, MatchParams), request_body = CatalogDocument,
    responses((status = 200, description = "The plan", body = Success<PlanView>), ReadProblems, WriteProblems))]
pub async fn plan_catalog(
    State(app): State<Arc<App>>,
    caller: Caller<CatalogRead>,
    headers: HeaderMap,
    uri: Uri,
    request: PlannedRequest<CatalogDocument>,
) -> Result<Written, Problem> {
    only_reads(&headers, &[IDEMPOTENCY_KEY])?;
    if Query::parse(uri.query(), &PLANNING)?.get("dryRun") == Some("false") {
        return Err(Problem::invalid(
            "dryRun",
            "a plan is a dry run always; POST /internal/catalog/apply carries it out",
        ));
    }
    let (document, mut call, planned) = request.by(&caller);
    call.dry_run = true;
    let write = CatalogWrite {
        ask: CatalogAsk::Document(Arc::new(document)),
        approval: Approval::Needed(String::new()),
        preview: planned.page,
        plan: planned.hash,
        render: Box::new(render_plan),
    };
    app.write(call, Write::Catalog(write)).await
}

/// Makes the catalog say what a document does: all of it or nothing. What the document does not name is not touched, and a document that
/// the catalog says already changes nothing.
#[utoipa::path(post, path = "/internal/catalog/apply", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = CatalogDocument,
    responses((status = 200, description = "What was done", body = Success<AppliedView>), ReadProblems, WriteProblems))]
pub async fn apply_catalog(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<CatalogDocument>,
) -> Result<Written, Problem> {
    let (document, call, planned) = request.by(&caller);
    let write = CatalogWrite {
        ask: CatalogAsk::Document(Arc::new(document)),
        approval: Approval::Impossible,
        preview: planned.page.filter(|_| call.dry_run),
        plan: planned.hash,
        render: Box::new(render_applied),
    };
    app.write(call, Write::Catalog(write)).await
}

fn render_plan(outcome: &CatalogOutcome) -> Rendered {
    let plan = outcome.weighed.as_ref().map(|weighed| PlanView {
        changes: planned_changes(outcome),
        impact: weighed.view(),
        hash: weighed.hash.clone(),
    });
    warned(StatusCode::OK, plan, warnings(outcome), Some(outcome.before.generation), None)
}

fn render_applied(outcome: &CatalogOutcome) -> Rendered {
    let changes = planned_changes(outcome);
    let view = AppliedView { changes, generation: outcome.catalog.generation, foretold: foretold(outcome) };
    warned(StatusCode::OK, view, warnings(outcome), Some(outcome.catalog.generation), None)
}
