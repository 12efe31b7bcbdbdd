//! HTTP: from a request on a connection to an answer.

mod admission;
mod answer;
mod body;
mod call;
mod caller;
mod catalog;
mod changes;
mod companies;
mod document;
mod door;
mod entitlements;
mod etag;
mod freshness;
mod hot;
mod keep;
mod keys;
mod note;
mod path;
mod probes;
mod problem;
mod query;
mod router;
mod webhooks;

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

pub use admission::Admission;
use axum::response::IntoResponse;
pub use body::Body;
pub use caller::Caller;
pub use document::document;
pub use door::{of_host, turned_away};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Either, Ready, ready},
};
use http::{HeaderValue, Method, Request, Response, Version, header};
use hyper::body::Incoming;
use keep::keep;
pub use note::RequestNote;
use note::X_REQUEST_ID;
pub use problem::Problem;
pub use router::{metrics_router, router};
use tower::ServiceExt;

use crate::{
    caller::{Authenticator, Keys},
    config::Limits,
    feed::Feed,
    listener::ConnectionInfo,
    service::{Call, Core, Write, Written},
    telemetry::{Looked, ReadLog},
    webhooks::Outgoing,
};

/// What every handler works with.
pub struct App {
    /// The service.
    pub core: Arc<Core>,
    /// Recognises callers.
    pub authenticator: Authenticator,
    /// The API keys that the authenticator knows.
    pub keys: Arc<Keys>,
    /// The limits.
    pub limits: Limits,
    /// The change feed.
    pub feed: Arc<Feed>,
    /// Outgoing webhooks.
    pub outgoing: Arc<Outgoing>,
    /// Lets requests in.
    pub admission: Admission,
    /// Writes a line for each entitlement read.
    pub read_log: ReadLog,
    /// Whether the process is about to end: then it is not ready.
    pub draining: AtomicBool,
}

impl App {
    /// Carries out a write, once there is a place for it.
    async fn write(&self, call: Call, write: Write) -> Result<Written, Problem> {
        let _place = self.place().await?;
        Ok(self.core.write(call, write).await?)
    }

    /// A place among the requests that the database is asked for.
    async fn place(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        self.admission.enter().await.ok_or_else(|| {
            self.core.metrics().shed();
            Problem::unavailable("too many requests at once; ask again")
        })
    }

    /// What the metrics say of this moment.
    fn looked(&self, log_lines_dropped: u64) -> Looked {
        Looked {
            cached: self.core.cache_size(),
            log_lines_dropped,
            knowledge_age: self.core.knowledge_age(),
            catalog_generation: self.core.catalog_generation(),
            writes_heard: self.core.seen_writes(),
            feed: self.feed.counts(),
            feed_reached: self.feed.reached(),
        }
    }

    /// From now on the process is not ready.
    pub fn begin_draining(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }
}

/// An answer, or its making.
pub type Answering = Either<Ready<Response<Body>>, BoxFuture<'static, Response<Body>>>;

/// Answers requests.
#[derive(Clone)]
pub struct Handler {
    app: Arc<App>,
    router: axum::Router,
}

impl Handler {
    /// A handler of the whole API.
    pub fn new(app: Arc<App>) -> Self {
        let router = router(Arc::clone(&app));
        Self { app, router }
    }

    /// Answers a request: from memory if that is all it takes, else through the router. What comes from memory is ready when this returns: a future
    /// large enough for every route would be copied for each of them.
    pub fn answer(&self, request: Request<Incoming>, connection: Arc<ConnectionInfo>) -> Answering {
        // Clients of a process that is about to end should come back on a new connection, which another process will take.
        let is_last = self.app.draining.load(Ordering::Relaxed) && request.version() < Version::HTTP_2;
        let turned_away = turned_away(&request, &connection);
        let remembered = if turned_away.is_none() { hot::answer(&self.app, &request, &connection) } else { None };
        let close = move |mut response: Response<Body>| {
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        };
        match remembered {
            Some(response) => Either::Left(ready(close(response))),
            None => Either::Right(self.clone().route(request, connection, turned_away).map(close).boxed()),
        }
    }

    async fn route(
        self,
        request: Request<Incoming>,
        connection: Arc<ConnectionInfo>,
        turned_away: Option<Problem>,
    ) -> Response<Body> {
        let began = Instant::now();
        let note = Arc::new(RequestNote::new(request.headers(), connection));
        let method = request.method().clone();
        let is_read = matches!(method, Method::GET | Method::HEAD);
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Arc::clone(&note));
        let answer = async {
            match turned_away {
                Some(problem) => Ok(problem.into_response()),
                None => self.router.oneshot(request).await,
            }
        };
        let answered = AssertUnwindSafe(answer).catch_unwind().await;
        let mut response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!(request_id = note.id(), route = note.route(), "defect: a handler panicked");
                Problem::new(api::ErrorCode::InternalError, "internal error; the request id leads to its log line")
                    .into_response()
            }
        };
        let status = response.status().as_u16();
        self.app.core.metrics().request(method.as_str(), note.route(), status);
        let caller = note.caller().map(|caller| caller.name.as_str());
        tracing::info!(
            method = method.as_str(),
            route = note.route(),
            status,
            took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            caller,
            request_id = note.id(),
            "request"
        );
        response.headers_mut().insert(X_REQUEST_ID, note.request_id.clone());
        keep(&mut response, is_read);
        response.map(Body::Routed)
    }
}
