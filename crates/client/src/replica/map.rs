//! The companies of a replica, in shards: a check waits for nothing but the replacement of a company of the same shard.

use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::RwLock;
use uuid::Uuid;

use super::held::Held;

/// A power of two, many times the cores of a machine.
const SHARDS: usize = 256;

type Shard = RwLock<HashMap<Uuid, Arc<Held>>>;

/// What is held, by company.
#[derive(Debug)]
pub(crate) struct Map {
    shards: Box<[Shard]>,
}

impl Map {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect() }
    }

    pub(crate) fn get(&self, company: Uuid) -> Option<Arc<Held>> {
        self.shard(company)?.read().get(&company).map(Arc::clone)
    }

    pub(crate) fn put(&self, company: Uuid, held: Arc<Held>) {
        if let Some(shard) = self.shard(company) {
            shard.write().insert(company, held);
        }
    }

    pub(crate) fn remove(&self, company: Uuid) {
        if let Some(shard) = self.shard(company) {
            shard.write().remove(&company);
        }
    }

    pub(crate) fn clear(&self) {
        self.shards.iter().for_each(|shard| shard.write().clear());
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Every company that is held.
    pub(crate) fn companies(&self) -> Vec<Uuid> {
        self.shards.iter().flat_map(|shard| shard.read().keys().copied().collect::<Vec<_>>()).collect()
    }

    fn shard(&self, company: Uuid) -> Option<&RwLock<HashMap<Uuid, Arc<Held>>>> {
        // The last byte of an identifier is random in all its usual versions.
        self.shards.get(usize::from(*company.as_bytes().last()?) % SHARDS)
    }
}
