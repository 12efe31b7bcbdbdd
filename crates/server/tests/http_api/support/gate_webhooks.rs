//! Outgoing webhooks behind the gate: not counted and never held, because they go on in the background. Gone, they fail too.

use std::time::Duration;

use async_trait::async_trait;
use domain::Uuid;
use store::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, FanOut, PrunedDeliveries, Settled, Settlement, StoreError,
    WebhookCursor, WebhookEndpoint, WebhookStore,
};

use super::Gate;

#[async_trait]
impl WebhookStore for Gate {
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StoreError> {
        self.present()?;
        self.inner.webhook_endpoints().await
    }

    async fn webhook_cursor(&self) -> Result<WebhookCursor, StoreError> {
        self.present()?;
        self.inner.webhook_cursor().await
    }

    async fn fan_out(&self, step: &FanOut) -> Result<Committed, StoreError> {
        self.present()?;
        self.inner.fan_out(step).await
    }

    async fn claim_deliveries(&self, wanted: &[(Uuid, u32)], lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        self.present()?;
        self.inner.claim_deliveries(wanted, lease).await
    }

    async fn settle_delivery(&self, settlement: &Settlement) -> Result<Settled, StoreError> {
        self.present()?;
        self.inner.settle_delivery(settlement).await
    }

    async fn deliveries(
        &self,
        endpoint: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.present()?;
        self.inner.deliveries(endpoint, status, before, limit).await
    }

    async fn delivery(&self, endpoint: Uuid, id: Uuid) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        self.present()?;
        self.inner.delivery(endpoint, id).await
    }

    async fn prune_deliveries(&self, kept_secs: u32, most_waiting: u64) -> Result<PrunedDeliveries, StoreError> {
        self.present()?;
        self.inner.prune_deliveries(kept_secs, most_waiting).await
    }
}
