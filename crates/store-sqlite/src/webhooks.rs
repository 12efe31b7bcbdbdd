//! The part of the contract that outgoing webhooks need, each method in a few lines; the SQL stands in the files named after it.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Timestamp, Uuid};
use store::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, FanOut, PrunedDeliveries, Settled, Settlement, StoreError,
    WebhookCursor, WebhookEndpoint, WebhookStore,
};

use crate::{store::SqliteStore, webhook_deliveries, webhook_endpoints, webhook_outcomes};

#[async_trait]
impl WebhookStore for SqliteStore {
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StoreError> {
        self.readers()?.read(webhook_endpoints::all).await
    }

    async fn webhook_cursor(&self) -> Result<WebhookCursor, StoreError> {
        self.readers()?.read(webhook_deliveries::cursor).await
    }

    async fn fan_out(&self, step: &FanOut) -> Result<Committed, StoreError> {
        self.may_write()?;
        let (now, step) = (self.now(), step.clone());
        self.writer()?.write(move |group| webhook_deliveries::fan_out(group.connection, &step, now)).await
    }

    async fn claim_deliveries(&self, wanted: &[(Uuid, u32)], lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        self.may_write()?;
        let (now, asked) = (self.now(), wanted.to_vec());
        let is_due =
            self.readers()?.read(move |connection| webhook_deliveries::is_any_due(connection, &asked, now)).await?;
        if !is_due {
            return Ok(Vec::new());
        }
        let wanted = wanted.to_vec();
        self.writer()?.write(move |group| webhook_deliveries::claim(group.connection, &wanted, lease, now)).await
    }

    async fn settle_delivery(&self, settlement: &Settlement) -> Result<Settled, StoreError> {
        self.may_write()?;
        let (now, settlement) = (self.now(), settlement.clone());
        self.writer()?.write(move |group| webhook_outcomes::settle(group.connection, &settlement, now)).await
    }

    async fn deliveries(
        &self,
        endpoint: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let page = move |connection: &_| webhook_deliveries::page(connection, endpoint, status, before, limit);
        self.readers()?.read(page).await
    }

    async fn delivery(&self, endpoint: Uuid, id: Uuid) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        self.readers()?.read(move |connection| webhook_deliveries::with_attempts(connection, endpoint, id)).await
    }

    async fn prune_deliveries(&self, kept_secs: u32, most_waiting: u64) -> Result<PrunedDeliveries, StoreError> {
        self.may_write()?;
        let removed = self.readers()?.survey(webhook_outcomes::removed_endpoints).await?;
        let mut total = 0;
        for of in removed.into_iter().map(Some).chain([None]) {
            loop {
                let kept_micros = i64::from(kept_secs) * 1_000_000;
                let before = Timestamp::clamped(self.now().micros().saturating_sub(kept_micros));
                let prune =
                    move |group: &mut crate::writer::Group<'_>| webhook_outcomes::prune(group.connection, before, of);
                let some = self.writer()?.write(prune).await?;
                total += u64::from(some);
                if some < webhook_outcomes::PRUNE_DELIVERIES_LIMIT {
                    break;
                }
            }
        }
        let waiting = self.readers()?.survey(webhook_outcomes::waiting).await?;
        let now = self.now();
        let disable = move |group: &mut crate::writer::Group<'_>| {
            webhook_outcomes::disable_crowded(group.connection, &waiting, most_waiting, now)
        };
        let pruned = self.writer()?.write(disable).await?;
        Ok(PrunedDeliveries { removed: total, ..pruned })
    }
}
