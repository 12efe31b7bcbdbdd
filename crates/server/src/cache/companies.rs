//! The cache of companies: what decides their answers, and the answers as encoded bytes.
//!
//! INVARIANT: what the cache holds for a company is never older than what it held before. A write replaces it; a fill that began
//! before a write of the same shard is not stored; an entry is used only with the catalog generation that it was made on.

use std::hash::BuildHasher;

use bytes::Bytes;
use domain::{CompanyId, Standing, Timestamp};
use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::RwLock;

use super::entry::Entry;

/// How many parts the cache is locked in. Far more than there are cores, so that two requests seldom meet.
const SHARDS: usize = 256;

/// An encoded answer.
#[derive(Clone, Debug)]
pub(crate) struct CachedAnswer {
    /// The body, envelope included.
    pub(crate) body: Bytes,
    /// Its entitlement version.
    pub(crate) version: u64,
    /// The instant up to which it holds, in microseconds; [`i64::MAX`] when it has no end.
    pub(crate) valid_until: i64,
}

/// What the cache has for a company.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// An answer that holds.
    Answer {
        /// The body.
        body: Bytes,
        /// Its entitlement version.
        version: u64,
    },
    /// No answer that holds, but what decides it.
    Standing(Standing),
    /// What it has was made on a newer catalog than the one asked for: take the newer one and look again.
    NewerCatalog,
    /// Nothing.
    Miss,
}

/// Says when a fill began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

/// The cache of companies. Bounded in bytes; a full part drops whatever its hand points at, so that reads keep no books.
pub(crate) struct CompanyCache {
    shards: Box<[RwLock<Shard>]>,
    hasher: DefaultHashBuilder,
    max_shard_bytes: usize,
}

#[derive(Default)]
struct Shard {
    table: HashTable<Entry>,
    bytes: usize,
    writes: u64,
    hand: usize,
}

