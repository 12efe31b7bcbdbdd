//! What a store must do.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::{
    Catalog, CatalogChange, ChangeSet, CompanyId, CompanyState, CreditScope, FeatureKey, ItemRef, ModuleKey, Shape,
    Standing, Text, Timestamp, Uuid,
};

use crate::{
    CatalogHead, CatalogLine, Census, ChangeRequest, ChangeRequestStatus, CompanyFilter, CompanyHead, CompanyLine,
    FeedEntry, FeedPage, FeedPosition, HistoryEntry, HistoryPosition, KeyRing, LedgerLine, LedgerPosition, ReplyKey,
    Reshaped, RollOut, StoreError, StoredReply, SystemCommit, WatchMark, Watched, WebhookStore, chain::Hash,
};

/// What is known of a company, read for its entitlements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyReading {
    /// It was never written.
    Unknown,
    /// Its write sequence is the one that the reader already has.
    Unchanged,
    /// What decides its answer now.
    Standing(Standing),
}

/// A company, read for its entitlements, with what makes the answer current. All of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The database's clock when the reading began: never later than the last instant at which what it shows was all there was.
    pub now: Timestamp,
    /// The catalog's generation.
    pub generation: u64,
    /// The company.
    pub company: CompanyReading,
}

/// A company, read whole to decide a command on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The database's clock.
    pub now: Timestamp,
    /// The catalog's generation.
    pub generation: u64,
    /// The company; [`CompanyState::unknown`] when it was never written.
    pub state: CompanyState,
    /// The link of the newest row of its history; `None` before the first that has one.
    pub head: Option<Hash>,
}

/// A company write to be stored in one transaction: all of it or nothing.
#[derive(Clone, Debug)]
pub struct CompanyCommit {
    /// The change, guarded by the write sequence and the generation that it was decided on; `None` to keep only the reply.
    pub changes: Option<ChangeSet>,
    /// The link of the newest row of the company's history, as loaded with what the change was decided on: its rows are linked to it.
    /// The write sequence guards it as well.
    pub head: Option<Hash>,
    /// The request that asked for it.
    pub request_id: String,
    /// What to answer to a repeat, when the request carried an idempotency key.
    pub reply: Option<StoredReply>,
    /// The instant, by the database's clock, from which on the change must not be stored any more; `None` when it is never too late.
    ///
    /// What the change replaces answers with a new version at its next boundary, and that version may be the one that the change makes.
    /// So a change is stored before the boundary, or decided anew behind it.
    pub too_late_at: Option<Timestamp>,
}

/// A catalog write to be stored in one transaction: all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct CatalogCommit {
    /// The change, guarded by the generation that it was decided on; `None` where the catalog stays as it is.
    pub change: Option<CatalogChange>,
    /// The change request that waits in the place of a change.
    pub asks: Option<ChangeRequest>,
    /// The change request that is decided with it, guarded by its being pending still.
    pub decides: Option<Decision>,
    /// The roll-out that is started or steered.
    pub roll_out: Option<RollOutStep>,
    /// The request that asked for it.
    pub request_id: String,
    /// What to answer to a repeat, when the request carried an idempotency key.
    pub reply: Option<StoredReply>,
}

/// How a roll-out stands from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollOutStep {
    /// The step that it was decided on, which guards it; `None` is a new roll-out.
    pub known: Option<u64>,
    /// The roll-out.
    pub next: RollOut,
}

/// What becomes of a pending change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which request.
    pub request: Uuid,
    /// Where it stands from now on.
    pub status: ChangeRequestStatus,
    /// Who decided.
    pub by: Text,
    /// When.
    pub at: Timestamp,
}

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is durable.
    Done,
    /// Something that it was decided on has moved, it came too late, or its reply's key is taken: nothing was stored. Load and decide
    /// again.
    Raced,
}

/// A store. Every method is one transaction; every method answers or fails within the store's own deadline.
#[async_trait]
pub trait Store: WebhookStore {
    /// Whether every write of the database goes through this very object, so that what it answered stays true until it is written
    /// again. If not, a cached answer must be confirmed by [`Store::read`].
    fn is_sole_writer(&self) -> bool;

    /// Whether the database answers and has the right schema. Gives the database's clock.
    async fn ready(&self) -> Result<Timestamp, StoreError>;

    /// The whole catalog, and the database's clock.
    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError>;

    /// What decides a company's answer, unless its write sequence still is `known_write_seq`. One round trip.
    async fn read(&self, company: CompanyId, known_write_seq: Option<u64>) -> Result<Reading, StoreError>;

    /// A company's whole state, with as much of its credits as is asked for. One round trip.
    async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError>;

    /// Stores a company write: rows, version, history, feed and kept reply.
    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError>;

    /// Stores a catalog write: entries, revisions, epochs, history, feed, what is asked or decided, and kept reply. Its cost does not depend on the number of holders.
    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError>;

