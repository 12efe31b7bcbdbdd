//! `GET` and `PATCH /internal/catalog/policy`.

use std::sync::Arc;

use api::{Success, request::PatchPolicy, response::PolicyView};
use axum::{extract::State, response::Response};
use domain::{CatalogCommand, Strictness};
use http::{HeaderMap, Uri};

use super::{
    super::{
        App, Caller, Problem,
        call::PlannedRequest,
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{DryRunParams, NotModified, PlanParams, ReadProblems, VersionParams, WriteParams, WriteProblems},
    },
    read::read,
    write::{answer, changes, write},
};
use crate::{
    service::{Written, foretold, policy_view},
    wire::to_word,
};

/// How strictly the catalog keeps its own discipline.
#[utoipa::path(get, path = "/internal/catalog/policy", tag = "Catalog", params(VersionParams),
    responses((status = 200, description = "The policy", body = Success<PolicyView>), NotModified, ReadProblems))]
pub async fn get_policy(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read(&app, &uri, &headers, |catalog| Ok(policy_view(catalog.policy, None))).await
}

/// Changes the policy. A stricter one is refused while the catalog breaks it, with everything that does.
#[utoipa::path(patch, path = "/internal/catalog/policy", tag = "Catalog",
    params(DryRunParams, PlanParams, WriteParams), request_body = PatchPolicy,
    responses((status = 200, description = "The policy afterwards", body = Success<PolicyView>), ReadProblems, WriteProblems))]
pub async fn patch_policy(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    request: PlannedRequest<PatchPolicy>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(&caller);
    let mut policy = app.core.current_catalog().await?.policy;
    let strictness = |word: api::StrictnessWord| Strictness::parse(&to_word(&word));
    policy.completeness = body.completeness.and_then(strictness).unwrap_or(policy.completeness);
    policy.pricing_duplicates = body.pricing_duplicates.and_then(strictness).unwrap_or(policy.pricing_duplicates);
    let render = |outcome: &crate::service::CatalogOutcome| {
        let view = policy_view(outcome.catalog.policy, changes(outcome));
        answer(outcome, Some(PolicyView { foretold: foretold(outcome), ..view }), None)
    };
    write(&app, call, planned, CatalogCommand::SetPolicy(policy), render).await
}
