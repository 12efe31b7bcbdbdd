//! Keys in the model store.

use domain::{Timestamp, Uuid};

use crate::{KeyRecord, KeyRing};

pub(super) fn add(ring: &mut KeyRing, key: KeyRecord) -> bool {
    ring.generation += 1;
    ring.keys.push(key);
    ring.keys.sort_by_key(|key| (key.created_at, key.id));
    true
}

/// Revokes keys, unless one of them is not there or not live; whether it did.
pub(super) fn revoke(ring: &mut KeyRing, ids: &[Uuid], at: Timestamp) -> bool {
    let is_live = |id: &Uuid| ring.keys.iter().any(|key| key.id == *id && key.revoked_at.is_none());
    if !ids.iter().all(is_live) {
        return false;
    }
    ring.generation += 1;
    for key in ring.keys.iter_mut().filter(|key| ids.contains(&key.id)) {
        key.revoked_at = Some(at);
    }
    true
}

pub(super) fn note_use(ring: &mut KeyRing, used: &[(Uuid, Timestamp)]) {
    for (id, at) in used {
        for key in ring.keys.iter_mut().filter(|key| key.id == *id) {
            key.last_used_at = key.last_used_at.max(Some(*at));
        }
    }
}
