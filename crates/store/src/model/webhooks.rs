//! Outgoing webhooks in the model store.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Timestamp, Uuid};

use super::ModelStore;
use crate::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, DisabledReason, EventType, FanOut, PrunedDeliveries,
    Settled, Settlement, StoreError, Verdict, WebhookCursor, WebhookEndpoint, WebhookEvent, WebhookStore,
};

pub(super) struct Webhooks {
    cursor: WebhookCursor,
    endpoints: Vec<WebhookEndpoint>,
    last: u64,
    waiting: Vec<Kept>,
}

struct Kept {
    delivery: Delivery,
    lease: Option<Uuid>,
    attempts: Vec<Attempt>,
}

impl Webhooks {
    pub(super) fn behind(cursor: WebhookCursor) -> Self {
        Self { cursor, endpoints: Vec::new(), last: 0, waiting: Vec::new() }
    }

    fn is_enabled(&self, endpoint: Uuid) -> bool {
        self.endpoints.iter().any(|one| one.id == endpoint && one.disabled.is_none())
    }

    fn deliver(&mut self, endpoint: Uuid, event: WebhookEvent, now: Timestamp) {
        self.make(Delivery::new(endpoint, event, now));
    }

    fn make(&mut self, mut delivery: Delivery) {
        self.last += 1;
        delivery.number = self.last;
        self.waiting.push(Kept { delivery, lease: None, attempts: Vec::new() });
    }

    pub(super) fn add(&mut self, endpoint: WebhookEndpoint, most: u32) -> bool {
        let is_room = self.endpoints.len() < most as usize;
        self.endpoints.extend(is_room.then_some(endpoint));
        is_room
    }

    pub(super) fn put(&mut self, known: u64, next: WebhookEndpoint, now: Timestamp) -> bool {
        let found = self.endpoints.iter_mut().find(|one| one.id == next.id && one.step == known);
        let Some(endpoint) = found else { return false };
        let (id, is_back) = (next.id, endpoint.disabled.is_some() && next.disabled.is_none());
        *endpoint = next;
        if is_back {
            self.deliver(id, WebhookEvent { event: EventType::EventsMissed, at: now, company: None, version: 0 }, now);
        }
        true
    }

    pub(super) fn remove(&mut self, endpoint: Uuid, known: u64) -> bool {
        let before = self.endpoints.len();
        self.endpoints.retain(|one| one.id != endpoint || one.step != known);
        self.endpoints.len() < before
    }

    pub(super) fn add_delivery(&mut self, delivery: Delivery) -> bool {
        let is_enabled = self.is_enabled(delivery.endpoint);
        if is_enabled {
            self.make(delivery);
        }
        is_enabled
    }

    pub(super) fn redeliver(&mut self, endpoint: Uuid, delivery: Uuid, attempts: u32, at: Timestamp) -> bool {
        let found = self.waiting.iter_mut().find(|kept| {
            let known = &kept.delivery;
            (known.endpoint, known.id, known.attempts) == (endpoint, delivery, attempts)
        });
        let Some(kept) = found else { return false };
        kept.lease = None;
        let delivery = &mut kept.delivery;
        (delivery.status, delivery.tries) = (DeliveryStatus::Pending, 0);
        (delivery.next_attempt_at, delivery.settled_at) = (Some(at), None);
        true
    }

    fn claim(&mut self, endpoint: Uuid, most: u32, until: Timestamp, now: Timestamp) -> Vec<Claimed> {
        let is_due = |kept: &&mut Kept| {
            kept.delivery.endpoint == endpoint && kept.delivery.next_attempt_at.is_some_and(|at| at <= now)
        };
        let mut due: Vec<&mut Kept> = self.waiting.iter_mut().filter(is_due).collect();
        due.sort_by_key(|kept| (kept.delivery.next_attempt_at, kept.delivery.number));
        let claim = |kept: &mut Kept| {
            let lease = Uuid::new_v4();
            (kept.lease, kept.delivery.next_attempt_at) = (Some(lease), Some(until));
            Claimed { delivery: kept.delivery.clone(), lease, now }
        };
        due.into_iter().take(most as usize).map(claim).collect()
    }

    fn settle(&mut self, settlement: &Settlement, now: Timestamp) -> Settled {
        let found = self.waiting.iter_mut().find(|kept| {
            kept.delivery.id == settlement.delivery
                && kept.delivery.endpoint == settlement.endpoint
                && kept.lease == Some(settlement.lease)
        });
        let Some(kept) = found else { return Settled::Raced };
        let delivery = &mut kept.delivery;
        kept.lease = None;
        delivery.attempts += 1;
        delivery.tries += 1;
        let (status, next) = match settlement.verdict {
            Verdict::Delivered => (DeliveryStatus::Delivered, None),
            Verdict::RetryAfter(pause) => (DeliveryStatus::Pending, Some(later(now, pause))),
            Verdict::Failed | Verdict::Gone => (DeliveryStatus::Failed, None),
        };
        (delivery.status, delivery.next_attempt_at) = (status, next);
        delivery.settled_at = next.is_none().then_some(now);
        kept.attempts.push(Attempt { number: delivery.attempts, ..settlement.attempt.clone() });
        let endpoint = self.endpoints.iter_mut().find(|endpoint| endpoint.id == settlement.endpoint);
        endpoint.map_or(Settled::AsBefore, |endpoint| judge(endpoint, settlement, now))
    }
}

