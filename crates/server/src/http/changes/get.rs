//! `GET /internal/changes`.

use std::{sync::Arc, time::Duration};

use api::{ErrorCode, Failure, Success, response::FeedView};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::super::{
    App, Problem,
    caller::{Admission, ChangesRead},
    document::ReadProblems,
    etag::single,
    query::Query,
};
use crate::feed::{BATCH_CHANGES, Ended, Follower, events};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The media type of a stream.
const EVENT_STREAM: &str = "text/event-stream";

/// How long a long poll may wait, in milliseconds: less than the 60 seconds for which proxies commonly wait for an answer.
const MAX_WAIT_MS: u64 = 30_000;

/// Every committed change, in the order of commits, none skipped. With `Accept: text/event-stream` as a stream of server-sent events.
#[utoipa::path(get, path = "/internal/changes", tag = "Changes",
    params(
        ("after" = Option<String>, Query, description = "A cursor of the feed, or `now`; the beginning of what is kept when left out", max_length = 64, pattern = "^(now|[0-9a-f.]+)$"),
        ("limit" = Option<u32>, Query, description = "Most changes of the page, 1 to 500; 50 when left out. Not for a stream", minimum = 1, maximum = 500),
        ("waitMs" = Option<u64>, Query, description = "How long to wait when nothing is new, 0 to 30000 milliseconds; 0 when left out. Not for a stream", minimum = 0, maximum = 30_000),
        ("Last-Event-ID" = Option<String>, Header, description = "The cursor after which to go on; it wins over `after`. Consumers of streams send it by themselves", max_length = 64, pattern = "^(now|[0-9a-f.]+)$"),
    ),
    responses(
        (status = 200, description = "A page of the feed, or the stream", content(
            (Success<FeedView> = "application/json"), (String = "text/event-stream"))),
        (status = 410, description = "The cursor belongs to another life of the database, or what follows it is no longer kept: load everything again", body = Failure),
        ReadProblems,
    ))]
pub async fn get_changes(
    State(app): State<Arc<App>>,
    caller: Admission<ChangesRead>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = single(&headers, &LAST_EVENT_ID, "Last-Event-ID")?;
    if wants_stream(&headers) {
        let query = Query::parse(uri.query(), &["after"])?;
        let follower = Follower::start(&app.feed, last.or(query.get("after")), BATCH_CHANGES).await?;
        let no_store = HeaderValue::from_static("no-store");
        let head = [(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM)), (header::CACHE_CONTROL, no_store)];
        // At every part, so at least at every heartbeat: who may not any more is told nothing more.
        let events = events(follower).take_while(move |_| std::future::ready(caller.still_may(&app)));
        return Ok((head, Body::from_stream(events)).into_response());
    }
    let query = Query::parse(uri.query(), &["after", "limit", "waitMs"])?;
    let (limit, wait) = (query.limit()?, wait(&query)?);
    let mut follower = Follower::start(&app.feed, last.or(query.get("after")), limit).await?;
    let page = follower.page(limit, wait).await?;
    Ok(axum::Json(Success::of(page)).into_response())
}

fn wait(query: &Query) -> Result<Duration, Problem> {
    let Some(text) = query.get("waitMs") else { return Ok(Duration::ZERO) };
    // Digits alone: the parser of numbers would take a sign.
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let wait = digits.and_then(|text| text.parse().ok()).filter(|wait| *wait <= MAX_WAIT_MS).map(Duration::from_millis);
    wait.ok_or_else(|| Problem::invalid("waitMs", format!("`waitMs` must be from 0 to {MAX_WAIT_MS}, not `{text}`")))
}

/// Whether the caller takes a stream. It must say so by name: whoever takes anything gets a page.
fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|kind| {
        let mut parts = kind.split(';').map(str::trim);
        let is_stream = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(EVENT_STREAM));
        // A weight of zero says "not this one" (RFC 9110 §12.4.2).
        is_stream && !parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32)))
    })
}

impl From<Ended> for Problem {
    fn from(ended: Ended) -> Self {
        let message = ended.to_string();
        match ended {
            Ended::Expired => Self::new(ErrorCode::CursorExpired, message),
            Ended::NoCursor(_) => Self::invalid("after", message),
            Ended::Full | Ended::Slow | Ended::Closed => Self::unavailable(message),
            Ended::Store(error) => error.into(),
        }
    }
}
