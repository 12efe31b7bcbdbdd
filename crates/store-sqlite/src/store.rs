//! [`SqliteStore`]: the contract, each method in one line or two; the SQL stands in the file of the method's name.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Catalog, CompanyId, Timestamp, Uuid};
use store::{
    CatalogCommit, Committed, CompanyCommit, FeedEntry, FeedPosition, HistoryEntry, HistoryPosition, KeyRecord,
    KeyRing, Loaded, Reading, ReplyKey, Store, StoreError, StoredReply,
    model::{Clock, SystemClock},
};

use crate::{
    commit, commit_catalog,
    connection::{open_plain, real_path},
    feed, history, keys, load, load_catalog,
    lock::Lock,
    now::Now,
    read,
    readers::Readers,
    replies, schema,
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

    fn readers(&self) -> Result<&Readers, StoreError> {
        self.readers.as_ref().ok_or_else(|| StoreError::Unavailable("the store is closed".to_owned()))
    }

    fn may_write(&self) -> Result<(), StoreError> {
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

    async fn load(&self, company: CompanyId) -> Result<Loaded, StoreError> {
        let now = self.now.clone();
        self.readers()?.read(move |connection| load::loaded(connection, &now, company)).await
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

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        self.readers()?.read(move |connection| history::history(connection, company, before, limit)).await
    }

    async fn changes(&self, after: FeedPosition, limit: u32) -> Result<Vec<FeedEntry>, StoreError> {
        self.readers()?.read(move |connection| feed::changes(connection, after, limit)).await
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

    async fn add_key(&self, key: KeyRecord) -> Result<(), StoreError> {
        self.writer()?.write(move |group| keys::add(group.connection, &key)).await
    }

    async fn revoke_keys(&self, name_or_id: &str) -> Result<Vec<KeyRecord>, StoreError> {
        let (now, name_or_id) = (self.now.get(), name_or_id.to_owned());
        self.writer()?.write(move |group| keys::revoke(group.connection, &name_or_id, now)).await
    }

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.writer()?.write(move |group| keys::note_use(group.connection, &used)).await
    }
}
