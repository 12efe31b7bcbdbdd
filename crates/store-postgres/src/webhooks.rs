//! The part of the contract that outgoing webhooks need, method by method.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::Uuid;
use futures_util::FutureExt;
use store::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, FanOut, PrunedDeliveries, Settled, Settlement, StoreError,
    WebhookCursor, WebhookEndpoint, WebhookStore,
};

use crate::{
    limits::PRUNE_DELIVERIES_BATCH, store_impl::PostgresStore, webhook_deliveries, webhook_endpoints, webhook_outcomes,
};

#[async_trait]
impl WebhookStore for PostgresStore {
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StoreError> {
        self.asking().ask(|connection| webhook_endpoints::all(connection).boxed()).await
    }

    async fn webhook_cursor(&self) -> Result<WebhookCursor, StoreError> {
        self.asking().ask(|connection| webhook_deliveries::cursor(connection).boxed()).await
    }

    async fn fan_out(&self, step: &FanOut) -> Result<Committed, StoreError> {
        let step = step.clone();
        self.delivering()
            .write(move |connection| async move { webhook_deliveries::fan_out(connection, &step).await }.boxed())
            .await
    }

    async fn claim_deliveries(&self, wanted: &[(Uuid, u32)], lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let wanted: Arc<[(Uuid, u32)]> = wanted.into();
        // Not one whose outcome must be known: what was claimed and never told of is claimed again when its lease ends.
        self.delivering()
            .ask(move |connection| {
                let wanted = Arc::clone(&wanted);
                async move { webhook_deliveries::claim(connection, &wanted, lease).await }.boxed()
            })
            .await
    }

    async fn settle_delivery(&self, settlement: &Settlement) -> Result<Settled, StoreError> {
        let settlement = settlement.clone();
        self.delivering()
            .write(move |connection| async move { webhook_outcomes::settle(connection, &settlement).await }.boxed())
            .await
    }

    async fn deliveries(
        &self,
        endpoint: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.asking()
            .ask(move |connection| webhook_deliveries::page(connection, endpoint, status, before, limit).boxed())
            .await
    }

    async fn delivery(&self, endpoint: Uuid, id: Uuid) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        self.asking().ask(move |connection| webhook_deliveries::with_attempts(connection, endpoint, id).boxed()).await
    }

    async fn prune_deliveries(&self, kept_secs: u32, most_waiting: u64) -> Result<PrunedDeliveries, StoreError> {
        let (batch, mut removed) = (PRUNE_DELIVERIES_BATCH.unsigned_abs(), 0);
        loop {
            let left_over = self.delivering().write(|connection| webhook_outcomes::prune_left_over(connection).boxed());
            let left_over = left_over.await?;
            let settled = self
                .delivering()
                .write(move |connection| webhook_outcomes::prune_settled(connection, kept_secs).boxed())
                .await?;
            removed += left_over + settled;
            if left_over < batch && settled < batch {
                break;
            }
        }
        let waiting = self.surveying().ask(|connection| webhook_outcomes::waiting(connection).boxed()).await?;
        let pruned = self
            .delivering()
            .write(move |connection| {
                async move { webhook_outcomes::disable_crowded(connection, &waiting, most_waiting).await }.boxed()
            })
            .await?;
        Ok(PrunedDeliveries { removed, ..pruned })
    }
}
