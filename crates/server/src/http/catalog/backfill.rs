//! `POST /internal/catalog/backfill`.

use std::sync::Arc;

use api::{Success, response::BackfillView};
use axum::extract::State;
use http::StatusCode;

use super::super::{
    App, Caller, Problem,
    answer::rendered,
    call::BarePlannedRequest,
    caller::CatalogWrite as NeedsCatalogWrite,
    document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
};
use crate::service::{Approval, CatalogAsk, CatalogWrite, Write, Written, backfill, foretold};

/// Carries out the three backfill rules of requirements 003 §4. A second run does nothing; a dry run lists what each rule would do and why.
#[utoipa::path(post, path = "/internal/catalog/backfill", tag = "Catalog", params(DryRunParams, PlanParams, WriteParams),
    responses((status = 200, description = "What was done", body = Success<BackfillView>), ReadProblems, WriteProblems))]
pub async fn backfill_catalog(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: BarePlannedRequest,
) -> Result<Written, Problem> {
    let (call, planned) = request.by(&caller);
    let write = CatalogWrite {
        ask: CatalogAsk::Backfill,
        // What must be approved before it is done may be looked at before that.
        approval: if call.dry_run { Approval::Needed(String::new()) } else { Approval::Impossible },
        preview: planned.page.filter(|_| call.dry_run),
        plan: planned.hash,
        render: Box::new(|outcome| {
            let view = BackfillView {
                steps: backfill(&outcome.before).steps,
                applied: !outcome.dry_run,
                foretold: foretold(outcome),
            };
            rendered(StatusCode::OK, view, Some(outcome.catalog.generation), None)
        }),
    };
    app.write(call, Write::Catalog(write)).await
}