impl CompanyCache {
    /// A cache of at most `max_bytes`.
    pub(crate) fn new(max_bytes: usize) -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::new(Shard::default())).collect();
        Self { shards, hasher: DefaultHashBuilder::default(), max_shard_bytes: max_bytes / SHARDS }
    }

    /// What there is for a company, for use with the catalog of `generation` at `now`.
    pub(crate) fn lookup(&self, company: CompanyId, generation: u64, now: Timestamp) -> Lookup {
        let (hash, shard) = self.place(company);
        let shard = shard.read();
        let Some(entry) = shard.find(hash, company) else { return Lookup::Miss };
        if let Some((body, version)) = entry.answer(company, generation, now.micros()) {
            return Lookup::Answer { body, version };
        }
        if entry.generation() > generation {
            return Lookup::NewerCatalog;
        }
        entry.standing(company).map_or(Lookup::Miss, Lookup::Standing)
    }

    /// The write sequence of what there is for a company, and a ticket to fill it by.
    pub(crate) fn known(&self, company: CompanyId) -> (Option<u64>, Ticket) {
        let (hash, shard) = self.place(company);
        let shard = shard.read();
        (shard.find(hash, company).map(Entry::write_seq), Ticket(shard.writes))
    }

    /// Stores what was read from the database since the ticket was given, unless the company may have been written meanwhile. What is
    /// held and older gives way in any case: whoever was answered from the database is never answered an older state from here.
    pub(crate) fn fill(&self, ticket: Ticket, standing: &Standing, generation: u64, answer: Option<&CachedAnswer>) {
        let (hash, shard) = self.place(standing.company_id);
        let mut shard = shard.write();
        let known = shard.find(hash, standing.company_id).map(|known| (known.write_seq(), known.generation()));
        let read = (standing.write_seq, generation);
        let gives_way = known.is_some_and(|known| known.0 < standing.write_seq);
        if gives_way || shard.writes == ticket.0 && known.is_none_or(|known| known <= read) {
            self.replace(&mut shard, hash, Entry::new(standing, generation, answer));
        } else {
            // What was read is answered and held nowhere: a fill that read something older must not be held either.
            shard.writes += 1;
        }
    }

    /// Adds an answer to what there is for a company, if that still is of that write sequence.
    pub(crate) fn answered(&self, company: CompanyId, write_seq: u64, generation: u64, answer: &CachedAnswer) {
        let (hash, shard) = self.place(company);
        let mut shard = shard.write();
        let known = shard.find(hash, company);
        let current = known.filter(|known| known.write_seq() == write_seq && known.generation() <= generation);
        if let Some(entry) = current.map(|known| known.with_answer(generation, answer)) {
            self.replace(&mut shard, hash, entry);
        }
    }

    /// Stores what a write made of a company.
    pub(crate) fn written(&self, standing: &Standing, generation: u64) {
        let (hash, shard) = self.place(standing.company_id);
        let mut shard = shard.write();
        shard.writes += 1;
        let is_newer = shard.find(hash, standing.company_id).is_none_or(|known| known.write_seq() < standing.write_seq);
        if is_newer {
            self.replace(&mut shard, hash, Entry::new(standing, generation, None));
        }
    }

    /// Notes that a company is of that write sequence now, by whomever it was written: what is older is forgotten, and not filled in again.
    pub(crate) fn written_elsewhere(&self, company: CompanyId, write_seq: u64) {
        let (hash, shard) = self.place(company);
        let mut shard = shard.write();
        shard.writes += 1;
        if shard.find(hash, company).is_some_and(|known| known.write_seq() < write_seq) {
            shard.remove(hash, company);
        }
    }

    /// Forgets everything, what is being filled in included.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.writes += 1;
            shard.table.clear();
            shard.bytes = 0;
        }
    }

    /// Forgets a company whose stored state is not known for certain.
    pub(crate) fn forget(&self, company: CompanyId) {
        let (hash, shard) = self.place(company);
        let mut shard = shard.write();
        shard.writes += 1;
        shard.remove(hash, company);
    }

    /// How many companies are cached, and their bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let sizes = self.shards.iter().map(|shard| shard.read()).map(|shard| (shard.table.len(), shard.bytes));
        sizes.fold((0, 0), |(entries, bytes), (more_entries, more_bytes)| (entries + more_entries, bytes + more_bytes))
    }

    fn place(&self, company: CompanyId) -> (u64, &RwLock<Shard>) {
        let hash = self.hash(company.uuid().as_bytes());
        // The table inside a part uses the lowest and highest bits.
        let index = usize::try_from(hash >> 32).unwrap_or(0) % self.shards.len();
        #[expect(clippy::indexing_slicing, reason = "the index is taken modulo the length, which is never 0")]
        (hash, &self.shards[index])
    }

    fn hash(&self, id: &[u8]) -> u64 {
        self.hasher.hash_one(id)
    }

    fn replace(&self, shard: &mut Shard, hash: u64, entry: Entry) {
        shard.bytes += entry.cost();
        match shard.table.find_mut(hash, |known| known.id() == entry.id()) {
            Some(known) => {
                shard.bytes -= known.cost();
                *known = entry;
            }
            None => {
                shard.table.insert_unique(hash, entry, |known| self.hash(known.id()));
            }
        }
        shard.shrink_to(self.max_shard_bytes);
    }
}

impl Shard {
    fn find(&self, hash: u64, company: CompanyId) -> Option<&Entry> {
        self.table.find(hash, |entry| entry.id() == company.uuid().as_bytes())
    }

    fn remove(&mut self, hash: u64, company: CompanyId) {
        if let Ok(found) = self.table.find_entry(hash, |entry| entry.id() == company.uuid().as_bytes()) {
            self.bytes -= found.remove().0.cost();
        }
    }

