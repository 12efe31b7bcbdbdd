//! Starting and ending the service. The only place that knows concrete stores.

use std::{net::SocketAddr, sync::Arc};

use axum::response::IntoResponse;
use http::{Request, Response};
use hyper::body::Incoming;
use store::{
    Store, StoreError,
    model::{Clock, SystemClock},
};
use tower::ServiceExt;

use crate::{
    caller::{Authenticator, Caller, Keys, Tokens, follow_keys, follow_tokens, note_use},
    config::{Config, DatabaseUrl, EntitlementReads, Listen, LogLevel},
    feed::{Feed, tail, watch_lag},
    http::{Admission, App, Body, Handler, metrics_router, of_host},
    jobs::sweep_on,
    listener::{BindError, ConnectionInfo, Listener, Tls},
    service::{Core, follow, take_up_roll_outs},
    telemetry::{LogSink, Metrics, ReadLog},
    webhooks::{self, Outgoing},
};

/// How often expired replies and old changes are removed.
const PRUNE_EVERY: std::time::Duration = std::time::Duration::from_mins(10);

/// How long a service that was asked to end still takes connections, answering that it is not ready: balancers then stop sending before
/// connections are refused, and nothing that was sent before the signal meets a closed listener. A part of the time for draining.
const NOTICE: std::time::Duration = std::time::Duration::from_secs(1);

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To write companies and the catalog: an embedded store then has no other such writer.
    Sole,
    /// To read, and to write keys, next to a service.
    Shared,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// An address.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// TLS files.
    #[error("{0}")]
    Tls(String),
    /// Tokens.
    #[error("{0}")]
    Tokens(String),
    /// Outgoing webhooks.
    #[error("the client of outgoing webhooks cannot be made: {0}")]
    Webhooks(String),
}

/// Opens a store.
///
/// # Errors
/// [`StoreError`] when it does not answer, has another schema, or is served by another process.
pub async fn open_store(url: &DatabaseUrl, access: Access) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match (url, access) {
        (DatabaseUrl::Sqlite(path), Access::Sole) => Arc::new(store_sqlite::SqliteStore::open(path)?),
        (DatabaseUrl::Sqlite(path), Access::Shared) => Arc::new(store_sqlite::SqliteStore::open_shared(path)?),
        (DatabaseUrl::Postgres(url), Access::Sole | Access::Shared) => {
            Arc::new(store_postgres::PostgresStore::connect(url.reveal()).await?)
        }
    })
}

/// The same for a command, whose writes are waited for longer than those of a server.
///
/// # Errors
/// Those of [`open_store`].
pub async fn open_for_command(url: &DatabaseUrl, access: Access) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match (url, access) {
        (DatabaseUrl::Sqlite(path), Access::Sole) => Arc::new(store_sqlite::SqliteStore::open(path)?.patient()),
        (DatabaseUrl::Sqlite(path), Access::Shared) => {
            Arc::new(store_sqlite::SqliteStore::open_shared(path)?.patient())
        }
        (DatabaseUrl::Postgres(_), _) => open_store(url, access).await?,
    })
}

/// A service that listens, and serves once it is run.
pub struct Service {
    app: Arc<App>,
    api: Option<Listener>,
    metrics: Option<Listener>,
    config: Config,
    sink: LogSink,
    followers: Vec<tokio::task::JoinHandle<()>>,
    deliveries: tokio::task::JoinHandle<()>,
}

impl Service {
    /// Opens the store, loads catalog and keys, and takes the addresses.
    ///
    /// # Errors
    /// [`StartError`] in one line that says what to do.
    pub async fn start(config: Config, sink: LogSink) -> Result<Self, StartError> {
        let store = open_store(&config.database, Access::Sole).await?;
        Self::start_on(store, config, sink).await
    }

    /// The same on a store that is open already.
    ///
    /// # Errors
    /// [`StartError`] in one line that says what to do.
    pub async fn start_on(store: Arc<dyn Store>, config: Config, sink: LogSink) -> Result<Self, StartError> {
        Self::start_with_clock(store, Arc::new(SystemClock), config, sink).await
    }

