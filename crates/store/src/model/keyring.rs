//! Keys in the model store.

use domain::{Timestamp, Uuid};

use crate::{KeyRecord, KeyRing};

pub(super) fn add(ring: &mut KeyRing, key: KeyRecord) {
    ring.generation += 1;
    ring.keys.push(key);
    ring.keys.sort_by_key(|key| (key.created_at, key.id));
}

pub(super) fn revoke(ring: &mut KeyRing, name_or_id: &str, now: Timestamp) -> Vec<KeyRecord> {
    let is_id = ring.keys.iter().any(|key| key.id.to_string() == name_or_id);
    let named = |key: &KeyRecord| if is_id { key.id.to_string() == name_or_id } else { key.name == name_or_id };
    let mut revoked = Vec::new();
    for key in ring.keys.iter_mut().filter(|key| key.revoked_at.is_none() && named(key)) {
        key.revoked_at = Some(now);
        revoked.push(key.clone());
    }
    ring.generation += u64::from(!revoked.is_empty());
    revoked
}

pub(super) fn note_use(ring: &mut KeyRing, used: &[(Uuid, Timestamp)]) {
    for (id, at) in used {
        for key in ring.keys.iter_mut().filter(|key| key.id == *id) {
            key.last_used_at = key.last_used_at.max(Some(*at));
        }
    }
}
