//! The sweeper: looks for companies with a boundary that has passed, and has it recorded. Any number of nodes may sweep: each boundary is
//! recorded by whoever comes first.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use store::StoreError;

use crate::service::Core;

/// Companies looked for at once.
const BATCH: u32 = 500;

/// Companies swept at once: enough to fill the batches in which a store commits.
const AT_ONCE: usize = 64;

/// What was swept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Boundaries recorded.
    pub boundaries: u64,
    /// Companies that could not be swept; they are tried again.
    pub failed: u64,
}

/// Sweeps for as long as the service runs.
pub async fn sweep_on(core: Arc<Core>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep_all(&core).await {
            tracing::warn!(%error, "boundaries could not be looked for");
        }
    }
}

/// Records every boundary that has passed until now.
///
/// # Errors
/// [`StoreError`] when the store does not say which companies are due.
pub async fn sweep_all(core: &Core) -> Result<Swept, StoreError> {
    let mut all = Swept::default();
    loop {
        let due = core.store().due(BATCH).await?;
        let is_full = due.len() == BATCH as usize;
        let swept = stream::iter(due).map(|company| core.sweep(company)).buffer_unordered(AT_ONCE);
        let (mut boundaries, mut failed) = (0, 0);
        let mut swept = std::pin::pin!(swept);
        while let Some(outcome) = swept.next().await {
            match outcome {
                Ok(recorded) => boundaries += u64::from(recorded),
                Err(error) => {
                    failed += 1;
                    tracing::warn!(%error, "a boundary was not recorded; it is tried again");
                }
            }
        }
        all.boundaries += boundaries;
        all.failed += failed;
        // Without progress others are at it, or the store fails: the next look will tell.
        if !is_full || boundaries == 0 {
            return Ok(all);
        }
    }
}