    /// Stores a write of keys or webhook endpoints, and kept reply.
    async fn commit_system(&self, commit: SystemCommit) -> Result<Committed, StoreError>;

    /// A company's history before a position, newest first; `None` when the company was never written.
    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError>;

    /// The committed changes after a position, in commit order, none skipped: an entry is shown only once nothing can come before it.
    async fn feed(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError>;

    /// The entries of [`Store::feed`] alone.
    async fn changes(&self, after: FeedPosition, limit: u32) -> Result<Vec<FeedEntry>, StoreError> {
        Ok(self.feed(after, limit).await?.entries)
    }

    /// The position of the last change that the feed shows, or of the last that was pruned when it shows none.
    async fn feed_end(&self) -> Result<FeedPosition, StoreError>;

    /// Removes changes from the feed that are older than so many seconds, from its beginning up to the first that is not; says how many.
    async fn prune_feed(&self, kept_secs: u32) -> Result<u64, StoreError>;

    /// What has been written since a mark, by whomever. Without a mark, or with one that says nothing, everything may have been.
    async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError>;

    /// A kept reply that has not expired.
    async fn reply(&self, key: &ReplyKey) -> Result<Option<StoredReply>, StoreError>;

    /// Removes replies that have expired; says how many.
    async fn prune(&self) -> Result<u64, StoreError>;

    /// Every API key, unless the ring still is of `known_generation`.
    async fn key_ring(&self, known_generation: Option<u64>) -> Result<Option<KeyRing>, StoreError>;

    /// Notes when keys were last accepted. Never moves a time back.
    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError>;

    /// How many companies have an entitling row, not yet ended, for each of the items; those with none may be left out.
    async fn holders(&self, items: &[ItemRef]) -> Result<BTreeMap<ItemRef, u64>, StoreError>;

    /// The companies with an entitling row, not yet ended, for an item, after a company, by identifier, with their assigned revisions.
    async fn holders_of(
        &self,
        item: &ItemRef,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError>;

    /// How many companies are of each shape. Companies whose shape may have changed since it was stored are not in it: they are
    /// [`Store::stale_standings`].
    async fn census(&self) -> Result<Census, StoreError>;

    /// The companies whose stored shape may be over, after a company, by identifier.
    async fn stale_standings(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<Standing>, StoreError>;

    /// Stores the present shapes of companies that nobody has written since. Changes no answer, no version and no history.
    async fn reshape(&self, reshaped: &[Reshaped]) -> Result<(), StoreError>;

    /// The companies of some shapes that are not over, after a company, by identifier.
    async fn companies_of(
        &self,
        shapes: &[Shape],
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError>;

    /// The companies that fit a filter, after a company, by identifier.
    async fn companies(
        &self,
        filter: &CompanyFilter,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError>;

    /// A company's credit ledger of one feature before a position, newest first.
    async fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: u32,
    ) -> Result<Vec<LedgerLine>, StoreError>;

    /// Stores a roll-out's progress, unless it is no longer as it was at `known`: then [`Committed::Raced`].
    async fn move_roll_out(&self, known: u64, next: &RollOut) -> Result<Committed, StoreError>;

    /// Every roll-out, newest first; of an item, where one is named.
    async fn roll_outs(&self, item: Option<&ItemRef>) -> Result<Vec<RollOut>, StoreError>;

    /// Notes where companies stood before a roll-out moved them; what is noted already stays.
    async fn note_roll_out_moves(&self, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), StoreError>;

    /// Where companies stood before a roll-out moved them, after a company, by identifier.
    async fn roll_out_moves(
        &self,
        roll_out: Uuid,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError>;

    /// Every change request, newest first; of one status, where one is named.
    async fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, StoreError>;

    /// Companies with a boundary that has passed and that their history does not tell of, the longest passed first.
    async fn due(&self, limit: u32) -> Result<Vec<CompanyId>, StoreError>;

    /// A company's history as stored, after a place (write sequence and part), in the order in which it was written.
    async fn company_log(
        &self,
        company: CompanyId,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<CompanyLine>, StoreError>;

    /// The catalog's history as stored, after a place (generation and part), in the order in which it was written.
    async fn catalog_log(&self, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, StoreError>;

    /// What every company's history must lead to, after a company, by identifier. A company of which there is a history and nothing else has
    /// a head of nothing: write 0, version 0.
    async fn company_heads(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyHead>, StoreError>;

    /// The modules that packages and add-ons include by the tables of requirements 004 (§7.4, §7.5), which follow their newest revisions.
    async fn mapped_modules(&self) -> Result<BTreeSet<(ItemRef, ModuleKey)>, StoreError>;

    /// What the catalog's history must lead to.
    async fn catalog_head(&self) -> Result<CatalogHead, StoreError>;
}