    /// Drops entries, wherever the hand stands, until the part is within its limit.
    fn shrink_to(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes && !self.table.is_empty() {
            self.hand = (self.hand + 1) % self.table.num_buckets().max(1);
            if let Ok(found) = self.table.get_bucket_entry(self.hand) {
                self.bytes -= found.remove().0.cost();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(id: u128, write_seq: u64) -> Standing {
        let company_id = CompanyId::new(domain::Uuid::from_u128(id)).unwrap();
        Standing {
            company_id,
            write_seq,
            version_base: 1,
            last_write_at: Timestamp::MIN,
            terms: Vec::new(),
            grants: Vec::new(),
        }
    }

    fn answer(version: u64, valid_until: i64) -> CachedAnswer {
        CachedAnswer { body: Bytes::from_static(b"{}"), version, valid_until }
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::clamped(micros)
    }

    #[test]
    fn an_answer_is_served_only_on_its_catalog_and_before_its_end() {
        let cache = CompanyCache::new(1 << 20);
        let one = standing(1, 1);
        let (_, ticket) = cache.known(one.company_id);

        cache.fill(ticket, &one, 5, Some(&answer(3, 100)));

        assert!(matches!(cache.lookup(one.company_id, 5, at(99)), Lookup::Answer { version: 3, .. }));
        assert!(matches!(cache.lookup(one.company_id, 5, at(100)), Lookup::Standing(_)));
        assert!(matches!(cache.lookup(one.company_id, 6, at(0)), Lookup::Standing(_)));
        assert!(matches!(cache.lookup(one.company_id, 4, at(0)), Lookup::NewerCatalog));
    }

    #[test]
    fn a_fill_that_began_before_a_write_is_not_stored_even_when_the_write_was_dropped_since() {
        let cache = CompanyCache::new(1 << 20);
        let (old, new) = (standing(1, 1), standing(1, 2));
        let (_, ticket) = cache.known(old.company_id);

        cache.written(&new, 1);
        cache.fill(ticket, &old, 1, None);
        assert_eq!(cache.known(old.company_id).0, Some(2));

        cache.forget(old.company_id);
        cache.fill(ticket, &old, 1, None);
        assert_eq!(cache.known(old.company_id).0, None);
    }

    #[test]
    fn what_another_node_wrote_is_forgotten_here_unless_it_is_known_already() {
        let cache = CompanyCache::new(1 << 20);
        let company = standing(1, 2).company_id;
        cache.written(&standing(1, 2), 1);

        cache.written_elsewhere(company, 2);
        assert_eq!(cache.known(company).0, Some(2));

        cache.written_elsewhere(company, 3);
        assert_eq!(cache.known(company).0, None);
    }

    #[test]
    fn a_fill_that_began_before_another_node_was_heard_of_is_not_stored() {
        let cache = CompanyCache::new(1 << 20);
        let company = standing(1, 1).company_id;

        let (_, before) = cache.known(company);
        cache.written_elsewhere(company, 2);
        cache.fill(before, &standing(1, 1), 1, None);
        assert_eq!(cache.known(company).0, None);

        let (_, before) = cache.known(company);
        cache.clear();
        cache.fill(before, &standing(1, 1), 1, None);
        assert_eq!(cache.known(company).0, None);

        let (_, after) = cache.known(company);
        cache.fill(after, &standing(1, 2), 1, None);
        assert_eq!(cache.known(company).0, Some(2));
    }

    #[test]
    fn what_was_read_newer_than_what_is_held_replaces_it_even_when_something_was_written_meanwhile() {
        let cache = CompanyCache::new(1 << 20);
        let (held, heard, read) = (standing(1, 1), standing(1, 2), standing(1, 3));
        let (_, first) = cache.known(held.company_id);
        cache.fill(first, &held, 1, None);
        let (_, ticket) = cache.known(held.company_id);

        cache.written(&heard, 1);
        cache.fill(ticket, &read, 1, None);

        assert_eq!(cache.known(held.company_id).0, Some(3), "or the next answer would be older than this one");
    }

    #[test]
    fn an_older_write_never_replaces_a_newer_one() {
        let cache = CompanyCache::new(1 << 20);

        cache.written(&standing(1, 2), 1);
        cache.written(&standing(1, 1), 1);

        assert_eq!(cache.known(standing(1, 1).company_id).0, Some(2));
    }

    #[test]
    fn an_answer_is_not_added_to_another_write() {
        let cache = CompanyCache::new(1 << 20);
        let company = standing(1, 1).company_id;
        cache.written(&standing(1, 2), 1);

        cache.answered(company, 1, 1, &answer(1, i64::MAX));
        assert!(matches!(cache.lookup(company, 1, at(0)), Lookup::Standing(_)));

        cache.answered(company, 2, 1, &answer(2, i64::MAX));
        assert!(matches!(cache.lookup(company, 1, at(0)), Lookup::Answer { version: 2, .. }));
    }

    #[test]
    fn the_cache_stays_within_its_bytes() {
        let cache = CompanyCache::new(256 * 2_000);
        for id in 1..20_000 {
            cache.written(&standing(id, 1), 1);
        }

        let (entries, bytes) = cache.size();
        assert!(bytes <= 256 * 2_000, "{bytes}");
        assert!(entries > 2_000, "{entries}");
        let recount: usize =
            cache.shards.iter().flat_map(|s| s.read().table.iter().map(Entry::cost).collect::<Vec<_>>()).sum();
        assert_eq!(bytes, recount);
    }
}
