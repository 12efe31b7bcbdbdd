//! What every write is asked with: dry run, precondition, idempotency key, actor.

use std::sync::Arc;

use api::Detail;
use axum::extract::{FromRequest, Request};
use domain::Text;
use http::{HeaderMap, HeaderName, Method, Uri};
use serde::de::DeserializeOwned;
use store::ReplyKey;

use super::{
    App, Caller, Problem, RequestNote,
    body::{WholeBody, from_json, require_json},
    etag::{precondition, single},
    query::Query,
};
use crate::{
    service::{Call, Idempotency, Page},
    wire::given_line,
};

const X_ACTOR_ID: HeaderName = HeaderName::from_static("x-actor-id");
/// The header by which a repeat is known.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The query parameters of a write that can be planned.
pub const PLANNING: [&str; 4] = ["dryRun", "hash", "limit", "cursor"];

/// The longest idempotency key, in characters.
const MAX_IDEMPOTENCY_KEY_CHARS: usize = 255;

/// A write request: its body, parsed, and how it is asked.
pub struct WriteRequest<T> {
    /// The body.
    pub body: T,
    asked: Asked,
}

/// How a previewed write is asked: which of the companies that it touches are to be named, and which plan it must still be.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// Which companies are to be named.
    pub page: Option<Page>,
    /// The hash of the plan.
    pub hash: Option<String>,
}

/// A write request that can be planned first.
pub struct PlannedRequest<T> {
    /// The body.
    pub body: T,
    /// How it is planned.
    pub planned: Planned,
    asked: Asked,
}

/// A write request without a body.
pub struct BareWriteRequest {
    asked: Asked,
}

/// Refuses a precondition where nothing has a version that it could be of.
///
/// # Errors
/// A validation problem that says why.
pub fn without_version(call: &Call, why: &str) -> Result<(), Problem> {
    match call.if_match {
        None => Ok(()),
        Some(_) => Err(Problem::invalid("If-Match", format!("If-Match does not work here: {why}; leave it out"))),
    }
}

/// Refuses what only a write can be asked with, on a request that only reads.
///
/// # Errors
/// A validation problem that names the header.
pub fn only_reads(headers: &HeaderMap, refused: &[HeaderName]) -> Result<(), Problem> {
    match refused.iter().find(|name| headers.contains_key(*name)) {
        None => Ok(()),
        Some(name) => {
            let name = if *name == IDEMPOTENCY_KEY { "Idempotency-Key" } else { "If-Match" };
            let message = format!(
                "{name} does not work here: the request stores nothing, it may be repeated as it is; leave it out"
            );
            Err(Problem::invalid(name, message))
        }
    }
}

/// A write request without a body that can be planned first.
pub struct BarePlannedRequest {
    planned: Planned,
    asked: Asked,
}

struct Asked {
    actor: Option<Text>,
    request_id: String,
    dry_run: bool,
    if_match: Option<crate::service::Precondition>,
    idempotency: Option<(String, [u8; 32])>,
}

impl<T> WriteRequest<T> {
    /// The body, and the call on behalf of a caller.
    pub fn by<S>(self, caller: &Caller<S>) -> (T, Call) {
        (self.body, self.asked.by(caller))
    }
}

impl BareWriteRequest {
    /// The call on behalf of a caller.
    pub fn by<S>(self, caller: &Caller<S>) -> Call {
        self.asked.by(caller)
    }
}

impl BarePlannedRequest {
    /// The call on behalf of a caller, and how it is planned.
    pub fn by<S>(self, caller: &Caller<S>) -> (Call, Planned) {
        (self.asked.by(caller), self.planned)
    }
}

impl<T> PlannedRequest<T> {
    /// The body, the call on behalf of a caller, and how it is planned.
    pub fn by<S>(self, caller: &Caller<S>) -> (T, Call, Planned) {
        (self.body, self.asked.by(caller), self.planned)
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for PlannedRequest<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let head = Head::of(&request);
        let query = Query::parse(head.uri.query(), &PLANNING)?;
        let planned = planned(&head, &query)?;
        require_json(&head.headers)?;
        let WholeBody(bytes) = WholeBody::from_request(request, app).await?;
        let body = from_json(&bytes)?;
        Ok(Self { body, planned, asked: head.asked(&query, &bytes)? })
    }
}

/// Where every request is a dry run.
const PLAN: &str = "/internal/catalog/plan";

