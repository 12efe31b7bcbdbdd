//! One who follows the feed from a place on: from the store until it has caught up, then from what the process's follower hands to all.

use std::{sync::Arc, time::Duration};

use domain::Timestamp;
use store::{FeedPage, FeedPosition, StoreError};
use tokio::{
    sync::{broadcast, watch},
    time::{Instant, timeout_at},
};

use super::{
    Cursor, Feed, NOW,
    batch::Batch,
    tail::{BATCH_CHANGES, Place},
};

/// Why a follower cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The place belongs to another life of the database, or what follows it is no longer kept.
    #[error(
        "the cursor is of a database that was restored or replaced, or what follows it is no longer kept: load everything again"
    )]
    Expired,
    /// There are too many followers, or the process is about to end.
    #[error("too many follow the feed of this node; ask again, or ask another node")]
    Full,
    /// The text is no cursor.
    #[error("`{0}` is no cursor of the feed; give one that the feed gave, or `now`")]
    NoCursor(String),
    /// It was too slow: what it had not taken yet is not held for it any longer.
    #[error("the follower was too slow")]
    Slow,
    /// The process is about to end.
    #[error("the process is about to end")]
    Closed,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One who follows the feed.
pub struct Follower {
    feed: Arc<Feed>,
    epoch: u64,
    position: FeedPosition,
    batches: broadcast::Receiver<Arc<Batch>>,
    closed: watch::Receiver<bool>,
    /// Whether everything up to `position` is known to be all there was when the receiver began to listen.
    is_live: bool,
    /// The latest instant that was given as that of completeness.
    complete_at: Option<Timestamp>,
    /// What was read when it began.
    first: Option<Step>,
    _place: Place,
}

/// Changes for a follower, and as of when it has everything.
pub(super) struct Step {
    pub(super) batch: Arc<Batch>,
    /// The place behind which the batch's changes are new.
    pub(super) after: FeedPosition,
    pub(super) complete_at: Option<Timestamp>,
}

impl Follower {
    /// Follows from a cursor; from the present place for `now`, and from the beginning of what is kept without one. What comes first is at most
    /// so many changes.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn start(feed: &Arc<Feed>, after: Option<&str>, limit: u32) -> Result<Self, Ended> {
        let cursor = match after {
            None | Some(NOW) => None,
            Some(text) => Some(Cursor::parse(text).ok_or_else(|| Ended::NoCursor(text.chars().take(64).collect()))?),
        };
        let place = feed.enter().ok_or(Ended::Full)?;
        let position = match (after, cursor) {
            (Some(NOW), _) => feed.store.feed_end().await?,
            (_, Some(cursor)) => cursor.position,
            (_, None) => FeedPosition::default(),
        };
        let batches = feed.batches.subscribe();
        let page = feed.page(position, limit).await?;
        if cursor.is_some_and(|cursor| !page.continues(cursor.epoch, cursor.position)) {
            return Err(Ended::Expired);
        }
        let mut follower = Self {
            feed: Arc::clone(feed),
            epoch: page.epoch,
            position: position.max(page.pruned),
            batches,
            closed: feed.closed.subscribe(),
            is_live: false,
            complete_at: None,
            first: None,
            _place: place,
        };
        follower.first = Some(follower.turn(&page));
        Ok(follower)
    }

    /// Where it stands.
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.position }
    }

    /// The next changes, at most so many when they come from the store; without any when only the instant of completeness moved. Waits until
    /// there is either, or until a deadline: then `None`.
    pub(super) async fn next(&mut self, limit: u32, deadline: Option<Instant>) -> Result<Option<Step>, Ended> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            if !self.is_live {
                return self.catch_up(limit).await.map(Some);
            }
            let received = {
                let waiting = async {
                    tokio::select! {
                        biased;
                        _ = self.closed.wait_for(|closed| *closed) => Err(Ended::Closed),
                        received = self.batches.recv() => Ok(received),
                    }
                };
                match deadline {
                    None => waiting.await?,
                    Some(deadline) => match timeout_at(deadline, waiting).await {
                        Ok(received) => received?,
                        Err(_) => return Ok(None),
                    },
                }
            };
            let batch = match received {
                Ok(batch) => batch,
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.feed.count_dropped();
                    return Err(Ended::Slow);
                }
                Err(broadcast::error::RecvError::Closed) => return Err(Ended::Closed),
            };
            if let Some(step) = self.take(batch)? {
                return Ok(Some(step));
            }
        }
    }

    /// What a handed batch has for this follower.
    fn take(&mut self, batch: Arc<Batch>) -> Result<Option<Step>, Ended> {
        if batch.epoch != self.epoch {
            return Err(Ended::Expired);
        }
        if batch.after > self.position {
            // The process's follower had rested, and went on from a later place.
            self.is_live = false;
            return Ok(None);
        }
        if batch.through < self.position {
            return Ok(None);
        }
        Ok(self.advance(batch))
    }

    fn advance(&mut self, batch: Arc<Batch>) -> Option<Step> {
        let after = std::mem::replace(&mut self.position, batch.through);
        // The same instant is told again while the database's clock, which was set back, has not come to it: silence would be taken for a loss.
        let is_beat = batch.complete_at.is_some() && batch.complete_at >= self.complete_at;
        self.complete_at = self.complete_at.max(batch.complete_at);
        let has_changes = batch.through > after;
        let complete_at = batch.complete_at.and(self.complete_at);
        (has_changes || is_beat).then_some(Step { batch, after, complete_at })
    }

    /// A page from the store. Once it is not full, everything later will be handed: the receiver listened before it was read.
    async fn catch_up(&mut self, limit: u32) -> Result<Step, Ended> {
        self.batches = self.feed.batches.subscribe();
        let after = self.position;
        let page = self.feed.page(after, limit.min(BATCH_CHANGES)).await?;
        if !page.continues(self.epoch, after) {
            return Err(Ended::Expired);
        }
        Ok(self.turn(&page))
    }

    /// Takes a page of the store's.
    fn turn(&mut self, page: &FeedPage) -> Step {
        let after = self.position;
        self.is_live = page.complete_at.is_some();
        let batch = Batch::of(page, after);
        self.position = batch.through;
        self.complete_at = self.complete_at.max(page.complete_at);
        let complete_at = page.complete_at.and(self.complete_at);
        Step { batch, after, complete_at }
    }

    /// A page of changes, once there are any or the time is over.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn page(&mut self, limit: u32, wait: Duration) -> Result<api::response::FeedView, Ended> {
        let deadline = Instant::now() + wait;
        let mut complete_at = None;
        loop {
            let step = match self.next(limit, Some(deadline)).await {
                Ok(Some(step)) => step,
                // What there is, now: the process is about to end, and the consumer goes to another.
                Ok(None) | Err(Ended::Closed) => break,
                Err(error) => return Err(error),
            };
            complete_at = step.complete_at;
            let new: Vec<_> = step.batch.behind(step.after).collect();
            if !new.is_empty() {
                let is_cut = new.len() > limit as usize;
                let changes: Vec<_> = new.iter().take(limit as usize).map(|shown| shown.view.clone()).collect();
                let last = new.get(changes.len().saturating_sub(1)).map_or(self.position, |shown| shown.position);
                let cursor = Cursor { epoch: self.epoch, position: last }.to_string();
                let as_of = complete_at.filter(|_| !is_cut).map(crate::service::to_instant);
                return Ok(api::response::FeedView { changes, cursor, as_of });
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        let as_of = complete_at.map(crate::service::to_instant);
        Ok(api::response::FeedView { changes: Vec::new(), cursor: self.cursor().to_string(), as_of })
    }
}
