//! `GET /internal/companies/{companyId}/entitlements`.

use std::{sync::Arc, time::Instant};

use api::{Success, response::EntitlementsView};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::super::{
    App, Caller, Problem, RequestNote,
    answer::versioned,
    caller::EntitlementsRead,
    document::{
        AtLeastVersionParams, AtParams, CompanyParams, FreshnessParams, NotModified, NotReached, ReadProblems,
        VersionParams,
    },
    etag::{etag, not_modified},
    freshness::{at_least_version, wanted},
    path::CompanyPath,
    query::Query,
};
use super::at;
use crate::{
    service::entitlements_view,
    telemetry::{LookupSource, ReadLine},
};

/// What a company commercially owns right now.
///
/// The answer holds until `validUntil`, a write of the company, or a catalog change that reaches it; its version moves with it. With `at`,
/// what it was at an instant that has passed, rebuilt from history, or will be, as things are scheduled.
#[utoipa::path(get, path = "/internal/companies/{companyId}/entitlements", tag = "Entitlements",
    params(CompanyParams, AtParams, VersionParams, FreshnessParams, AtLeastVersionParams),
    responses(
        (status = 200, description = "The entitlements", body = Success<EntitlementsView>,
            headers(("ETag" = String, description = "The entitlement version, in quotes"))),
        NotModified,
        NotReached,
        ReadProblems,
    ))]
pub async fn get_entitlements(
    State(app): State<Arc<App>>,
    caller: Caller<EntitlementsRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
    headers: HeaderMap,
    axum::Extension(note): axum::Extension<Arc<RequestNote>>,
) -> Result<Response, Problem> {
    let began = Instant::now();
    let query = Query::parse(uri.query(), &["at", "atLeastVersion"])?;
    let log = |status: StatusCode, version: Option<u64>, from_memory: bool| {
        app.read_log.write(&ReadLine {
            at: app.core.clock().now(),
            company,
            caller: caller.identity.name.as_str(),
            status: status.as_u16(),
            version,
            from_memory,
            request_id: note.id(),
        });
    };
    if at::asked(&query)?.is_some() {
        if query.get("atLeastVersion").is_some() {
            let message = "atLeastVersion is about now, at about another instant: ask for one of them";
            return Err(Problem::invalid("atLeastVersion", message));
        }
        let _place = app.place().await?;
        let owned = at::owned(&app, company, &query).await;
        let version = owned.as_ref().ok().map(|(entitlements, ..)| entitlements.version);
        let response = match owned {
            Ok((owned, ..)) => versioned(&headers, owned.version, entitlements_view(&owned)),
            Err(problem) => problem.into_response(),
        };
        log(response.status(), version, false);
        return Ok(response);
    }
    let (wanted, at_least) = (wanted(&headers, &query)?, at_least_version(&query)?.unwrap_or(0));
    let place = app.place().await?;
    let answer = app.core.entitlements(company, wanted).await;
    drop(place);
    let (source, version) = match &answer {
        Ok(Some(answer)) if answer.from_memory => (LookupSource::Memory, Some(answer.version)),
        Ok(Some(answer)) => (LookupSource::Database, Some(answer.version)),
        Ok(None) => (LookupSource::Unknown, None),
        Err(_) => (LookupSource::Failed, None),
    };
    app.core.metrics().lookup(source, began.elapsed());
    let response = match answer {
        Err(error) => {
            tracing::warn!(company_id = %company, error = %error, request_id = note.id(), "entitlements not known");
            Problem::from(error).into_response()
        }
        Ok(None) => Problem::company_not_found().into_response(),
        Ok(Some(answer)) if answer.version < at_least => {
            let problem = Problem::version_not_reached(company, answer.version, at_least);
            ([(header::ETAG, etag(answer.version))], problem).into_response()
        }
        Ok(Some(answer)) if not_modified(&headers, answer.version) => {
            app.core.metrics().not_modified();
            (StatusCode::NOT_MODIFIED, [(header::ETAG, etag(answer.version))]).into_response()
        }
        Ok(Some(answer)) => {
            let json = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, json), (header::ETAG, etag(answer.version))], answer.body).into_response()
        }
    };
    log(response.status(), version, source == LookupSource::Memory);
    Ok(response)
}