fn planned(head: &Head, query: &Query) -> Result<Planned, Problem> {
    if !query.flag("dryRun")? && head.uri.path() != PLAN {
        let idle = ["limit", "cursor"].into_iter().filter(|name| query.get(name).is_some());
        let idle = idle.map(|name| {
            Detail::new(
                name,
                format!("`{name}` pages through what a dry run tells: ask with dryRun=true, or leave it out"),
            )
        });
        let idle: Vec<_> = idle.collect();
        if !idle.is_empty() {
            return Err(Problem::invalid_fields(idle));
        }
    }
    let after = match query.get("cursor") {
        None => None,
        Some(text) => {
            let company = api::canonical_uuid(text).and_then(domain::CompanyId::new);
            Some(
                company
                    .ok_or_else(|| Problem::invalid("cursor", "cursor must be a nextCursor of an earlier answer"))?,
            )
        }
    };
    let page = Page { after, limit: query.limit()? };
    Ok(Planned { page: Some(page), hash: query.get("hash").map(ToOwned::to_owned) })
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for WriteRequest<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let head = Head::of(&request);
        let query = Query::parse(head.uri.query(), &["dryRun"])?;
        require_json(&head.headers)?;
        let WholeBody(bytes) = WholeBody::from_request(request, app).await?;
        let body = from_json(&bytes)?;
        Ok(Self { body, asked: head.asked(&query, &bytes)? })
    }
}

impl FromRequest<Arc<App>> for BareWriteRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let head = Head::of(&request);
        let query = Query::parse(head.uri.query(), &["dryRun"])?;
        no_body(request, app).await?;
        Ok(Self { asked: head.asked(&query, &[])? })
    }
}

impl FromRequest<Arc<App>> for BarePlannedRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let head = Head::of(&request);
        let query = Query::parse(head.uri.query(), &["dryRun", "hash", "limit", "cursor"])?;
        let planned = planned(&head, &query)?;
        no_body(request, app).await?;
        Ok(Self { planned, asked: head.asked(&query, &[])? })
    }
}

async fn no_body(request: Request, app: &Arc<App>) -> Result<(), Problem> {
    let WholeBody(bytes) = WholeBody::from_request(request, app).await?;
    if bytes.is_empty() { Ok(()) } else { Err(Problem::invalid("body", "this request takes no body")) }
}

/// A request's head, kept while its body is read.
struct Head {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request_id: String,
}

impl Head {
    fn of(request: &Request) -> Self {
        let note = request.extensions().get::<Arc<RequestNote>>();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            request_id: note.map_or_else(String::new, |note| note.id().to_owned()),
        }
    }

    fn asked(self, query: &Query, body: &[u8]) -> Result<Asked, Problem> {
        let actor = match single(&self.headers, &X_ACTOR_ID, "X-Actor-Id")? {
            None => None,
            Some(text) => Some(
                given_line(text.trim(), Text::ACTOR_CHARS)
                    .map_err(|error| Problem::invalid("X-Actor-Id", format!("header X-Actor-Id {error}")))?,
            ),
        };
        let idempotency = match single(&self.headers, &IDEMPOTENCY_KEY, "Idempotency-Key")? {
            None => None,
            Some(key) if (1..=MAX_IDEMPOTENCY_KEY_CHARS).contains(&key.len()) => {
                Some((key.to_owned(), self.request_hash(body)))
            }
            Some(_) => {
                let message = format!("Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY_CHARS} characters");
                return Err(Problem::invalid("Idempotency-Key", message));
            }
        };
        let (dry_run, if_match) = (query.flag("dryRun")?, precondition(&self.headers)?);
        Ok(Asked { actor, request_id: self.request_id, dry_run, if_match, idempotency })
    }

    /// SHA-256 over method, path, query and body, each with its length.
    fn request_hash(&self, body: &[u8]) -> [u8; 32] {
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let target = self.uri.path_and_query().map_or("", |target| target.as_str());
        for part in [self.method.as_str().as_bytes(), target.as_bytes(), body] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        context.finish().as_ref().try_into().unwrap_or([0; 32])
    }
}

impl Asked {
    fn by<S>(self, caller: &Caller<S>) -> Call {
        let identity = Arc::clone(&caller.identity);
        let caller_name = identity.name.to_string();
        Call {
            actor: self.actor.unwrap_or_else(|| identity.name.clone()),
            caller: identity,
            request_id: self.request_id,
            dry_run: self.dry_run,
            if_match: self.if_match,
            idempotency: self
                .idempotency
                .map(|(key, request_hash)| Idempotency { key: ReplyKey { caller: caller_name, key }, request_hash }),
        }
    }
}
