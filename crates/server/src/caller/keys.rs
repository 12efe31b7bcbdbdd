//! The API keys that this node knows, laid out for the hottest path of the service: one hash, one look-up, no lock, no allocation.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use domain::{Text, Timestamp, Uuid};
use hashbrown::HashMap;
use store::{KeyRecord, KeyRing};
use tokio::time::Instant;

use super::{Caller, CallerKind, Refused, Role, Scope, sha256::sha256};

/// How long the keys hold without a confirmation from the store, in milliseconds. A revoked key would be accepted for this long on
/// a node that is cut off from the database: long enough for a failover's hiccup, short enough for an incident.
pub const KEYS_FRESH_MS: u64 = 5_000;

/// Longest text that is hashed as a key, in bytes. Keys have 46; the rest is room for keys of a later form.
const KEY_TEXT_BYTES_MAX: usize = 256;

/// How far ahead of this node's clock the clock may be that a key was made by, in microseconds.
const CLOCK_LEAD_MICROS: i64 = 60_000_000;

/// `confirmed_ms` before the first confirmation.
const NEVER: i64 = i64::MIN;

/// The API keys that this node knows.
pub struct Keys {
    ring: ArcSwap<Ring>,
    /// Milliseconds from `base` to the moment at which the ring was last known to be the store's.
    confirmed_ms: AtomicI64,
    fresh_ms: i64,
    base: Instant,
}

#[derive(Default)]
struct Ring {
    generation: Option<u64>,
    /// By the first eight bytes of the hash; the rest is compared in constant time.
    entries: HashMap<u64, Vec<Entry>>,
}

struct Entry {
    id: Uuid,
    hash: [u8; 32],
    caller: Arc<Caller>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked: bool,
    use_of: Arc<Use>,
}

/// When a key was last accepted. Outlives the ring that it was noted in.
#[derive(Default)]
struct Use {
    /// Seconds since 1970; 0 is never.
    last: AtomicI64,
    /// What of it the store already knows.
    noted: AtomicI64,
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys {
    /// No keys, never confirmed.
    pub fn new() -> Self {
        Self::fresh_for(Duration::from_millis(KEYS_FRESH_MS))
    }

    /// No keys, never confirmed; a confirmation will hold for so long, to within a millisecond.
    pub fn fresh_for(fresh: Duration) -> Self {
        let fresh_ms = i64::try_from(fresh.as_millis()).unwrap_or(i64::MAX);
        Self { ring: ArcSwap::default(), confirmed_ms: AtomicI64::new(NEVER), fresh_ms, base: Instant::now() }
    }

    /// The caller whose key this is.
    ///
    /// # Errors
    /// [`Refused`] when it is nobody's, no longer or not yet valid, or the keys are too old to say.
    pub fn authenticate(&self, text: &[u8], now: Timestamp) -> Result<Arc<Caller>, Refused> {
        self.judge(text, now, Arc::clone)
    }

    /// The same, borrowed: one caller asks nearly everything, and counting who holds it would have processors take the count from one another.
    pub(super) fn judge<T>(
        &self,
        text: &[u8],
        now: Timestamp,
        then: impl FnOnce(&Arc<Caller>) -> T,
    ) -> Result<T, Refused> {
        if text.len() > KEY_TEXT_BYTES_MAX {
            return Err(Refused::UnknownKey);
        }
        if !self.is_fresh() {
            return Err(Refused::Unconfirmed);
        }
        let hash = sha256(text);
        let ring = self.ring.load();
        let entry = ring.find(&hash).ok_or(Refused::UnknownKey)?;
        entry.check(now)?;
        entry.use_of.note(now);
        Ok(then(&entry.caller))
    }

    /// Whether the store confirmed the keys recently enough.
    pub fn is_fresh(&self) -> bool {
        let confirmed = self.confirmed_ms.load(Ordering::Acquire);
        confirmed != NEVER && self.since_base_ms(Instant::now()).saturating_sub(confirmed) <= self.fresh_ms
    }

    /// The generation of the ring that is known, to ask the store only for a newer one.
    pub(super) fn generation(&self) -> Option<u64> {
        self.ring.load().generation
    }

    /// Takes over what the store answered to a question asked at `asked`: a newer ring, or that the known one still holds.
    pub(super) fn confirm(&self, ring: Option<KeyRing>, asked: Instant) {
        if let Some(ring) = ring {
            let before = self.ring.load_full();
            self.ring.store(Arc::new(Ring::new(&ring, &before)));
        }
        self.confirmed_ms.fetch_max(self.since_base_ms(asked), Ordering::AcqRel);
    }

    /// The uses that are newer than what the store knows by at least `least_secs`; marks them as known.
    pub(super) fn take_uses(&self, least_secs: i64) -> Vec<(Uuid, Timestamp)> {
        let ring = self.ring.load();
        ring.entries.values().flatten().filter_map(|entry| Some((entry.id, entry.use_of.take(least_secs)?))).collect()
    }

    /// Forgets that the store knows those uses, because telling it failed.
    pub(super) fn return_uses(&self, uses: &[(Uuid, Timestamp)]) {
        let ring = self.ring.load();
        for entry in ring.entries.values().flatten().filter(|entry| uses.iter().any(|(id, _)| *id == entry.id)) {
            entry.use_of.noted.store(0, Ordering::Relaxed);
        }
    }

    fn since_base_ms(&self, instant: Instant) -> i64 {
        i64::try_from(instant.duration_since(self.base).as_millis()).unwrap_or(i64::MAX)
    }
}

impl Ring {
    fn new(ring: &KeyRing, before: &Self) -> Self {
        let uses: BTreeMap<Uuid, &Arc<Use>> =
            before.entries.values().flatten().map(|entry| (entry.id, &entry.use_of)).collect();
        let mut entries: HashMap<u64, Vec<Entry>> = HashMap::new();
        for record in &ring.keys {
            let use_of = uses.get(&record.id).map_or_else(|| Arc::new(Use::of(record)), |known| Arc::clone(known));
            if let Some(entry) = Entry::new(record, use_of) {
                entries.entry(prefix(&entry.hash)).or_default().push(entry);
            }
        }
        Self { generation: Some(ring.generation), entries }
    }

