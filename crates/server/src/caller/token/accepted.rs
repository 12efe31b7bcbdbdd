//! Tokens that were verified a moment ago, so that a caller that sends one with each request does not pay for its signature each time.

use std::sync::Arc;

use domain::Timestamp;
use hashbrown::HashMap;
use parking_lot::RwLock;

use super::claims::Validity;
use crate::caller::Caller;

/// How many tokens are remembered. Callers are services, a handful with a few nodes each; beyond this a token is verified each time.
const TOKENS_MAX: usize = 1_024;

/// Tokens that were verified, by the SHA-256 of their text.
#[derive(Default)]
pub(super) struct Accepted(RwLock<HashMap<[u8; 32], Entry>>);

struct Entry {
    caller: Arc<Caller>,
    validity: Validity,
    /// The key set that verified it. A key that is gone from the set must not live on here.
    generation: u64,
}

impl Accepted {
    /// The caller of a token that was verified by that generation of the key set, and when it is valid.
    pub(super) fn find(&self, hash: &[u8; 32], generation: u64) -> Option<(Arc<Caller>, Validity)> {
        let entries = self.0.read();
        let entry = entries.get(hash).filter(|entry| entry.generation == generation)?;
        Some((Arc::clone(&entry.caller), entry.validity))
    }

    /// Remembers a verified token, if there is room.
    pub(super) fn keep(
        &self,
        hash: [u8; 32],
        generation: u64,
        caller: &Arc<Caller>,
        validity: Validity,
        now: Timestamp,
    ) {
        let mut entries = self.0.write();
        if entries.len() >= TOKENS_MAX {
            entries.retain(|_, entry| entry.generation == generation && !entry.validity.is_over(now));
        }
        if entries.len() < TOKENS_MAX {
            entries.insert(hash, Entry { caller: Arc::clone(caller), validity, generation });
        }
    }
}
