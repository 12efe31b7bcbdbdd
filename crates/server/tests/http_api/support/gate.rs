//! A store that a test can hold up or take away.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use domain::{Catalog, CompanyId, CreditScope, FeatureKey, ItemRef, ModuleKey, Shape, Standing, Timestamp, Uuid};
use parking_lot::Mutex;
use store::{
    CatalogCommit, CatalogHead, CatalogLine, Census, ChangeRequest, ChangeRequestStatus, Committed, CompanyCommit,
    CompanyFilter, CompanyHead, CompanyLine, FeedPage, FeedPosition, HistoryEntry, HistoryPosition, KeyRing,
    LedgerLine, LedgerPosition, Loaded, Reading, ReplyKey, Reshaped, RollOut, Store, StoreError, StoredReply,
    SystemCommit, WatchMark, Watched,
};
use tokio::sync::Semaphore;

/// As many as may ever pass.
pub(super) const OPEN: usize = 1_000_000;

/// A store behind gates. Gone, everything fails.
pub(crate) struct Gate {
    pub(super) inner: Arc<dyn Store>,
    /// Whatever is asked passes it on its way in.
    passes: Mutex<Arc<Semaphore>>,
    /// What was read for entitlements passes it on its way back.
    pub(super) reads: Mutex<Arc<Semaphore>>,
    /// What is to be stored of companies passes it on its way in.
    pub(super) stores: Mutex<Arc<Semaphore>>,
    /// What was stored of companies passes it on its way back.
    pub(super) commits: Mutex<Arc<Semaphore>>,
    /// What others write passes it on its way back.
    pub(super) looks: Mutex<Arc<Semaphore>>,
    gone: Mutex<bool>,
    /// Whether the next thing to be stored of a company is not.
    pub(super) fails: AtomicBool,
    /// Whether what others write is not heard.
    deaf: Mutex<bool>,
    /// Whether others write the store too.
    is_shared: bool,
    asked: AtomicUsize,
    waiting: AtomicUsize,
    pub(super) looking: AtomicUsize,
}

impl Gate {
    pub(crate) fn before(inner: Arc<dyn Store>) -> Arc<Self> {
        Self::of(inner, false)
    }

    /// Before a store that others write too.
    pub(crate) fn before_shared(inner: Arc<dyn Store>) -> Arc<Self> {
        Self::of(inner, true)
    }

    fn of(inner: Arc<dyn Store>, is_shared: bool) -> Arc<Self> {
        let [passes, reads, stores, commits, looks] = [(); 5].map(|()| Mutex::new(Arc::new(Semaphore::new(OPEN))));
        let [gone, deaf] = [(); 2].map(|()| Mutex::new(false));
        let [asked, waiting, looking] = [(); 3].map(|()| AtomicUsize::new(0));
        let fails = AtomicBool::new(false);
        Arc::new(Self {
            inner,
            passes,
            reads,
            stores,
            commits,
            looks,
            gone,
            fails,
            deaf,
            is_shared,
            asked,
            waiting,
            looking,
        })
    }

    /// How often the store was asked for anything but what others write, and the keys.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What others write is not heard from now on, or heard again.
    pub(crate) fn set_deaf(&self, deaf: bool) {
        *self.deaf.lock() = deaf;
    }

    /// From now on requests wait.
    pub(crate) fn close(&self) {
        *self.passes.lock() = Arc::new(Semaphore::new(0));
    }

