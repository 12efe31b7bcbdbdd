//! Keeping the keys of this node those of the store.

use std::{sync::Arc, time::Duration};

use store::{Store, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Keys;

/// How often the store is asked whether its keys changed, in milliseconds: a quarter of the second within which every node must know
/// a new or revoked key.
pub const KEY_POLL_MS: u64 = 250;

/// How often the store is told when one key was last used, in seconds. More often would turn reads into writes.
const USE_NOTED_SECS: i64 = 60;

impl Keys {
    /// Asks the store once. After this a key that was added or revoked before the call is known here.
    ///
    /// # Errors
    /// What the store says; the keys stay as they were.
    pub async fn refresh(&self, store: &dyn Store) -> Result<(), StoreError> {
        let asked = Instant::now();
        let ring = store.key_ring(self.generation()).await?;
        self.confirm(ring, asked);
        Ok(())
    }
}

/// Asks the store every [`KEY_POLL_MS`] for its keys, and tells it at most once a minute when each was last used. Never ends.
pub async fn follow_keys(store: Arc<dyn Store>, keys: Arc<Keys>) {
    let mut ticks = interval(Duration::from_millis(KEY_POLL_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        ticks.tick().await;
        match keys.refresh(&*store).await {
            Ok(()) => {
                if failing {
                    tracing::info!("the keys are known again");
                }
                failing = false;
                note_use_of_at_least(&*store, &keys, USE_NOTED_SECS).await;
            }
            Err(error) => {
                if !failing {
                    tracing::error!(%error, "the keys cannot be confirmed");
                }
                failing = true;
            }
        }
    }
}

/// Tells the store when each key was last used; for the end of the process.
pub async fn note_use(store: &dyn Store, keys: &Keys) {
    note_use_of_at_least(store, keys, 0).await;
}

async fn note_use_of_at_least(store: &dyn Store, keys: &Keys, least_secs: i64) {
    let uses = keys.take_uses(least_secs);
    if uses.is_empty() {
        return;
    }
    if let Err(error) = store.keys_used(&uses).await {
        tracing::warn!(%error, "when keys were last used could not be noted");
        keys.return_uses(&uses);
    }
}
