//! Turning the feed into deliveries: one node takes a page, makes a delivery of each event for each endpoint that hears it, and moves the
//! cursor, all in one transaction. However often nodes die in the middle, no change is passed over and none is taken twice.

use std::sync::Arc;

use store::{Committed, EventType, FanOut, FeedPage, StoreError, WebhookCursor, WebhookEvent};

use super::{Outgoing, events::events, outgoing::IDLE};

/// The most changes of one step: its transaction writes as many deliveries for each endpoint.
const STEP_CHANGES: u32 = 200;

/// How often the cursor is tried to be moved while others move it.
const MAX_ATTEMPTS: u32 = 16;

/// How far a step led.
enum Step {
    /// There may be more.
    More,
    /// To the feed's end.
    CaughtUp,
    /// Nobody hears.
    Unheard,
}

/// Follows the feed for the endpoints, for as long as there are any. Never ends.
pub async fn fan_out(outgoing: Arc<Outgoing>) {
    let mut is_failing = false;
    loop {
        let step = outgoing.step().await;
        match &step {
            Err(error) if !is_failing => tracing::error!(%error, "the feed is not turned into webhook deliveries"),
            Ok(_) if is_failing => tracing::info!("the feed is turned into webhook deliveries again"),
            Ok(_) | Err(_) => {}
        }
        is_failing = step.is_err();
        match step {
            Ok(Step::More) => {}
            Ok(Step::CaughtUp) => tokio::time::sleep(outgoing.config.poll).await,
            Ok(Step::Unheard) | Err(_) => {
                let _ = tokio::time::timeout(IDLE, outgoing.made.notified()).await;
            }
        }
    }
}

impl Outgoing {
    async fn step(&self) -> Result<Step, StoreError> {
        let store = self.core.store();
        if !self.is_heard().await? {
            return Ok(Step::Unheard);
        }
        let from = store.webhook_cursor().await?;
        let page = store.feed(from.position, STEP_CHANGES).await?;
        let Some(step) = self.next(from, &page).await? else { return Ok(Step::CaughtUp) };
        if store.fan_out(&step).await? == Committed::Done {
            self.metrics().fanned_out(step.events.len() as u64);
            self.due.notify_one();
        }
        Ok(Step::More)
    }

    /// The step from a place, if there is one.
    async fn next(&self, from: WebhookCursor, page: &FeedPage) -> Result<Option<FanOut>, StoreError> {
        if page.continues(from.epoch, from.position) {
            let Some(last) = page.entries.last() else { return Ok(None) };
            let to = WebhookCursor { position: last.position, ..from };
            return Ok(Some(FanOut { from, to, events: events(&page.entries), unheard: false }));
        }
        tracing::error!(
            "the database was restored or replaced, or changes were removed before they were turned into webhook deliveries; \
             every endpoint is told that events are missing"
        );
        let store = self.core.store();
        let (now, position) = (store.ready().await?, store.feed_end().await?);
        let missed = WebhookEvent { event: EventType::EventsMissed, at: now, company: None, version: 0 };
        let to = WebhookCursor { epoch: page.epoch, position };
        Ok(Some(FanOut { from, to, events: vec![missed], unheard: false }))
    }

    pub(super) async fn is_heard(&self) -> Result<bool, StoreError> {
        let endpoints = self.core.store().webhook_endpoints().await?;
        Ok(endpoints.iter().any(|endpoint| endpoint.disabled.is_none()))
    }

    /// Moves the cursor to the feed's end before somebody begins to hear, while nobody does: what happened before is no event for them.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer, or others move the cursor again and again.
    pub(super) async fn skip_unheard(&self) -> Result<(), StoreError> {
        let store = self.core.store();
        for _ in 0..MAX_ATTEMPTS {
            if self.is_heard().await? {
                return Ok(());
            }
            let from = store.webhook_cursor().await?;
            let (page, position) = (store.feed(from.position, 1).await?, store.feed_end().await?);
            let to = WebhookCursor { epoch: page.epoch, position };
            let step = FanOut { from, to, events: Vec::new(), unheard: true };
            if from == to || store.fan_out(&step).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("the place of the webhooks in the feed moves again and again".to_owned()))
    }
}
