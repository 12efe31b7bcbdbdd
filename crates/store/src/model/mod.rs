//! The model store: plain maps behind one lock. It is what the real stores are compared with, and what tests of the rooms above
//! storage run on; it keeps nothing across a restart.

mod census;
mod clock;
mod companies;
mod feed;
mod keyring;
mod logs;
mod records;
mod system;
mod webhooks;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
pub use clock::{Clock, ManualClock, SystemClock};
use domain::{
    Catalog, CompanyId, CompanyState, CreditScope, FeatureKey, ItemRef, ModuleKey, Shape, Standing, Timestamp, Uuid,
    apply, apply_catalog,
};
use parking_lot::Mutex;

use crate::{
    CatalogCommit, CatalogHead, CatalogLine, Census, ChangeRequest, ChangeRequestStatus, Committed, CompanyCommit,
    CompanyFilter, CompanyHead, CompanyLine, CompanyReading, FeedPage, FeedPosition, HistoryEntry, HistoryPosition,
    KeyRing, LedgerLine, LedgerPosition, Loaded, Reading, ReplyKey, Reshaped, RollOut, Store, StoreError, StoredReply,
    SystemCommit, WatchMark, Watched, verify::mapped_modules,
};

/// A store of plain maps.
pub struct ModelStore {
    clock: Arc<dyn Clock>,
    content: Mutex<Content>,
}

struct Content {
    catalog: Catalog,
    companies: BTreeMap<CompanyId, CompanyState>,
    history: companies::History,
    feed: feed::Feed,
    replies: BTreeMap<ReplyKey, StoredReply>,
    keys: KeyRing,
    shapes: census::Shapes,
    records: records::Records,
    logs: logs::Logs,
    webhooks: webhooks::Webhooks,
}

impl ModelStore {
    /// An empty store that reads the given clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let feed = feed::Feed::new();
        let webhooks = webhooks::Webhooks::behind(feed.start());
        let content = Content {
            catalog: Catalog::empty(),
            companies: BTreeMap::new(),
            history: companies::History::default(),
            feed,
            replies: BTreeMap::new(),
            keys: KeyRing { generation: 0, keys: Vec::new() },
            shapes: census::Shapes::default(),
            records: records::Records::default(),
            logs: logs::Logs::default(),
            webhooks,
        };
        Self { clock, content: Mutex::new(content) }
    }
}

impl Content {
    fn state(&self, company: CompanyId) -> CompanyState {
        self.companies.get(&company).cloned().unwrap_or_else(|| CompanyState::unknown(company))
    }

    /// Whether no reply is kept under a key.
    fn is_free(&self, key: &ReplyKey, now: Timestamp) -> bool {
        self.replies.get(key).is_none_or(|kept| kept.expires_at() <= now)
    }

    /// Whether the reply's key is free; keeps the reply if so.
    fn keep(&mut self, reply: Option<StoredReply>, now: Timestamp) -> bool {
        let Some(reply) = reply else { return true };
        if !self.is_free(&reply.key, now) {
            return false;
        }
        self.replies.insert(reply.key.clone(), reply);
        true
    }
}

#[async_trait]
impl Store for ModelStore {
    fn is_sole_writer(&self) -> bool {
        true
    }