    /// The same by another clock than the machine's.
    ///
    /// # Errors
    /// [`StartError`] in one line that says what to do.
    pub async fn start_with_clock(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        config: Config,
        sink: LogSink,
    ) -> Result<Self, StartError> {
        let bound = config.feed.staleness_bound;
        let core = Core::start(Arc::clone(&store), clock, Metrics::new(), config.cache.max_bytes, bound).await?;
        let program = Caller::program().map(Arc::new);
        if let Some(program) = &program {
            core.resume_roll_outs(program).await?;
        }
        let keys = Arc::new(Keys::new());
        keys.refresh(&*store).await?;
        let tokens = config.auth.tokens.clone().map(Tokens::new).transpose();
        let tokens = tokens.map_err(|error| StartError::Tokens(error.to_string()))?.map(Arc::new);
        let feed = Feed::new(Arc::clone(&store), config.feed);
        let outgoing = Outgoing::new(Arc::clone(&core), config.outgoing_webhooks).map_err(StartError::Webhooks)?;
        let mut followers = vec![
            tokio::spawn(follow_keys(Arc::clone(&store), Arc::clone(&keys))),
            tokio::spawn(prune(Arc::clone(&store), config.feed.retention_secs)),
            tokio::spawn(tail(Arc::clone(&feed))),
            tokio::spawn(watch_lag(Arc::clone(&feed), Arc::clone(core.clock()), bound)),
            tokio::spawn(webhooks::fan_out(Arc::clone(&outgoing))),
            tokio::spawn(webhooks::prune(Arc::clone(&outgoing))),
        ];
        if !store.is_sole_writer() {
            followers.push(tokio::spawn(follow(Arc::clone(&core), Arc::clone(&keys), config.feed.poll)));
            followers.extend(program.map(|program| tokio::spawn(take_up_roll_outs(Arc::clone(&core), program))));
        }
        if let Some(every) = config.sweep.every {
            followers.push(tokio::spawn(sweep_on(Arc::clone(&core), every)));
        }
        if let Some(tokens) = &tokens {
            followers.push(tokio::spawn(follow_tokens(Arc::clone(tokens))));
        }
        let are_reads_logged = config.log.entitlement_reads == EntitlementReads::Each
            && !matches!(config.log.level, LogLevel::Error | LogLevel::Warn);
        let reads = are_reads_logged.then(|| sink.clone());
        let app = Arc::new(App {
            core,
            authenticator: Authenticator::new(Arc::clone(&keys), tokens, config.auth.certificates.clone()),
            keys: Arc::clone(&keys),
            limits: config.limits,
            feed,
            outgoing: Arc::clone(&outgoing),
            admission: Admission::new(&config.limits),
            read_log: ReadLog::new(reads, config.log.format),
            draining: false.into(),
        });
        let tls = config.server.tls.clone().map(Tls::load).transpose();
        let tls = tls
            .map_err(|errors| StartError::Tls(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        let limits = config.limits.connections;
        let api = match config.server.listen {
            Listen::On(address) => Some(Listener::bind(address, tls.map(Arc::new), limits).await?),
            Listen::Off => None,
        };
        let metrics = match config.metrics.listen {
            Listen::On(address) => Some(Listener::bind(address, None, limits).await?),
            Listen::Off => None,
        };
        let deliveries = tokio::spawn(webhooks::deliver(outgoing));
        Ok(Self { app, api, metrics, config, sink, followers, deliveries })
    }

    /// What every handler works with.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Where the API listens.
    pub fn api_address(&self) -> Option<SocketAddr> {
        self.api.as_ref().map(Listener::address)
    }

    /// Where the metrics are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Listener::address)
    }

    /// Serves until `shutdown`; then readiness turns 503, nothing more is accepted, and requests under way may finish.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let address = |address: Option<SocketAddr>| address.map_or("off".to_owned(), |address| address.to_string());
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            api = address(self.api_address()),
            metrics = address(self.metrics_address()),
            database = %self.config.database,
            tls = self.config.server.tls.is_some(),
            "serving"
        );
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let until_stopped = || {
            let mut stopped = stopped.clone();
            async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            }
        };
        let handler = Handler::new(Arc::clone(&self.app));
        let service =
            move |request: Request<Incoming>, connection: Arc<ConnectionInfo>| handler.answer(request, connection);
        let sink = self.sink.clone();
        let router = metrics_router(Arc::clone(&self.app), move || sink.dropped());
        let metrics_service = move |request: Request<Incoming>, _: Arc<ConnectionInfo>| routed(router.clone(), request);
        let notice = NOTICE.min(self.config.server.drain / 4);
        let drain = self.config.server.drain.saturating_sub(notice);
        let api = self.api.map(|listener| tokio::spawn(listener.serve(service, until_stopped(), drain)));
        let metrics =
            self.metrics.map(|listener| tokio::spawn(listener.serve(metrics_service, until_stopped(), drain)));
        shutdown.await;
        tracing::info!("draining");
        let deadline = tokio::time::Instant::now() + self.config.server.drain;
        self.app.begin_draining();
        self.app.outgoing.close();
        tokio::time::sleep(notice).await;
        let _ = stop.send(true);
        self.app.feed.close();
        for listener in [api, metrics].into_iter().flatten() {
            match listener.await {
                Ok(drained) if drained.dropped > 0 => {
                    tracing::warn!(dropped = drained.dropped, "connections had to be dropped");
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "defect: a listener ended badly"),
            }
        }
        end_deliveries(self.deliveries, deadline).await;
        self.followers.iter().for_each(tokio::task::JoinHandle::abort);
        note_use(&**self.app.core.store(), &self.app.keys).await;
        tracing::info!("stopped");
        self.sink.flush();
    }
}

/// Waits for the attempts under way; what is not told in time is sent again by whoever claims it next.
async fn end_deliveries(deliveries: tokio::task::JoinHandle<()>, deadline: tokio::time::Instant) {
    let abort = deliveries.abort_handle();
    if tokio::time::timeout_at(deadline, deliveries).await.is_err() {
        abort.abort();
        tracing::warn!("webhook deliveries under way were left; they are sent again");
    }
}

async fn routed(router: axum::Router, request: Request<Incoming>) -> Response<Body> {
    if let Some(problem) = of_host(&request) {
        return problem.into_response().map(Body::Routed);
    }
    match router.oneshot(request).await {
        Ok(response) => response.map(Body::Routed),
        Err(never) => match never {},
    }
}

async fn prune(store: Arc<dyn Store>, kept_secs: u32) {
    let mut every = tokio::time::interval(PRUNE_EVERY);
    loop {
        every.tick().await;
        if let Err(error) = store.prune().await {
            tracing::warn!(%error, "expired replies could not be removed");
        }
        match store.prune_feed(kept_secs).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old changes were removed from the feed"),
            Err(error) => tracing::warn!(%error, "old changes could not be removed from the feed"),
        }
    }
}
