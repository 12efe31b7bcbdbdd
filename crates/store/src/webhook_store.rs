//! What a store must do for outgoing webhooks.

use std::time::Duration;

use async_trait::async_trait;
use domain::Uuid;

use crate::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, FanOut, PrunedDeliveries, Settled, Settlement, StoreError,
    WebhookCursor, WebhookEndpoint,
};

/// The part of a store that outgoing webhooks need. Every method is one transaction; instants are the database's.
#[async_trait]
pub trait WebhookStore: Send + Sync + 'static {
    /// Every endpoint, oldest first.
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StoreError>;

    /// Up to where the feed was turned into deliveries.
    async fn webhook_cursor(&self) -> Result<WebhookCursor, StoreError>;

    /// Makes a delivery of each event for each endpoint that hears it, and moves the cursor; all of it, or nothing when the cursor stands
    /// somewhere else, or when somebody hears what was to be unheard.
    async fn fan_out(&self, step: &FanOut) -> Result<Committed, StoreError>;

    /// Claims deliveries whose time has come: of each enabled endpoint at most so many, what waits longest first. A claim ends with the lease.
    async fn claim_deliveries(&self, wanted: &[(Uuid, u32)], lease: Duration) -> Result<Vec<Claimed>, StoreError>;

    /// Stores the outcome of an attempt, with what it means for the endpoint.
    async fn settle_delivery(&self, settlement: &Settlement) -> Result<Settled, StoreError>;

    /// The deliveries of an endpoint before a number, newest first; of one status, where one is named.
    async fn deliveries(
        &self,
        endpoint: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// A delivery with its attempts, oldest first.
    async fn delivery(&self, endpoint: Uuid, id: Uuid) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError>;

    /// Removes deliveries that were settled so many seconds ago, and those of removed endpoints, with their attempts; and disables endpoints
    /// for which more than so many deliveries wait.
    async fn prune_deliveries(&self, kept_secs: u32, most_waiting: u64) -> Result<PrunedDeliveries, StoreError>;
}
