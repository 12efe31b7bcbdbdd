//! `POST /internal/entitlements/batch`.

use std::{sync::Arc, time::Instant};

use api::{
    ErrorBody, ErrorCode, Success,
    request::BatchOfCompanies,
    response::{BatchEntry, BatchView, EntitlementsView},
};
use axum::{
    Extension, Json,
    extract::{FromRequest, Request, State},
};
use domain::{CompanyId, Entitlements};
use http::header;

use super::super::{
    App, Caller, Problem, RequestNote,
    body::{WholeBody, from_json, require_json},
    call::{IDEMPOTENCY_KEY, only_reads},
    caller::EntitlementsRead,
    document::{FreshnessParams, ReadProblems, WriteProblems},
    freshness::consistency,
    query::Query,
};
use crate::{
    service::{Freshness, entitlements_view},
    telemetry::{LookupSource, ReadLine},
};

/// The most companies of one batch.
const MAX_BATCH: usize = 1_000;
/// The most answers to come of one company: a year of monthly renewals and some more.
const MAX_UPCOMING: u32 = 16;

/// The body of a batch.
pub struct BatchRequest(BatchOfCompanies, Freshness);

impl FromRequest<Arc<App>> for BatchRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        Query::parse(request.uri().query(), &[])?;
        only_reads(request.headers(), &[IDEMPOTENCY_KEY, header::IF_MATCH])?;
        let wanted = consistency(request.headers())?;
        require_json(request.headers())?;
        let WholeBody(bytes) = WholeBody::from_request(request, app).await?;
        Ok(Self(from_json(&bytes)?, wanted))
    }
}

/// The entitlements of up to 1,000 companies, in the order asked.
///
/// With `upcoming` each company carries the answers to come as well, one for each of its next boundaries: whoever holds them knows what
/// changes by itself without asking again.
#[utoipa::path(post, path = "/internal/entitlements/batch", tag = "Entitlements", request_body = BatchOfCompanies,
    params(FreshnessParams),
    responses((status = 200, description = "One entry for each", body = Success<BatchView>), ReadProblems, WriteProblems))]
pub async fn get_batch(
    State(app): State<Arc<App>>,
    caller: Caller<EntitlementsRead>,
    Extension(note): Extension<Arc<RequestNote>>,
    BatchRequest(body, wanted): BatchRequest,
) -> Result<Json<Success<BatchView>>, Problem> {
    if !(1..=MAX_BATCH).contains(&body.company_ids.len()) {
        return Err(Problem::invalid("companyIds", format!("companyIds must name 1 to {MAX_BATCH} companies")));
    }
    if body.upcoming > MAX_UPCOMING {
        return Err(Problem::invalid("upcoming", format!("upcoming must be 0 to {MAX_UPCOMING}")));
    }
    let _place = app.place().await?;
    let mut companies = Vec::with_capacity(body.company_ids.len());
    for (index, id) in body.company_ids.iter().enumerate() {
        let nil = || Problem::invalid(&format!("companyIds[{index}]"), "the nil UUID names no company");
        let company = CompanyId::new(*id).ok_or_else(nil)?;
        let began = Instant::now();
        let (entry, source) = entry(&app, company, body.upcoming, wanted).await?;
        app.core.metrics().lookup(source, began.elapsed());
        // Each company is a read of its own (requirements 004 §24.1).
        app.read_log.write(&ReadLine {
            at: app.core.clock().now(),
            company,
            caller: caller.identity.name.as_str(),
            status: entry.error.as_ref().map_or(200, |error| error.code.status()),
            version: entry.entitlements.as_ref().map(|found| found.entitlement_version),
            from_memory: source == LookupSource::Memory,
            request_id: note.id(),
        });
        companies.push(entry);
    }
    Ok(Json(Success::of(BatchView { companies })))
}

/// One company's entry, and where it came from.
async fn entry(
    app: &App,
    company: CompanyId,
    upcoming: u32,
    wanted: Freshness,
) -> Result<(BatchEntry, LookupSource), Problem> {
    let company_id = company.uuid();
    let found = if upcoming == 0 { present(app, company, wanted).await? } else { ahead(app, company, upcoming).await };
    Ok(match found {
        Ok((entitlements, upcoming, source)) => {
            (BatchEntry { company_id, entitlements: Some(entitlements), upcoming, error: None }, source)
        }
        Err(problem) => {
            let is_unknown = problem.code == ErrorCode::NotFound;
            let error = ErrorBody { code: problem.code, message: problem.message, details: problem.details };
            let source = if is_unknown { LookupSource::Unknown } else { LookupSource::Failed };
            (BatchEntry { company_id, entitlements: None, upcoming: None, error: Some(error) }, source)
        }
    })
}

/// What one company owns and will own and where that came from, or why it is not told.
type Found = Result<(EntitlementsView, Option<Vec<EntitlementsView>>, LookupSource), Problem>;

async fn present(app: &App, company: CompanyId, wanted: Freshness) -> Result<Found, Problem> {
    let answer = match app.core.entitlements(company, wanted).await {
        Err(error) => return Ok(Err(error.into())),
        Ok(None) => return Ok(Err(Problem::company_not_found())),
        Ok(Some(answer)) => answer,
    };
    let view: Success<EntitlementsView> =
        serde_json::from_slice(&answer.body).map_err(|error| Problem::from_defect(&error))?;
    let source = if answer.from_memory { LookupSource::Memory } else { LookupSource::Database };
    Ok(Ok((view.data, None, source)))
}

/// Whoever looks ahead keeps what is answered: the database is always asked.
async fn ahead(app: &App, company: CompanyId, upcoming: u32) -> Found {
    let (now, later) = app.core.ahead(company, upcoming).await?.ok_or_else(Problem::company_not_found)?;
    let view = |entitlements: &Entitlements| entitlements_view(entitlements);
    Ok((view(&now), Some(later.iter().map(view).collect()), LookupSource::Database))
}
