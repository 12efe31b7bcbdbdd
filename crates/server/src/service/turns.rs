//! Taking turns by key: those who work on one company, or under one idempotency key, go one after another within this process.
//! It saves lost races; correctness rests on the guards of each commit.

use std::{
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use hashbrown::{DefaultHashBuilder, HashMap};
use parking_lot::Mutex;

const SHARDS: usize = 64;

/// Turns by key.
pub(super) struct Turns<K> {
    shards: Box<[Shard<K>]>,
    hasher: DefaultHashBuilder,
}

type Shard<K> = Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>;

/// A turn; the next one begins when it is dropped.
pub(super) struct Turn<'a, K: Eq + Hash> {
    shard: &'a Shard<K>,
    key: K,
    guard: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash + Clone> Turns<K> {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: DefaultHashBuilder::default() }
    }

    /// Waits for the key's turn.
    pub(super) async fn enter(&self, key: &K) -> Turn<'_, K> {
        let index = usize::try_from(self.hasher.hash_one(key)).unwrap_or(0) % self.shards.len();
        #[expect(clippy::indexing_slicing, reason = "the index is taken modulo the length, which is never 0")]
        let shard = &self.shards[index];
        let queue = Arc::clone(shard.lock().entry(key.clone()).or_default());
        let mut turn = Turn { shard, key: key.clone(), guard: None };
        turn.guard = Some(queue.lock_owned().await);
        turn
    }

    /// Whether somebody has the key's turn, or waits for it.
    pub(super) fn is_taken(&self, key: &K) -> bool {
        let index = usize::try_from(self.hasher.hash_one(key)).unwrap_or(0) % self.shards.len();
        self.shards.get(index).is_some_and(|shard| shard.lock().contains_key(key))
    }
}

impl<K: Eq + Hash> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        let mut queues = self.shard.lock();
        self.guard = None;
        // One reference is the map's: when there is no other, nobody waits.
        if queues.get(&self.key).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            queues.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_key_is_worked_on_by_one_at_a_time_and_leaves_nothing_behind() {
        let turns = Arc::new(Turns::<u32>::new());
        let inside = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let work = |key: u32| {
            let (turns, inside) = (Arc::clone(&turns), Arc::clone(&inside));
            tokio::spawn(async move {
                let _turn = turns.enter(&key).await;
                assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            })
        };

        let all: Vec<_> = (0..50).map(|_| work(7)).collect();
        for one in all {
            one.await.unwrap();
        }

        assert!(turns.shards.iter().all(|shard| shard.lock().is_empty()));
    }
}
