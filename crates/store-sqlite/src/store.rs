//! [`SqliteStore`]: the contract, each method in one line or two; the SQL stands in the file of the method's name.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Catalog, CompanyId, CreditScope, FeatureKey, ItemRef, ModuleKey, Shape, Standing, Timestamp, Uuid};
use store::{
    CatalogCommit, CatalogHead, CatalogLine, Census, ChangeRequest, ChangeRequestStatus, Committed, CompanyCommit,
    CompanyFilter, CompanyHead, CompanyLine, FeedPage, FeedPosition, HistoryEntry, HistoryPosition, KeyRing,
    LedgerLine, LedgerPosition, Loaded, Reading, ReplyKey, Reshaped, RollOut, Store, StoreError, StoredReply,
    SystemChange, SystemCommit, WatchMark, Watched,
    model::{Clock, SystemClock},
};

use crate::{
    census, change_requests, commit, commit_catalog, commit_system, companies,
    connection::{open_plain, real_path},
    feed, history, holders, keys, ledger, load, load_catalog,
    lock::Lock,
    log,
    now::Now,
    read,
    readers::Readers,
    replies, roll_outs, schema, watch,
    writer::Writer,
};

/// How long dropping the store waits for the writes under way and for the files to close. A disk that hangs must not hang the exit.
const CLOSING_DEADLINE: Duration = Duration::from_secs(5);

/// The embedded store: one SQLite file, one writer that commits waiting writes together, readers that wait for no writer.
pub struct SqliteStore {
    role: Role,
    path: PathBuf,
    now: Now,
    // Both end their threads when dropped; `threads` reports when the last has closed its files. Hence the options and the order.
    writer: Option<Writer>,
    readers: Option<Readers>,
    threads: Mutex<mpsc::Receiver<()>>,
}

/// What this store may do to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Everything: it holds the lock.
    SoleWriter,
    /// Read, and write keys, beside a server that may be running.
    Guest,
}

impl SqliteStore {
    /// Opens a database for a server: nobody else can while it is open.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when it was not migrated to this build's schema; [`StoreError::Unavailable`] when it cannot be opened, or
    /// another process serves it (the message names the file and what to do).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with_clock(path, Arc::new(SystemClock))
    }

    /// [`SqliteStore::open`], with a clock of one's own.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`].
    pub fn open_with_clock(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let path = real_path(path)?;
        check_schema(&path)?;
        let lock = Lock::take(&path)?;
        Self::start(path, Role::SoleWriter, clock, Some(lock))
    }

    /// Opens a database beside a server that may be running: reads everything and writes keys, but neither companies nor the catalog,
    /// because the server would go on answering from its cache.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when it was not migrated to this build's schema; [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open_shared(path: &Path) -> Result<Self, StoreError> {
        let path = real_path(path)?;
        check_schema(&path)?;
        Self::start(path, Role::Guest, Arc::new(SystemClock), None)
    }

    /// The same for commands: a write is waited for as long as a person would, instead of for the second in which a server must have answered.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.writer = self.writer.take().map(Writer::patient);
        self
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn start(path: PathBuf, role: Role, clock: Arc<dyn Clock>, lock: Option<Lock>) -> Result<Self, StoreError> {
        let (alive, threads) = mpsc::channel();
        // The last thread to end gives the lock back, when every file is closed.
        let running = Arc::new((lock, alive));
        let writer = Writer::start(path.clone(), Arc::clone(&running))?;
        let readers = Readers::start(&path, &running)?;
        Ok(Self {
            role,
            path,
            now: Now::of(clock),
            writer: Some(writer),
            readers: Some(readers),
            threads: Mutex::new(threads),
        })
    }

    pub(crate) fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or_else(|| StoreError::Unavailable("the store is closed".to_owned()))
    }

    pub(crate) fn readers(&self) -> Result<&Readers, StoreError> {
        self.readers.as_ref().ok_or_else(|| StoreError::Unavailable("the store is closed".to_owned()))
    }

    /// The store's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn may_write(&self) -> Result<(), StoreError> {
        match self.role {
            Role::SoleWriter => Ok(()),
            Role::Guest => Err(StoreError::Defect(format!(
                "`{}` is open beside a server, which alone may write companies and the catalog; ask its API",
                self.path.display()
            ))),
        }
    }
}