    async fn ready(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError> {
        Ok((self.content.lock().catalog.clone(), self.clock.now()))
    }

    async fn read(&self, company: CompanyId, known_write_seq: Option<u64>) -> Result<Reading, StoreError> {
        let content = self.content.lock();
        let company = match content.companies.get(&company) {
            None => CompanyReading::Unknown,
            Some(state) if Some(state.write_seq) == known_write_seq => CompanyReading::Unchanged,
            Some(state) => CompanyReading::Standing(state.standing()),
        };
        Ok(Reading { now: self.clock.now(), generation: content.catalog.generation, company })
    }

    async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError> {
        let content = self.content.lock();
        let mut state = content.state(company);
        state.credits.lots.retain(|lot| match credits {
            CreditScope::None => false,
            CreditScope::Open => lot.remaining > 0,
            CreditScope::All => true,
        });
        let head = content.logs.head(company);
        Ok(Loaded { now: self.clock.now(), generation: content.catalog.generation, state, head })
    }

    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        let mut content = self.content.lock();
        let now = self.clock.now();
        if let Some(changes) = &commit.changes {
            if commit.too_late_at.is_some_and(|too_late_at| now >= too_late_at) {
                return Ok(Committed::Raced);
            }
            let seq = content.companies.get(&changes.company_id).map_or(0, |state| state.write_seq);
            if seq != changes.write_seq_before || content.catalog.generation != changes.generation {
                return Ok(Committed::Raced);
            }
        }
        if !content.keep(commit.reply, now) {
            return Ok(Committed::Raced);
        }
        if let Some(changes) = &commit.changes {
            let state = apply(content.state(changes.company_id), changes);
            content.history.record(changes, &commit.request_id);
            content.logs.record(changes, &commit.request_id, commit.head);
            content.records.record(changes);
            content.shapes.record(changes);
            for entry in companies::feed_entries(changes, &commit.request_id) {
                content.feed.append(entry);
            }
            content.companies.insert(changes.company_id, state);
        }
        Ok(Committed::Done)
    }

    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError> {
        let now = self.clock.now();
        let mut content = self.content.lock();
        if let Some(change) = &commit.change {
            let is_held = |item: &ItemRef| census::holders_of(content.companies.values(), item, now).next().is_some();
            if change.generation_before != content.catalog.generation || change.unheld.iter().any(is_held) {
                return Ok(Committed::Raced);
            }
        }
        if commit.decides.as_ref().is_some_and(|decision| !content.records.is_pending(decision)) {
            return Ok(Committed::Raced);
        }
        if commit.roll_out.as_ref().is_some_and(|step| !content.records.may_put(step)) {
            return Ok(Committed::Raced);
        }
        if !content.keep(commit.reply, now) {
            return Ok(Committed::Raced);
        }
        if let Some(step) = commit.roll_out {
            content.records.put(step);
        }
        content.records.change_requests.extend(commit.asks);
        if let Some(decision) = commit.decides {
            content.records.decide(decision);
        }
        if let Some(change) = &commit.change {
            content.catalog = apply_catalog(&content.catalog, change);
            content.history.record_catalog(change, &commit.request_id);
            content.logs.record_catalog(change, &commit.request_id);
            for entry in companies::catalog_feed_entries(change, &commit.request_id) {
                content.feed.append(entry);
            }
        }
        Ok(Committed::Done)
    }

