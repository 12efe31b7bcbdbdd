//! Attempting deliveries: each endpoint has places of its own, so that one which answers slowly, or never, holds up no other.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::Uuid;
use parking_lot::Mutex;
use store::{Attempt, Claimed, Settlement, StoreError, Verdict, WebhookEndpoint};
use tokio::task::JoinSet;

use super::{Outgoing, message, outgoing::IDLE, schedule, send::Sent};

/// An answer of an endpoint that is there no more (RFC 9110 §15.5.11).
const GONE: u16 = 410;

/// How many attempts are under way, by endpoint.
type Busy = Arc<Mutex<HashMap<Uuid, u32>>>;

/// A place of an endpoint, given back when dropped.
struct Place {
    busy: Busy,
    endpoint: Uuid,
}

impl Place {
    fn take(busy: &Busy, endpoint: Uuid) -> Self {
        *busy.lock().entry(endpoint).or_default() += 1;
        Self { busy: Arc::clone(busy), endpoint }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.busy.lock();
        let left = busy.get(&self.endpoint).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            busy.remove(&self.endpoint);
        } else {
            busy.insert(self.endpoint, left);
        }
    }
}

/// Attempts what is due until the process is about to end; then what is under way ends, and nothing more begins.
pub async fn deliver(outgoing: Arc<Outgoing>) {
    let (mut closing, busy, mut is_failing) = (outgoing.closing(), Busy::default(), false);
    let mut under_way = JoinSet::new();
    while !*closing.borrow() {
        let begun = begin(&outgoing, &busy, &mut under_way).await;
        match &begun {
            Err(error) if !is_failing => tracing::error!(%error, "webhook deliveries are not attempted"),
            Ok(_) if is_failing => tracing::info!("webhook deliveries are attempted again"),
            Ok(_) | Err(_) => {}
        }
        is_failing = begun.is_err();
        let pause = if begun == Ok(true) { outgoing.config.poll } else { IDLE };
        tokio::select! {
            _ = closing.wait_for(|closed| *closed) => {}
            Some(_) = under_way.join_next() => {}
            () = outgoing.due.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Begins what is due, as far as there are places; whether anybody hears at all.
async fn begin(outgoing: &Arc<Outgoing>, busy: &Busy, under_way: &mut JoinSet<()>) -> Result<bool, StoreError> {
    let store = outgoing.core.store();
    let endpoints: HashMap<Uuid, Arc<WebhookEndpoint>> = store
        .webhook_endpoints()
        .await?
        .into_iter()
        .filter(|endpoint| endpoint.disabled.is_none())
        .map(|endpoint| (endpoint.id, Arc::new(endpoint)))
        .collect();
    let wanted: Vec<(Uuid, u32)> = {
        let busy = busy.lock();
        let free = |id: &Uuid| outgoing.config.per_endpoint.saturating_sub(busy.get(id).copied().unwrap_or(0));
        endpoints.keys().map(|id| (*id, free(id))).filter(|(_, free)| *free > 0).collect()
    };
    if !wanted.is_empty() {
        for claimed in store.claim_deliveries(&wanted, outgoing.lease()).await? {
            let Some(endpoint) = endpoints.get(&claimed.delivery.endpoint).map(Arc::clone) else { continue };
            let (outgoing, place) = (Arc::clone(outgoing), Place::take(busy, endpoint.id));
            under_way.spawn(async move {
                outgoing.attempt(&endpoint, claimed).await;
                drop(place);
            });
        }
    }
    Ok(!endpoints.is_empty())
}

impl Outgoing {
    /// Attempts a delivery, and stores what came of it. What cannot be stored is attempted again when the claim ends.
    async fn attempt(&self, endpoint: &WebhookEndpoint, claimed: Claimed) {
        let (endpoint_id, delivery_id) = (endpoint.id, claimed.delivery.id);
        let message = match message::message(&self.core, &claimed.delivery.event).await {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, %endpoint_id, %delivery_id, "a webhook message could not be made; it waits");
                return;
            }
        };
        let sent = self.sender.post(endpoint, delivery_id, self.core.clock().now(), message.body).await;
        let verdict = verdict(&sent, claimed.delivery.tries + 1, self.config.first_retry);
        self.metrics().attempted(outcome(verdict), sent.took);
        let settlement = Settlement {
            endpoint: endpoint_id,
            delivery: delivery_id,
            lease: claimed.lease,
            attempt: Attempt {
                number: 0,
                at: claimed.now,
                took_ms: u32::try_from(sent.took.as_millis()).unwrap_or(u32::MAX),
                status: sent.status,
                error: sent.error,
                excerpt: sent.excerpt,
                version: message.version,
            },
            verdict,
            disable_after: self.config.disable_after,
        };
        match self.core.store().settle_delivery(&settlement).await {
            Ok(settled) => self.tell(endpoint_id, settled, settlement.attempt.error.as_deref()),
            Err(error) => {
                tracing::warn!(%error, %endpoint_id, %delivery_id, "the outcome of a webhook delivery could not be stored; it is sent again");
            }
        }
    }
}

/// What an attempt comes to, which is the one of that number in a row.
fn verdict(sent: &Sent, tries: u32, first_retry: Duration) -> Verdict {
    if sent.is_taken() {
        return Verdict::Delivered;
    }
    if sent.status == Some(GONE) {
        return Verdict::Gone;
    }
    schedule::pause(tries, first_retry, schedule::chance()).map_or(Verdict::Failed, Verdict::RetryAfter)
}

fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered => "delivered",
        Verdict::RetryAfter(_) => "failed",
        Verdict::Failed | Verdict::Gone => "given_up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(status: Option<u16>) -> Sent {
        Sent { status, error: None, excerpt: None, took: Duration::ZERO }
    }

    #[test]
    fn only_an_answer_of_success_counts_and_only_410_ends_it_at_once() {
        let first = Duration::from_secs(5);
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(verdict(&sent(Some(status)), 1, first), Verdict::Delivered, "{status}");
        }
        assert_eq!(verdict(&sent(Some(410)), 1, first), Verdict::Gone);
        for status in [None, Some(199), Some(300), Some(301), Some(307), Some(400), Some(404), Some(429), Some(500)] {
            let Verdict::RetryAfter(pause) = verdict(&sent(status), 1, first) else { panic!("{status:?}") };
            assert!(pause >= first && pause <= first.mul_f64(1.1), "{pause:?}");
            assert_eq!(verdict(&sent(status), 13, first), Verdict::Failed, "{status:?}");
        }
    }

    #[test]
    fn a_place_is_given_back_whatever_happens() {
        let (busy, one, other) = (Busy::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let places = [Place::take(&busy, one), Place::take(&busy, one), Place::take(&busy, other)];
        assert_eq!(*busy.lock(), HashMap::from([(one, 2), (other, 1)]));

        drop(places);

        assert!(busy.lock().is_empty());
    }
}