fn check_schema(path: &Path) -> Result<(), StoreError> {
    if !path.exists() {
        return StoreError::schema(0).map_or(Ok(()), Err);
    }
    Ok(schema::verify(&open_plain(path)?)?)
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        drop(self.writer.take());
        drop(self.readers.take());
        // Disconnected: every thread has ended. Otherwise the deadline has passed, and the process ends with them.
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = threads.recv_timeout(CLOSING_DEADLINE);
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn is_sole_writer(&self) -> bool {
        self.role == Role::SoleWriter
    }

    async fn ready(&self) -> Result<Timestamp, StoreError> {
        self.readers()?.read(schema::verify).await?;
        Ok(self.now.get())
    }

    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError> {
        let now = self.now.clone();
        self.readers()?.read(move |connection| load_catalog::catalog(connection, &now)).await
    }

    async fn read(&self, company: CompanyId, known_write_seq: Option<u64>) -> Result<Reading, StoreError> {
        let now = self.now.clone();
        self.readers()?.read(move |connection| read::reading(connection, &now, company, known_write_seq)).await
    }

    async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError> {
        let now = self.now.clone();
        self.readers()?.read(move |connection| load::loaded(connection, &now, company, credits)).await
    }

    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        self.may_write()?;
        let (now, prepared) = (self.now.clone(), commit::Prepared::of(commit));
        self.writer()?.write(move |group| commit::company(group, &now, &prepared)).await
    }

    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError> {
        self.may_write()?;
        let now = self.now.clone();
        self.writer()?.write(move |group| commit_catalog::catalog(group, &now, &commit)).await
    }

    async fn commit_system(&self, commit: SystemCommit) -> Result<Committed, StoreError> {
        if !commit.change.as_ref().is_some_and(SystemChange::is_of_keys) {
            self.may_write()?;
        }
        let now = self.now.clone();
        self.writer()?.write(move |group| commit_system::system(group.connection, &now, &commit)).await
    }

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        self.readers()?.read(move |connection| history::history(connection, company, before, limit)).await
    }

    async fn feed(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        let now = self.now.clone();
        self.readers()?.read(move |connection| feed::page(connection, &now, after, limit)).await
    }

    async fn feed_end(&self) -> Result<FeedPosition, StoreError> {
        self.readers()?.read(feed::end).await
    }

    async fn prune_feed(&self, kept_secs: u32) -> Result<u64, StoreError> {
        let kept_micros = i64::from(kept_secs) * 1_000_000;
        let mut removed = 0;
        loop {
            let before = Timestamp::clamped(self.now.get().micros().saturating_sub(kept_micros));
            let part = self.writer()?.write(move |group| feed::prune(group.connection, before)).await?;
            removed += part;
            if part < u64::from(feed::PRUNE_FEED_LIMIT) {
                return Ok(removed);
            }
        }
    }

    async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError> {
        let (now, since) = (self.now.clone(), since.cloned());
        self.readers()?.read(move |connection| watch::watched(connection, &now, since.as_ref())).await
    }

    async fn reply(&self, key: &ReplyKey) -> Result<Option<StoredReply>, StoreError> {
        let (now, key) = (self.now.clone(), key.clone());
        self.readers()?.read(move |connection| replies::reply(connection, &now, &key)).await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let now = self.now.get();
            let part = self.writer()?.write(move |group| replies::prune(group.connection, now)).await?;
            removed += u64::from(part);
            if part < replies::PRUNE_LIMIT {
                return Ok(removed);
            }
        }
    }

    async fn key_ring(&self, known_generation: Option<u64>) -> Result<Option<KeyRing>, StoreError> {
        self.readers()?.read(move |connection| keys::key_ring(connection, known_generation)).await
    }

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.writer()?.write(move |group| keys::note_use(group.connection, &used)).await
    }

    async fn holders(&self, items: &[ItemRef]) -> Result<BTreeMap<ItemRef, u64>, StoreError> {
        let (now, items) = (self.now.get(), items.to_vec());
        self.readers()?.survey(move |connection| holders::holders(connection, now, &items)).await
    }

    async fn holders_of(
        &self,
        item: &ItemRef,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        let (now, item) = (self.now.get(), item.clone());
        self.readers()?.survey(move |connection| holders::holders_of(connection, now, &item, after, limit)).await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        let now = self.now.clone();
        self.readers()?.survey(move |connection| census::census(connection, &now)).await
    }

    async fn stale_standings(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<Standing>, StoreError> {
        let now = self.now.get();
        self.readers()?.survey(move |connection| census::stale_standings(connection, now, after, limit)).await
    }

    async fn reshape(&self, reshaped: &[Reshaped]) -> Result<(), StoreError> {
        self.may_write()?;
        let reshaped = reshaped.to_vec();
        self.writer()?.write(move |group| census::reshape(group.connection, &reshaped)).await
    }

    async fn companies_of(
        &self,
        shapes: &[Shape],
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let (now, shapes) = (self.now.get(), shapes.to_vec());
        self.readers()?.survey(move |connection| census::companies_of(connection, now, &shapes, after, limit)).await
    }

    async fn companies(
        &self,
        filter: &CompanyFilter,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let (now, filter) = (self.now.get(), filter.clone());
        self.readers()?.survey(move |connection| companies::list(connection, now, &filter, after, limit)).await
    }

    async fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        let feature = feature.clone();
        self.readers()?.read(move |connection| ledger::ledger(connection, company, &feature, before, limit)).await
    }

    async fn move_roll_out(&self, known: u64, next: &RollOut) -> Result<Committed, StoreError> {
        self.may_write()?;
        let next = next.clone();
        self.writer()?.write(move |group| roll_outs::move_on(group.connection, known, &next)).await
    }

    async fn roll_outs(&self, item: Option<&ItemRef>) -> Result<Vec<RollOut>, StoreError> {
        let item = item.cloned();
        self.readers()?.read(move |connection| roll_outs::all(connection, item.as_ref())).await
    }

    async fn note_roll_out_moves(&self, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), StoreError> {
        self.may_write()?;
        let moves = moves.to_vec();
        self.writer()?.write(move |group| roll_outs::note_moves(group.connection, roll_out, &moves)).await
    }

    async fn roll_out_moves(
        &self,
        roll_out: Uuid,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        self.readers()?.read(move |connection| roll_outs::moves(connection, roll_out, after, limit)).await
    }

    async fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, StoreError> {
        self.readers()?.read(move |connection| change_requests::all(connection, status)).await
    }

    async fn due(&self, limit: u32) -> Result<Vec<CompanyId>, StoreError> {
        let now = self.now.get();
        self.readers()?.read(move |connection| log::due(connection, now, limit)).await
    }

    async fn company_log(
        &self,
        company: CompanyId,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<CompanyLine>, StoreError> {
        self.readers()?.read(move |connection| log::of_company(connection, company, after, limit)).await
    }

    async fn catalog_log(&self, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, StoreError> {
        self.readers()?.read(move |connection| log::of_catalog(connection, after, limit)).await
    }

    async fn company_heads(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyHead>, StoreError> {
        self.readers()?.survey(move |connection| log::company_heads(connection, after, limit)).await
    }

    async fn mapped_modules(&self) -> Result<BTreeSet<(ItemRef, ModuleKey)>, StoreError> {
        self.readers()?.read(log::mapped_modules).await
    }

    async fn catalog_head(&self) -> Result<CatalogHead, StoreError> {
        self.readers()?.read(log::catalog_head).await
    }
}