    fn find(&self, hash: &[u8; 32]) -> Option<&Entry> {
        let entries = self.entries.get(&prefix(hash))?;
        entries.iter().find(|entry| verify_slices_are_equal(&entry.hash, hash).is_ok())
    }
}

impl Entry {
    /// Nothing for a key of a role that this program does not know: a newer program made it, and nobody may have it here.
    fn new(record: &KeyRecord, use_of: Arc<Use>) -> Option<Self> {
        let (Ok(name), Some(role)) = (Text::line(&record.name, Text::ACTOR_CHARS), Role::parse(&record.role)) else {
            tracing::warn!(key_id = %record.id, role = record.role, "a key of an unknown role is not accepted");
            return None;
        };
        let mut scopes = role.scopes();
        for name in &record.scopes {
            match Scope::parse(name).map(|scope| role.scopes_with([scope])) {
                Some(Ok(more)) => scopes = scopes.iter().chain(more.iter()).collect(),
                Some(Err(_)) | None => {
                    tracing::warn!(key_id = %record.id, scope = name, "a key's scope is unknown or not for its role");
                }
            }
        }
        let caller = Arc::new(Caller { name, role, scopes, kind: CallerKind::ApiKey(record.id) });
        Some(Self {
            id: record.id,
            hash: record.hash,
            caller,
            created_at: record.created_at,
            expires_at: record.expires_at,
            revoked: record.revoked_at.is_some(),
            use_of,
        })
    }

    fn check(&self, now: Timestamp) -> Result<(), Refused> {
        if self.revoked {
            Err(Refused::KeyRevoked)
        } else if self.expires_at.is_some_and(|expires_at| now >= expires_at) {
            Err(Refused::KeyExpired)
        } else if self.created_at.micros() > now.micros().saturating_add(CLOCK_LEAD_MICROS) {
            Err(Refused::KeyNotYet)
        } else {
            Ok(())
        }
    }
}

impl Use {
    fn of(record: &KeyRecord) -> Self {
        let noted = record.last_used_at.map_or(0, seconds);
        Self { last: AtomicI64::new(noted), noted: AtomicI64::new(noted) }
    }

    fn note(&self, now: Timestamp) {
        let now = seconds(now);
        // A store only when the second changes: otherwise every request of every core would write the same cache line.
        if self.last.load(Ordering::Relaxed) < now {
            self.last.fetch_max(now, Ordering::Relaxed);
        }
    }

    fn take(&self, least_secs: i64) -> Option<Timestamp> {
        let last = self.last.load(Ordering::Relaxed);
        let noted = self.noted.load(Ordering::Relaxed);
        if last == 0 || last <= noted || last - noted < least_secs {
            return None;
        }
        self.noted.store(last, Ordering::Relaxed);
        Some(Timestamp::clamped(last.saturating_mul(1_000_000)))
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.micros() / 1_000_000
}

fn prefix(hash: &[u8; 32]) -> u64 {
    hash.iter().take(8).fold(0, |prefix, byte| prefix << 8 | u64::from(*byte))
}
