//! The process's follower of the feed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::Timestamp;
use store::{FeedPage, FeedPosition, Store, StoreError};
use tokio::{
    sync::{Notify, Semaphore, broadcast, watch},
    time::{MissedTickBehavior, interval},
};

use super::{batch::Batch, lag};
use crate::config::FeedConfig;

/// The most changes of one batch, and of one page for a follower that catches up.
pub const BATCH_CHANGES: u32 = 500;

/// How many batches a follower may be behind before it is dropped: three seconds at the usual pace, and 40 MB of changes at most.
const BATCHES_KEPT: usize = 128;

/// How many followers may read the store for themselves at once, to catch up; the others wait.
const CATCHING_UP: usize = 4;

/// The feed of a process.
pub struct Feed {
    pub(super) store: Arc<dyn Store>,
    pub(super) config: FeedConfig,
    pub(super) batches: broadcast::Sender<Arc<Batch>>,
    pub(super) closed: watch::Sender<bool>,
    following: AtomicUsize,
    came: Notify,
    catching_up: Semaphore,
    dropped: AtomicU64,
    sent: AtomicU64,
    /// Where it stands: the transaction of the last change on stores that number them, the number of the change on others.
    pub(super) position: AtomicU64,
    /// By how much it is behind what was committed, in microseconds.
    pub(super) lag_us: AtomicI64,
    /// The latest instant as of which everything was told here, in microseconds.
    told_as_of: AtomicI64,
}

/// A place among the followers, given back when dropped.
pub(super) struct Place(Arc<Feed>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.following.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Feed {
    /// The feed of a store.
    pub fn new(store: Arc<dyn Store>, config: FeedConfig) -> Arc<Self> {
        Arc::new(Self {
            store,
            config,
            batches: broadcast::Sender::new(BATCHES_KEPT),
            closed: watch::Sender::new(false),
            following: AtomicUsize::new(0),
            came: Notify::new(),
            catching_up: Semaphore::new(CATCHING_UP),
            dropped: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            position: AtomicU64::new(0),
            lag_us: AtomicI64::new(lag::UNKNOWN),
            told_as_of: AtomicI64::new(i64::MIN),
        })
    }

    /// Ends every stream and every wait: the process is about to end.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// How many follow now, how many were dropped because they were too slow, and how many changes were handed to followers.
    pub fn counts(&self) -> (usize, u64, u64) {
        let relaxed = Ordering::Relaxed;
        (self.following.load(relaxed), self.dropped.load(relaxed), self.sent.load(relaxed))
    }

    /// Where the feed stands as far as this process knows, and by how much that is behind what was committed; `None` before the first look.
    pub fn reached(&self) -> (u64, Option<Duration>) {
        let lag_us = self.lag_us.load(Ordering::Relaxed);
        let lag = (lag_us != lag::UNKNOWN).then(|| Duration::from_micros(u64::try_from(lag_us).unwrap_or(0)));
        (self.position.load(Ordering::Relaxed), lag)
    }

    /// A place among the followers; `None` when there are too many, or the process is about to end.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let before = self.following.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(self));
        if before >= self.config.max_streams || *self.closed.borrow() {
            return None;
        }
        self.came.notify_one();
        Some(place)
    }

    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// A page of the store's, for a follower that catches up.
    pub(super) async fn page(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        let _turn = self.catching_up.acquire().await;
        self.read(after, limit).await
    }

    /// A page whose instant is no earlier than one that was told here: the database's clock may step back, time does not. Only where the page
    /// holds all that was committed; what waits for an open transaction is told under its own instant.
    async fn read(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        // What was told before the question: what is told meanwhile may count on changes that this page was too early for.
        let told = self.told_as_of.load(Ordering::Acquire);
        let mut page = self.store.feed(after, limit).await?;
        if let Some(complete_at) = page.complete_at.filter(|_| page.is_settled) {
            page.complete_at = Some(Timestamp::clamped(told.max(complete_at.micros())));
            self.told_as_of.fetch_max(complete_at.micros(), Ordering::AcqRel);
        }
        Ok(page)
    }

    fn is_followed(&self) -> bool {
        self.following.load(Ordering::Acquire) > 0
    }
}

/// Reads the feed for all who follow it, for as long as anybody does. Never ends.
pub async fn tail(feed: Arc<Feed>) {
    loop {
        while !feed.is_followed() {
            feed.came.notified().await;
        }
        follow(&feed).await;
    }
}

async fn follow(feed: &Feed) {
    let mut ticks = interval(feed.config.poll);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut position, mut told, mut is_failing) = (None, None::<Instant>, false);
    while feed.is_followed() {
        ticks.tick().await;
        loop {
            let page = read(feed, &mut position).await;
            let batch = match page {
                Ok(batch) => batch,
                Err(error) => {
                    if !is_failing {
                        tracing::error!(%error, "the feed cannot be read; its followers are told nothing");
                    }
                    is_failing = true;
                    break;
                }
            };
            if std::mem::take(&mut is_failing) {
                tracing::info!("the feed is read again");
            }
            let is_full = batch.complete_at.is_none();
            // Half of the time: a heartbeat that waits for the next tick must not be late.
            let is_due = told.is_none_or(|told| told.elapsed() * 2 >= feed.config.heartbeat);
            if !batch.shown.is_empty() || is_due {
                feed.sent.fetch_add(batch.shown.len() as u64, Ordering::Relaxed);
                told = Some(Instant::now());
                // Nobody there is no failure.
                let _ = feed.batches.send(batch);
            }
            if !is_full {
                break;
            }
        }
    }
}

/// What follows a place; at first, the present place.
async fn read(feed: &Feed, position: &mut Option<FeedPosition>) -> Result<Arc<Batch>, StoreError> {
    let after = match *position {
        Some(after) => after,
        None => feed.store.feed_end().await?,
    };
    let batch = Batch::of(&feed.read(after, BATCH_CHANGES).await?, after);
    *position = Some(batch.through);
    Ok(batch)
}
