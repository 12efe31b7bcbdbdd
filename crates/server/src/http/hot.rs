//! The hot path: entitlements that the process remembers, answered without the router, without waiting, with one copy of the body.
//! Whatever is out of the ordinary is left to the router, which answers it in full.

use std::{sync::Arc, time::Instant};

use api::canonical_uuid;
use bytes::Bytes;
use domain::{CompanyId, Timestamp};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;

use super::{
    App, Body,
    etag::{etag, not_modified},
    freshness::CONSISTENCY,
    keep::REVALIDATED,
    note::{X_REQUEST_ID, request_id},
};
use crate::{
    caller::{Caller, Scope},
    listener::ConnectionInfo,
    service::Answer,
    telemetry::{LookupSource, ReadLine},
};

/// The answer, if everything about the request is ordinary and the process remembers it.
pub fn answer(app: &App, request: &Request<Incoming>, connection: &Arc<ConnectionInfo>) -> Option<Response<Body>> {
    let began = Instant::now();
    let company = company_of(request)?;
    let now = app.core.clock().now();
    let judged = app.authenticator.judge(request.headers(), connection.certificate(), now, |caller| {
        let answer = if caller.may(Scope::EntitlementsRead) { app.core.remembered(company, began, now) } else { None };
        answer.map(|answer| answered(app, request, &Reading { began, now, company, caller }, answer))
    });
    judged.ok().flatten()
}

/// Who reads what, and when.
struct Reading<'a> {
    began: Instant,
    now: Timestamp,
    company: CompanyId,
    caller: &'a Caller,
}

fn answered(app: &App, request: &Request<Incoming>, reading: &Reading<'_>, answer: Answer) -> Response<Body> {
    let request_id = request_id(request.headers());
    let version = answer.version;
    let mut response = response(request, answer);
    if response.status() == StatusCode::NOT_MODIFIED {
        app.core.metrics().not_modified();
    }
    app.read_log.write(&ReadLine {
        at: reading.now,
        company: reading.company,
        caller: reading.caller.name.as_str(),
        status: response.status().as_u16(),
        version: Some(version),
        from_memory: true,
        request_id: request_id.to_str().unwrap_or_default(),
    });
    response.headers_mut().insert(X_REQUEST_ID, request_id);
    app.core.metrics().lookup(LookupSource::Memory, reading.began.elapsed());
    response
}

fn company_of(request: &Request<Incoming>) -> Option<CompanyId> {
    if request.method() != Method::GET || request.uri().query().is_some() || request.headers().contains_key(CONSISTENCY)
    {
        return None;
    }
    let id = request.uri().path().strip_prefix("/internal/companies/")?.strip_suffix("/entitlements")?;
    canonical_uuid(id).and_then(CompanyId::new)
}

fn response(request: &Request<Incoming>, answer: Answer) -> Response<Body> {
    let modified = !not_modified(request.headers(), answer.version);
    let body = if modified { answer.body } else { Bytes::new() };
    let mut response = Response::new(Body::Whole(Full::new(body)));
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(answer.version));
    headers.insert(header::CACHE_CONTROL, REVALIDATED);
    if modified {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    } else {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}