/// What an outcome means for the endpoint.
fn judge(endpoint: &mut WebhookEndpoint, settlement: &Settlement, now: Timestamp) -> Settled {
    let settled = match settlement.verdict {
        Verdict::Delivered if endpoint.failing_since.take().is_some() => Settled::Recovered,
        Verdict::Delivered => Settled::AsBefore,
        _ if endpoint.disabled.is_some() => Settled::AsBefore,
        Verdict::Gone => disable(endpoint, DisabledReason::Gone, now),
        Verdict::RetryAfter(_) | Verdict::Failed => {
            let was_fine = endpoint.failing_since.is_none();
            let since = *endpoint.failing_since.get_or_insert(now);
            if later(since, settlement.disable_after) <= now {
                disable(endpoint, DisabledReason::Failing, now)
            } else if was_fine {
                Settled::BeganFailing
            } else {
                Settled::AsBefore
            }
        }
    };
    endpoint.step += u64::from(settled != Settled::AsBefore);
    settled
}

fn disable(endpoint: &mut WebhookEndpoint, reason: DisabledReason, now: Timestamp) -> Settled {
    endpoint.disabled = Some((reason, now));
    endpoint.failing_since.get_or_insert(now);
    Settled::Disabled(reason)
}

fn later(at: Timestamp, pause: Duration) -> Timestamp {
    Timestamp::clamped(at.micros().saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
}

#[async_trait]
impl WebhookStore for ModelStore {
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StoreError> {
        let mut endpoints = self.content.lock().webhooks.endpoints.clone();
        endpoints.sort_by_key(|endpoint| (endpoint.created_at, endpoint.id));
        Ok(endpoints)
    }

    async fn webhook_cursor(&self) -> Result<WebhookCursor, StoreError> {
        Ok(self.content.lock().webhooks.cursor)
    }

    async fn fan_out(&self, step: &FanOut) -> Result<Committed, StoreError> {
        let now = self.clock.now();
        let webhooks = &mut self.content.lock().webhooks;
        let is_heard = webhooks.endpoints.iter().any(|endpoint| endpoint.disabled.is_none());
        if webhooks.cursor != step.from || (step.unheard && is_heard) {
            return Ok(Committed::Raced);
        }
        webhooks.cursor = step.to;
        for event in &step.events {
            let hearing = webhooks.endpoints.iter().filter(|endpoint| endpoint.hears(event.event));
            for endpoint in hearing.map(|endpoint| endpoint.id).collect::<Vec<_>>() {
                webhooks.deliver(endpoint, *event, now);
            }
        }
        Ok(Committed::Done)
    }

    async fn claim_deliveries(&self, wanted: &[(Uuid, u32)], lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let webhooks = &mut self.content.lock().webhooks;
        let mut claimed = Vec::new();
        for (endpoint, most) in wanted.iter().copied() {
            if webhooks.is_enabled(endpoint) {
                claimed.extend(webhooks.claim(endpoint, most, later(now, lease), now));
            }
        }
        Ok(claimed)
    }

    async fn settle_delivery(&self, settlement: &Settlement) -> Result<Settled, StoreError> {
        let now = self.clock.now();
        Ok(self.content.lock().webhooks.settle(settlement, now))
    }

    async fn deliveries(
        &self,
        endpoint: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let content = self.content.lock();
        let newest_first = content.webhooks.waiting.iter().rev().map(|kept| &kept.delivery);
        let own = newest_first.filter(|delivery| {
            delivery.endpoint == endpoint
                && status.is_none_or(|status| delivery.status == status)
                && before.is_none_or(|before| delivery.number < before)
        });
        Ok(own.take(limit as usize).cloned().collect())
    }

    async fn delivery(&self, endpoint: Uuid, id: Uuid) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let content = self.content.lock();
        let mut kept = content.webhooks.waiting.iter();
        let found = kept.find(|kept| kept.delivery.id == id && kept.delivery.endpoint == endpoint);
        Ok(found.map(|kept| (kept.delivery.clone(), kept.attempts.clone())))
    }

    async fn prune_deliveries(&self, kept_secs: u32, most_waiting: u64) -> Result<PrunedDeliveries, StoreError> {
        let now = self.clock.now();
        let oldest = Timestamp::clamped(now.micros().saturating_sub(i64::from(kept_secs) * 1_000_000));
        let webhooks = &mut self.content.lock().webhooks;
        let before = webhooks.waiting.len();
        let endpoints: Vec<Uuid> = webhooks.endpoints.iter().map(|endpoint| endpoint.id).collect();
        webhooks.waiting.retain(|kept| {
            endpoints.contains(&kept.delivery.endpoint) && kept.delivery.settled_at.is_none_or(|at| at >= oldest)
        });
        let mut pruned = PrunedDeliveries { removed: (before - webhooks.waiting.len()) as u64, ..Default::default() };
        let pending = webhooks.waiting.iter().filter(|kept| kept.delivery.status == DeliveryStatus::Pending);
        let pending: Vec<Uuid> = pending.map(|kept| kept.delivery.endpoint).collect();
        pruned.waiting = pending.len() as u64;
        for endpoint in webhooks.endpoints.iter_mut().filter(|endpoint| endpoint.disabled.is_none()) {
            let waiting = pending.iter().filter(|of| **of == endpoint.id).count() as u64;
            if waiting > most_waiting {
                (endpoint.disabled, endpoint.step) = (Some((DisabledReason::Backlog, now)), endpoint.step + 1);
                pruned.disabled.push(endpoint.id);
            }
        }
        Ok(pruned)
    }
}
