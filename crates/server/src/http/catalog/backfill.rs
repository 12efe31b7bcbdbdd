//! `POST /internal/catalog/backfill`.

use std::sync::Arc;

use api::{Success, response::BackfillView};
use axum::extract::State;
use http::StatusCode;

use super::super::{
    App, Caller, Problem,
    answer::rendered,
    call::BareWriteRequest,
    caller::CatalogWrite as NeedsCatalogWrite,
    document::{DryRunParams, ReadProblems, WriteParams, WriteProblems},
};
use crate::service::{Approval, CatalogAsk, CatalogWrite, Write, Written, backfill};

/// Carries out the three backfill rules of requirements 003 §4. A second run does nothing; a dry run lists what each rule would do and why.
#[utoipa::path(post, path = "/internal/catalog/backfill", tag = "Catalog", params(DryRunParams, WriteParams),
    responses((status = 200, description = "What was done", body = Success<BackfillView>), ReadProblems, WriteProblems))]
pub async fn backfill_catalog(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    let write = CatalogWrite {
        ask: CatalogAsk::Backfill,
        // What must be approved before it is done may be looked at before that.
        approval: if call.dry_run { Approval::Needed(String::new()) } else { Approval::Impossible },
        preview: None,
        plan: None,
        render: Box::new(|outcome| {
            let view = BackfillView { steps: backfill(&outcome.before).steps, applied: !outcome.dry_run };
            rendered(StatusCode::OK, view, Some(outcome.catalog.generation), None)
        }),
    };
    app.write(call, Write::Catalog(write)).await
}
