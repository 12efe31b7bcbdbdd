//! Metrics (requirements 004 §24.2), in the OpenMetrics text form.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{LookupSource, WebhookMetrics, lookups::Lookups};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

/// The method as a label: callers make up as many as they like, and each would be kept for ever.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// The metrics of one service.
pub struct Metrics {
    registry: Registry,
    lookups: Lookups,
    not_modified: Counter,
    requests: Family<RequestLabels, Counter>,
    company_writes: Family<OutcomeLabel, Counter>,
    catalog_writes: Family<OutcomeLabel, Counter>,
    history_failures: Counter,
    refusals: Family<ReasonLabel, Counter>,
    shed: Counter,
    cached_companies: Gauge,
    cached_bytes: Gauge,
    log_lines_dropped: Gauge,
    knowledge_age_seconds: Gauge<f64, AtomicU64>,
    catalog_generation: Gauge,
    writes_heard: Gauge,
    feed_followers: Gauge,
    feed_followers_dropped: Gauge,
    feed_changes_sent: Gauge,
    feed_position: Gauge,
    feed_lag_seconds: Gauge<f64, AtomicU64>,
    webhooks: WebhookMetrics,
}

/// What is looked up when the metrics are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looked {
    /// How many companies are cached, and their bytes.
    pub cached: (usize, usize),
    /// Log lines dropped since the start.
    pub log_lines_dropped: u64,
    /// How old the knowledge of the database is; `None` when there is none.
    pub knowledge_age: Option<Duration>,
    /// The generation of the catalog that is worked with.
    pub catalog_generation: u64,
    /// Writes that were heard of since the start.
    pub writes_heard: u64,
    /// Who follows the feed, how many were dropped since the start, and how many changes were handed to them.
    pub feed: (usize, u64, u64),
    /// Where the feed stands, and by how much it is behind what was committed; `None` when that is not known.
    pub feed_reached: (u64, Option<Duration>),
}

impl Metrics {
    /// Fresh metrics, all zero.
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("platform_core");
        let metrics = Self {
            lookups: Lookups::default(),
            not_modified: Counter::default(),
            requests: Family::default(),
            company_writes: Family::default(),
            catalog_writes: Family::default(),
            history_failures: Counter::default(),
            refusals: Family::default(),
            shed: Counter::default(),
            cached_companies: Gauge::default(),
            cached_bytes: Gauge::default(),
            log_lines_dropped: Gauge::default(),
            knowledge_age_seconds: Gauge::default(),
            catalog_generation: Gauge::default(),
            writes_heard: Gauge::default(),
            feed_followers: Gauge::default(),
            feed_followers_dropped: Gauge::default(),
            feed_changes_sent: Gauge::default(),
            feed_position: Gauge::default(),
            feed_lag_seconds: Gauge::default(),
            webhooks: WebhookMetrics::registered(&mut registry),
            registry: Registry::default(),
        };
        metrics.lookups.register(&mut registry);
        registry.register("entitlement_not_modified", "Lookups answered 304", metrics.not_modified.clone());
        registry.register("http_requests", "Requests by method, route and status", metrics.requests.clone());
        registry.register("company_mutations", "Company writes by outcome", metrics.company_writes.clone());
        registry.register("catalog_mutations", "Catalog writes by outcome", metrics.catalog_writes.clone());
        registry.register(
            "history_insert_failures",
            "Writes that failed in the store: history stands in the same transaction",
            metrics.history_failures.clone(),
        );
        registry.register("refused_credentials", "Requests refused by reason", metrics.refusals.clone());
        registry.register("requests_shed", "Requests answered 503 for overload", metrics.shed.clone());
        metrics.register_what_is_looked_up(&mut registry);
        Arc::new(Self { registry, ..metrics })
    }

    /// Counts an entitlement lookup.
    pub fn lookup(&self, source: LookupSource, took: Duration) {
        self.lookups.count(source, took);
    }

    /// Counts a lookup answered 304.
    pub fn not_modified(&self) {
        self.not_modified.inc();
    }

    /// Counts a request other than an entitlement lookup from memory, which [`Metrics::lookup`] counts.
    pub fn request(&self, method: &str, route: &str, status: u16) {
        let labels = RequestLabels { method: known_method(method), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a company write.
    pub fn company_written(&self, outcome: &'static str) {
        self.company_writes.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Counts a catalog write.
    pub fn catalog_written(&self, outcome: &'static str) {
        self.catalog_writes.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Counts a write whose transaction, history included, failed.
    pub fn history_insert_failed(&self) {
        self.history_failures.inc();
    }

    /// Counts a refused request.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts a request turned away for overload.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// The metrics of outgoing webhooks.
    pub fn webhooks(&self) -> &WebhookMetrics {
        &self.webhooks
    }

    /// The text of all metrics.
    pub fn render(&self, looked: &Looked) -> String {
        let gauge = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.cached_companies.set(gauge(looked.cached.0));
        self.cached_bytes.set(gauge(looked.cached.1));
        self.log_lines_dropped.set(count(looked.log_lines_dropped));
        self.knowledge_age_seconds.set(looked.knowledge_age.map_or(f64::INFINITY, |age| age.as_secs_f64()));
        self.catalog_generation.set(count(looked.catalog_generation));
        self.writes_heard.set(count(looked.writes_heard));
        self.feed_followers.set(gauge(looked.feed.0));
        self.feed_followers_dropped.set(count(looked.feed.1));
        self.feed_changes_sent.set(count(looked.feed.2));
        let (position, lag) = looked.feed_reached;
        self.feed_position.set(count(position));
        self.feed_lag_seconds.set(lag.map_or(f64::INFINITY, |lag| lag.as_secs_f64()));
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            let _ = write!(text, "# defect: {error}\n# EOF\n");
        }
        text
    }

    fn register_what_is_looked_up(&self, registry: &mut Registry) {
        registry.register("cached_companies", "Companies in memory", self.cached_companies.clone());
        registry.register("cached_bytes", "Bytes of companies in memory", self.cached_bytes.clone());
        registry.register("log_lines_dropped", "Log lines dropped since the start", self.log_lines_dropped.clone());
        registry.register(
            "knowledge_age_seconds",
            "How old this node's knowledge of what all nodes have written is; 0 where only this node writes",
            self.knowledge_age_seconds.clone(),
        );
        registry.register("catalog_generation", "The catalog generation worked with", self.catalog_generation.clone());
        registry.register("writes_heard", "Company writes of all nodes heard of", self.writes_heard.clone());
        registry.register("feed_followers", "Streams and waiting polls of the feed", self.feed_followers.clone());
        registry.register(
            "feed_followers_dropped",
            "Followers of the feed dropped for being too slow",
            self.feed_followers_dropped.clone(),
        );
        registry.register("feed_changes_sent", "Changes handed to followers", self.feed_changes_sent.clone());
        registry.register(
            "feed_position",
            "Where the feed stands: the transaction of its last change on PostgreSQL, the number of the change on SQLite",
            self.feed_position.clone(),
        );
        registry.register(
            "feed_lag_seconds",
            "How far what the feed tells is behind what was committed",
            self.feed_lag_seconds.clone(),
        );
    }
}