    /// Lets everything go on that waits.
    pub(crate) fn open(&self) {
        self.passes.lock().add_permits(OPEN);
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Takes the database away, or brings it back.
    pub(crate) fn set_gone(&self, gone: bool) {
        *self.gone.lock() = gone;
    }

    async fn pass(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.wait_at(&self.passes).await;
        self.present()
    }

    async fn wait_at(&self, gate: &Mutex<Arc<Semaphore>>) {
        let gate = Arc::clone(&gate.lock());
        self.waiting.fetch_add(1, Ordering::SeqCst);
        drop(gate.acquire().await);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn present(&self) -> Result<(), StoreError> {
        if *self.gone.lock() { Err(StoreError::Unavailable("taken away by the test".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Gate {
    fn is_sole_writer(&self) -> bool {
        !self.is_shared && self.inner.is_sole_writer()
    }

    async fn ready(&self) -> Result<Timestamp, StoreError> {
        self.present()?;
        self.inner.ready().await
    }

    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError> {
        self.pass().await?;
        self.inner.catalog().await
    }

    async fn read(&self, company: CompanyId, known: Option<u64>) -> Result<Reading, StoreError> {
        self.pass().await?;
        let reading = self.inner.read(company, known).await;
        self.wait_at(&self.reads).await;
        reading
    }

    async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError> {
        self.pass().await?;
        self.inner.load(company, credits).await
    }

    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        self.pass().await?;
        self.wait_at(&self.stores).await;
        if self.fails.swap(false, Ordering::SeqCst) {
            return Err(StoreError::Unavailable("not stored by the test".to_owned()));
        }
        let committed = self.inner.commit(commit).await;
        self.wait_at(&self.commits).await;
        committed
    }

    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError> {
        self.pass().await?;
        self.inner.commit_catalog(commit).await
    }

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        self.pass().await?;
        self.inner.history(company, before, limit).await
    }

    async fn feed(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        self.present()?;
        self.inner.feed(after, limit).await
    }

    async fn feed_end(&self) -> Result<FeedPosition, StoreError> {
        self.present()?;
        self.inner.feed_end().await
    }

    async fn prune_feed(&self, kept_secs: u32) -> Result<u64, StoreError> {
        self.present()?;
        self.inner.prune_feed(kept_secs).await
    }

    async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError> {
        self.present()?;
        if *self.deaf.lock() {
            return Err(StoreError::Unavailable("cut off by the test".to_owned()));
        }
        let watched = self.inner.watch(since).await;
        let gate = Arc::clone(&self.looks.lock());
        self.looking.fetch_add(1, Ordering::SeqCst);
        if let Ok(passed) = gate.acquire().await {
            passed.forget();
        }
        self.looking.fetch_sub(1, Ordering::SeqCst);
        watched
    }

    async fn reply(&self, key: &ReplyKey) -> Result<Option<StoredReply>, StoreError> {
        self.pass().await?;
        self.inner.reply(key).await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        self.present()?;
        self.inner.prune().await
    }

    async fn key_ring(&self, known: Option<u64>) -> Result<Option<KeyRing>, StoreError> {
        self.present()?;
        self.inner.key_ring(known).await
    }

    async fn commit_system(&self, commit: SystemCommit) -> Result<Committed, StoreError> {
        self.present()?;
        self.inner.commit_system(commit).await
    }

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        self.present()?;
        self.inner.keys_used(used).await
    }

    async fn holders(&self, items: &[ItemRef]) -> Result<BTreeMap<ItemRef, u64>, StoreError> {
        self.pass().await?;
        self.inner.holders(items).await
    }

    async fn holders_of(
        &self,
        item: &ItemRef,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        self.pass().await?;
        self.inner.holders_of(item, after, limit).await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        self.pass().await?;
        self.inner.census().await
    }

    async fn stale_standings(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<Standing>, StoreError> {
        self.pass().await?;
        self.inner.stale_standings(after, limit).await
    }

    async fn reshape(&self, reshaped: &[Reshaped]) -> Result<(), StoreError> {
        self.pass().await?;
        self.inner.reshape(reshaped).await
    }

    async fn companies_of(
        &self,
        shapes: &[Shape],
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        self.pass().await?;
        self.inner.companies_of(shapes, after, limit).await
    }

    async fn companies(
        &self,
        filter: &CompanyFilter,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        self.pass().await?;
        self.inner.companies(filter, after, limit).await
    }

    async fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        self.pass().await?;
        self.inner.ledger(company, feature, before, limit).await
    }

    async fn move_roll_out(&self, known: u64, next: &RollOut) -> Result<Committed, StoreError> {
        self.pass().await?;
        self.inner.move_roll_out(known, next).await
    }

    async fn roll_outs(&self, item: Option<&ItemRef>) -> Result<Vec<RollOut>, StoreError> {
        self.present()?;
        self.inner.roll_outs(item).await
    }

    async fn note_roll_out_moves(&self, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), StoreError> {
        self.pass().await?;
        self.inner.note_roll_out_moves(roll_out, moves).await
    }

    async fn roll_out_moves(
        &self,
        roll_out: Uuid,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        self.pass().await?;
        self.inner.roll_out_moves(roll_out, after, limit).await
    }

    async fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, StoreError> {
        self.pass().await?;
        self.inner.change_requests(status).await
    }

    async fn due(&self, limit: u32) -> Result<Vec<CompanyId>, StoreError> {
        self.present()?;
        self.inner.due(limit).await
    }

    async fn company_log(
        &self,
        company: CompanyId,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<CompanyLine>, StoreError> {
        self.pass().await?;
        self.inner.company_log(company, after, limit).await
    }

    async fn catalog_log(&self, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, StoreError> {
        self.pass().await?;
        self.inner.catalog_log(after, limit).await
    }

    async fn company_heads(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyHead>, StoreError> {
        self.pass().await?;
        self.inner.company_heads(after, limit).await
    }

    async fn mapped_modules(&self) -> Result<BTreeSet<(ItemRef, ModuleKey)>, StoreError> {
        self.pass().await?;
        self.inner.mapped_modules().await
    }

    async fn catalog_head(&self) -> Result<CatalogHead, StoreError> {
        self.pass().await?;
        self.inner.catalog_head().await
    }
}
