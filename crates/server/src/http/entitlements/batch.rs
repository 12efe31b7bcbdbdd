//! `POST /internal/entitlements/batch`.

use std::sync::Arc;

use api::{
    ErrorBody, Success,
    request::BatchOfCompanies,
    response::{BatchEntry, BatchView, EntitlementsView},
};
use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use domain::CompanyId;

use super::super::{
    App, Caller, Problem,
    body::{WholeBody, from_json, require_json},
    caller::EntitlementsRead,
    document::{ReadProblems, WriteProblems},
    query::Query,
};

/// The most companies of one batch.
const MAX_BATCH: usize = 1_000;

/// The body of a batch.
pub struct BatchRequest(BatchOfCompanies);

impl FromRequest<Arc<App>> for BatchRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        Query::parse(request.uri().query(), &[])?;
        require_json(request.headers())?;
        let WholeBody(bytes) = WholeBody::from_request(request, app).await?;
        from_json(&bytes).map(Self)
    }
}

/// The entitlements of up to 1,000 companies, in the order asked.
#[utoipa::path(post, path = "/internal/entitlements/batch", tag = "Entitlements", request_body = BatchOfCompanies,
    responses((status = 200, description = "One entry for each", body = Success<BatchView>), ReadProblems, WriteProblems))]
pub async fn get_batch(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    BatchRequest(body): BatchRequest,
) -> Result<Json<Success<BatchView>>, Problem> {
    if !(1..=MAX_BATCH).contains(&body.company_ids.len()) {
        return Err(Problem::invalid("companyIds", format!("companyIds must name 1 to {MAX_BATCH} companies")));
    }
    let _place = app.place().await?;
    let mut companies = Vec::with_capacity(body.company_ids.len());
    for (index, id) in body.company_ids.iter().enumerate() {
        let nil = || Problem::invalid(&format!("companyIds[{index}]"), "the nil UUID names no company");
        let company = CompanyId::new(*id).ok_or_else(nil)?;
        companies.push(entry(&app, company).await?);
    }
    Ok(Json(Success::of(BatchView { companies })))
}

async fn entry(app: &App, company: CompanyId) -> Result<BatchEntry, Problem> {
    let company_id = company.uuid();
    let failed = |problem: Problem| {
        let error = ErrorBody { code: problem.code, message: problem.message, details: problem.details };
        BatchEntry { company_id, entitlements: None, error: Some(error) }
    };
    let answer = match app.core.entitlements(company).await {
        Err(error) => return Ok(failed(error.into())),
        Ok(None) => return Ok(failed(Problem::company_not_found())),
        Ok(Some(answer)) => answer,
    };
    let view: Success<EntitlementsView> =
        serde_json::from_slice(&answer.body).map_err(|error| Problem::from_defect(&error))?;
    Ok(BatchEntry { company_id, entitlements: Some(view.data), error: None })
}
