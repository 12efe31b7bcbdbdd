//! Following what other nodes write, so that what is remembered can be trusted for a while.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use domain::{CompanyId, CreditScope, Timestamp};
use store::{Loaded, StoreError, model::Clock};
use tokio::time::{MissedTickBehavior, interval};

use super::{Core, knowledge::Knowledge};
use crate::caller::Keys;

/// The database's clock as a node knows it.
pub(super) struct LearntClock(pub(super) Arc<Knowledge>);

impl Clock for LearntClock {
    fn now(&self) -> Timestamp {
        self.0.estimate()
    }
}

impl Core {
    /// Looks once at what has been written anywhere, and forgets what it made old. After it, everything that was acknowledged before the call
    /// is known here. Gives the generation of the key ring.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer; then the knowledge is as old as it was.
    pub async fn catch_up(&self) -> Result<u64, StoreError> {
        // One look after the other: a mark is given back only once what it stands for has been applied.
        let mut mark = self.mark.lock().await;
        let asked = Instant::now();
        let watched = self.store.watch(mark.as_ref()).await?;
        let answered = Instant::now();
        match &watched.written {
            Some(written) => written.iter().for_each(|(company, seq)| self.cache.written_elsewhere(*company, *seq)),
            None => self.cache.clear(),
        }
        let known = self.catalog.current().generation;
        if known != watched.generation || watched.written.is_none() {
            let (catalog, _) = self.store.catalog().await?;
            if catalog.generation < known {
                // What was known had been committed before it was asked: this is a database that was restored, or has not heard of everything.
                self.catalog.replace(catalog);
                self.cache.clear();
            } else {
                self.catalog.renew(catalog);
            }
        }
        if watched.written.is_none() && mark.is_some() {
            tracing::warn!(
                "what was remembered is not trusted any more: the connection that it was followed by is another"
            );
        }
        self.knowledge.confirm(asked, answered, watched.now, watched.generation);
        self.seen_writes.fetch_add(watched.written.as_ref().map_or(0, Vec::len) as u64, Ordering::Relaxed);
        *mark = Some(watched.mark);
        Ok(watched.key_generation)
    }

    /// How old this node's knowledge is; `None` when it knows nothing yet. On a store that only this process writes there is nothing to know.
    pub fn knowledge_age(&self) -> Option<Duration> {
        if self.store.is_sole_writer() { Some(Duration::ZERO) } else { self.knowledge.age() }
    }

    /// Whether this node may answer from memory.
    pub fn is_fresh(&self) -> bool {
        self.store.is_sole_writer() || self.knowledge.is_fresh()
    }

    /// The generation of the catalog that this node works with.
    pub fn catalog_generation(&self) -> u64 {
        self.catalog.borrow().generation
    }

    /// How many writes by anybody this node has heard of.
    pub fn seen_writes(&self) -> u64 {
        self.seen_writes.load(Ordering::Relaxed)
    }

    /// A company's state with the database's clock, which never goes back here.
    pub(super) async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError> {
        let mut loaded = self.store.load(company, credits).await?;
        loaded.now = self.not_before(loaded.now);
        Ok(loaded)
    }

    /// An instant that the database told, or the latest that it ever told this node.
    pub(super) fn not_before(&self, told: Timestamp) -> Timestamp {
        if self.store.is_sole_writer() { told } else { self.knowledge.not_before(told) }
    }
}

/// Looks every so often at what other nodes write, and at once for keys that were made or revoked. Never ends.
pub async fn follow(core: Arc<Core>, keys: Arc<Keys>, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut key_generation, mut failing_since) = (None, None);
    loop {
        ticks.tick().await;
        match core.catch_up().await {
            Ok(generation) => {
                if let Some(since) = failing_since.take() {
                    let out_ms = u64::try_from(Instant::now().duration_since(since).as_millis()).unwrap_or(u64::MAX);
                    tracing::info!(out_ms, "what other nodes write is heard again");
                }
                if key_generation.is_some_and(|known| known != generation)
                    && let Err(error) = keys.refresh(&**core.store()).await
                {
                    // Asked again by the follower of keys, which says so when it goes on.
                    tracing::debug!(%error, "changed keys could not be read");
                }
                key_generation = Some(generation);
            }
            Err(error) => {
                let age_ms = core.knowledge_age().and_then(|age| u64::try_from(age.as_millis()).ok());
                if failing_since.is_none() {
                    tracing::error!(%error, age_ms, "what other nodes write is not heard; beyond the bound every read asks the database");
                }
                failing_since.get_or_insert_with(Instant::now);
            }
        }
    }
}
