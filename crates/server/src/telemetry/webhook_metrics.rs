//! Metrics of outgoing webhooks.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// The metrics of outgoing webhooks. No endpoint is named in them: an address may hold a secret.
pub struct WebhookMetrics {
    events: Counter,
    attempts: Family<OutcomeLabel, Counter>,
    attempt_seconds: Histogram,
    disabled: Family<ReasonLabel, Counter>,
    waiting: Gauge,
}

impl WebhookMetrics {
    /// Fresh metrics, all zero, in a registry.
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let metrics = Self {
            events: Counter::default(),
            attempts: Family::default(),
            attempt_seconds: Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]),
            disabled: Family::default(),
            waiting: Gauge::default(),
        };
        registry.register("webhook_events", "Events turned into deliveries by this node", metrics.events.clone());
        registry.register("webhook_attempts", "Attempts at deliveries by outcome", metrics.attempts.clone());
        registry.register("webhook_attempt_seconds", "Time of an attempt", metrics.attempt_seconds.clone());
        registry.register(
            "webhook_endpoints_disabled",
            "Endpoints disabled by the service, by reason",
            metrics.disabled.clone(),
        );
        registry.register(
            "webhook_deliveries_waiting",
            "Deliveries that wait for an attempt, of all nodes, when last counted",
            metrics.waiting.clone(),
        );
        metrics
    }

    /// Counts events that were turned into deliveries.
    pub fn fanned_out(&self, events: u64) {
        self.events.inc_by(events);
    }

    /// Counts an attempt.
    pub fn attempted(&self, outcome: &'static str, took: Duration) {
        self.attempts.get_or_create(&OutcomeLabel { outcome }).inc();
        self.attempt_seconds.observe(took.as_secs_f64());
    }

    /// Counts an endpoint that was disabled.
    pub fn disabled(&self, reason: &'static str) {
        self.disabled.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Notes how many deliveries wait.
    pub fn set_waiting(&self, waiting: u64) {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }
}