    async fn commit_system(&self, commit: SystemCommit) -> Result<Committed, StoreError> {
        Ok(system::commit(&mut self.content.lock(), commit, self.clock.now()))
    }

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        let content = self.content.lock();
        let known = content.companies.contains_key(&company);
        Ok(known.then(|| content.history.of(company, before, limit as usize)))
    }

    async fn feed(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        let now = self.clock.now();
        Ok(self.content.lock().feed.page(after, limit as usize, now))
    }

    async fn feed_end(&self) -> Result<FeedPosition, StoreError> {
        Ok(self.content.lock().feed.end())
    }

    async fn prune_feed(&self, kept_secs: u32) -> Result<u64, StoreError> {
        let now = self.clock.now();
        Ok(self.content.lock().feed.prune(now, kept_secs))
    }

    async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let write_seq = |company| (company, content.state(company).write_seq);
        let written = since.and_then(feed::seen).and_then(|seen| content.feed.written_since(seen));
        Ok(Watched {
            now,
            generation: content.catalog.generation,
            key_generation: content.keys.generation,
            written: written.map(|companies| companies.into_iter().map(write_seq).collect()),
            mark: content.feed.mark(),
        })
    }

    async fn reply(&self, key: &ReplyKey) -> Result<Option<StoredReply>, StoreError> {
        let now = self.clock.now();
        Ok(self.content.lock().replies.get(key).filter(|reply| reply.expires_at() > now).cloned())
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut content = self.content.lock();
        let before = content.replies.len();
        content.replies.retain(|_, reply| reply.expires_at() > now);
        Ok((before - content.replies.len()) as u64)
    }

    async fn key_ring(&self, known_generation: Option<u64>) -> Result<Option<KeyRing>, StoreError> {
        let content = self.content.lock();
        Ok((Some(content.keys.generation) != known_generation).then(|| content.keys.clone()))
    }

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        keyring::note_use(&mut self.content.lock().keys, used);
        Ok(())
    }

    async fn holders(&self, items: &[ItemRef]) -> Result<BTreeMap<ItemRef, u64>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let count = |item: &ItemRef| census::holders_of(content.companies.values(), item, now).count() as u64;
        Ok(items.iter().map(|item| (item.clone(), count(item))).filter(|(_, count)| *count > 0).collect())
    }

    async fn holders_of(
        &self,
        item: &ItemRef,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let holders = census::holders_of(content.companies.values(), item, now);
        Ok(holders.filter(|(company, _)| Some(*company) > after).take(limit as usize).collect())
    }

    async fn census(&self) -> Result<Census, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        Ok(content.shapes.census(now, content.catalog.generation))
    }

    async fn stale_standings(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<Standing>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let stale = content.shapes.stale(now).filter(|company| Some(*company) > after).take(limit as usize);
        Ok(stale.map(|company| content.state(company).standing()).collect())
    }

    async fn reshape(&self, reshaped: &[Reshaped]) -> Result<(), StoreError> {
        let mut content = self.content.lock();
        for one in reshaped {
            if content.state(one.company_id).write_seq == one.write_seq {
                content.shapes.put(one.company_id, one.shape.clone(), one.until);
            }
        }
        Ok(())
    }

    async fn companies_of(
        &self,
        shapes: &[Shape],
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let found = content.shapes.of(shapes, now);
        Ok(found.filter(|company| Some(*company) > after).take(limit as usize).collect())
    }

    async fn companies(
        &self,
        filter: &CompanyFilter,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let found = content.companies.values().filter(|state| census::fits(filter, state, now));
        let found = found.map(|state| state.company_id).filter(|company| Some(*company) > after);
        Ok(found.take(limit as usize).collect())
    }

    async fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        Ok(self.content.lock().records.ledger(company, feature, before, limit as usize))
    }

    async fn move_roll_out(&self, known: u64, next: &RollOut) -> Result<Committed, StoreError> {
        Ok(self.content.lock().records.move_roll_out(known, next))
    }

    async fn roll_outs(&self, item: Option<&ItemRef>) -> Result<Vec<RollOut>, StoreError> {
        Ok(self.content.lock().records.roll_outs(item))
    }

    async fn note_roll_out_moves(&self, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), StoreError> {
        let mut content = self.content.lock();
        for (company, revision) in moves {
            content.records.moves.entry((roll_out, *company)).or_insert(*revision);
        }
        Ok(())
    }

    async fn roll_out_moves(
        &self,
        roll_out: Uuid,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        let content = self.content.lock();
        let own = content.records.moves.iter().filter(|((of, company), _)| *of == roll_out && Some(*company) > after);
        Ok(own.map(|((_, company), revision)| (*company, *revision)).take(limit as usize).collect())
    }

    async fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, StoreError> {
        Ok(self.content.lock().records.change_requests(status))
    }

    async fn due(&self, limit: u32) -> Result<Vec<CompanyId>, StoreError> {
        let (content, now) = (self.content.lock(), self.clock.now());
        let at = |state: &CompanyState| state.next_boundary.filter(|at| *at <= now).map(|at| (at, state.company_id));
        let mut due: Vec<(Timestamp, CompanyId)> = content.companies.values().filter_map(at).collect();
        due.sort_unstable();
        Ok(due.into_iter().map(|(_, company)| company).take(limit as usize).collect())
    }

    async fn company_log(
        &self,
        company: CompanyId,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<CompanyLine>, StoreError> {
        Ok(self.content.lock().logs.of(company, after, limit as usize))
    }

    async fn catalog_log(&self, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, StoreError> {
        Ok(self.content.lock().logs.of_catalog(after, limit as usize))
    }

    async fn company_heads(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyHead>, StoreError> {
        let content = self.content.lock();
        let later = content.companies.values().filter(|state| Some(state.company_id) > after);
        Ok(later.map(|state| content.logs.company_head(state, &content.shapes)).take(limit as usize).collect())
    }

    async fn mapped_modules(&self) -> Result<BTreeSet<(ItemRef, ModuleKey)>, StoreError> {
        Ok(mapped_modules(&self.content.lock().catalog))
    }

    async fn catalog_head(&self) -> Result<CatalogHead, StoreError> {
        let content = self.content.lock();
        Ok(content.logs.catalog_head(content.catalog.generation))
    }
}
