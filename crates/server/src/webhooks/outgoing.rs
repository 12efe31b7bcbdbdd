//! What the tasks and the handlers of outgoing webhooks share.

use std::{sync::Arc, time::Duration};

use store::{DisabledReason, Settled, StoreError};
use tokio::sync::{Notify, watch};

use super::{
    resolver,
    send::{Sender, UrlError},
};
use crate::{config::OutgoingWebhooksConfig, service::Core, telemetry::WebhookMetrics};

/// The most endpoints: with what each may have under way at once it bounds the whole, so that no endpoint takes a place from another.
pub const MAX_ENDPOINTS: u32 = 100;

/// How often a node without enabled endpoints looks whether another one made some.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// How long beyond the time for an answer a claim holds: for what is read before and stored after it.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// Outgoing webhooks of a process.
pub struct Outgoing {
    pub(super) core: Arc<Core>,
    pub(super) config: OutgoingWebhooksConfig,
    pub(super) sender: Sender,
    /// Something may be due.
    pub(super) due: Notify,
    /// An endpoint may have been made.
    pub(super) made: Notify,
    closed: watch::Sender<bool>,
}

impl Outgoing {
    /// Outgoing webhooks of a service.
    ///
    /// # Errors
    /// A text when the client cannot be made.
    pub fn new(core: Arc<Core>, config: OutgoingWebhooksConfig) -> Result<Arc<Self>, String> {
        let sender = Sender::new(&config, resolver::system()).map_err(|error| error.to_string())?;
        let (due, made, closed) = (Notify::new(), Notify::new(), watch::Sender::new(false));
        Ok(Arc::new(Self { core, config, sender, due, made, closed }))
    }

    /// Nothing more is begun: the process is about to end.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Whether and when nothing more is to be begun.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }

    /// How long a claim holds.
    pub(super) fn lease(&self) -> Duration {
        self.config.timeout + LEASE_MARGIN
    }

    pub(super) fn metrics(&self) -> &WebhookMetrics {
        self.core.metrics().webhooks()
    }

    /// The URL of a text, when events may be sent there.
    pub(super) fn url(&self, text: &str) -> Result<String, UrlError> {
        self.sender.url(text).map(|url| url.to_string())
    }

    /// Says what an outcome meant for an endpoint.
    pub(super) fn tell(&self, endpoint: domain::Uuid, settled: Settled, error: Option<&str>) {
        match settled {
            Settled::Raced => tracing::debug!(endpoint_id = %endpoint, "an outcome came after its claim had ended"),
            Settled::AsBefore => {}
            Settled::BeganFailing => tracing::warn!(endpoint_id = %endpoint, error, "a webhook endpoint began to fail"),
            Settled::Recovered => tracing::info!(endpoint_id = %endpoint, "a webhook endpoint recovered"),
            Settled::Disabled(reason) => self.tell_disabled(endpoint, reason),
        }
    }

    fn tell_disabled(&self, endpoint: domain::Uuid, reason: DisabledReason) {
        tracing::error!(
            endpoint_id = %endpoint,
            reason = reason.as_str(),
            "a webhook endpoint was disabled and is told nothing until it is enabled again"
        );
        self.metrics().disabled(reason.as_str());
    }

    /// Removes what was settled long ago, and disables the endpoints for which too much waits.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn prune(&self) -> Result<(), StoreError> {
        let OutgoingWebhooksConfig { retention_secs, max_waiting, .. } = self.config;
        let pruned = self.core.store().prune_deliveries(retention_secs, max_waiting).await?;
        self.metrics().set_waiting(pruned.waiting);
        for endpoint in pruned.disabled {
            self.tell_disabled(endpoint, DisabledReason::Backlog);
        }
        if pruned.removed > 0 {
            tracing::info!(removed = pruned.removed, "old deliveries of webhooks were removed");
        }
        Ok(())
    }
}

/// Tidies up again and again. Never ends.
pub async fn prune(outgoing: Arc<Outgoing>) {
    let mut every = tokio::time::interval(Duration::from_mins(1));
    loop {
        every.tick().await;
        if let Err(error) = outgoing.prune().await {
            tracing::warn!(%error, "old deliveries of webhooks could not be removed");
        }
    }
}
