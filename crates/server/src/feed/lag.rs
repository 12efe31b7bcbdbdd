//! How far what the feed tells is behind what was committed, as this process sees it: for metrics, and for the log when it is too far.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use domain::Timestamp;
use store::{FeedPosition, StoreError, model::Clock};
use tokio::time::{MissedTickBehavior, interval};

use super::{Feed, tail::BATCH_CHANGES};

/// How often it is looked at: seldom enough to cost nothing, and often enough for an alarm.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// No lag can be told yet.
pub(super) const UNKNOWN: i64 = i64::MAX;

/// Looks at the feed every so often, and says once when it is further behind than the bound, and once when that is over. Never ends.
pub async fn watch_lag(feed: Arc<Feed>, clock: Arc<dyn Clock>, bound: Duration) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut place, mut complete_at, mut late_since) = (None, None, None::<Instant>);
    loop {
        ticks.tick().await;
        // What fails is told by the lag, and by those who need the database.
        if let Ok((through, as_of)) = look(&feed, place).await {
            place = Some(through);
            complete_at = complete_at.max(Some(as_of));
            feed.position.store(through.transaction.max(through.seq), Ordering::Relaxed);
        }
        let lag = complete_at.map_or(UNKNOWN, |as_of| clock.now().micros().saturating_sub(as_of.micros()).max(0));
        feed.lag_us.store(lag, Ordering::Relaxed);
        let lag_ms = u64::try_from(lag / 1_000).unwrap_or(u64::MAX);
        match late_since {
            None if u128::from(lag_ms) > bound.as_millis() => {
                late_since = Some(Instant::now());
                let bound_ms = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(
                    lag_ms,
                    bound_ms,
                    "the feed is behind what was committed: a transaction that is open holds it up, the database does not answer, or its \
                     clock was set back; who follows it refuses to answer meanwhile"
                );
            }
            Some(since) if u128::from(lag_ms) <= bound.as_millis() => {
                late_since = None;
                let out_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(out_ms, "the feed tells everything that was committed again");
            }
            None | Some(_) => {}
        }
    }
}

/// Where the feed stands now, and as of when nothing is missing there.
async fn look(feed: &Feed, place: Option<FeedPosition>) -> Result<(FeedPosition, Timestamp), StoreError> {
    let mut after = match place {
        Some(place) => place,
        None => feed.store.feed_end().await?,
    };
    loop {
        let page = feed.store.feed(after, BATCH_CHANGES).await?;
        if page.is_ahead {
            after = feed.store.feed_end().await?;
            continue;
        }
        after = page.entries.last().map_or(after, |entry| entry.position);
        if let Some(as_of) = page.complete_at {
            return Ok((after, as_of));
        }
    }
}
