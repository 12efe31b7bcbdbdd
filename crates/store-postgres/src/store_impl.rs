//! The contract, method by method.

use async_trait::async_trait;
use domain::{Catalog, CompanyId, Timestamp, Uuid};
use futures_util::FutureExt;
use store::{
    CatalogCommit, Committed, CompanyCommit, FeedEntry, FeedPosition, HistoryEntry, HistoryPosition, KeyRecord,
    KeyRing, Loaded, Reading, ReplyKey, Store, StoreError, StoredReply,
};

use crate::{
    ask::{Asked, Asker},
    catalog,
    commit::Committer,
    commit_catalog,
    connect::Connector,
    connections::Connections,
    feed, history, keys,
    limits::{
        ANSWER_WITHIN, ASKING_CONNECTIONS, COMMIT_LANES, COMMIT_STATEMENT_WITHIN, COMMIT_WITHIN, LOAD_LANES,
        PRUNE_BATCH, READ_LANES, READ_STATEMENT_WITHIN, WRITING_CONNECTIONS,
    },
    load::Load,
    migrate,
    read::Read,
    replies,
    target::Target,
};

/// The store on one PostgreSQL, which any number of nodes may share.
pub struct PostgresStore {
    reads: Asker<Read>,
    loads: Asker<Load>,
    commits: Committer,
    asking: Connections,
    writing: Connections,
}

impl PostgresStore {
    /// Connects to the primary of a `postgres://` URL, which may name several hosts.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when the database has another schema version than this build; [`StoreError::Unavailable`] when no
    /// server that accepts writes answers.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let target = Target::parse(url)?;
        let reading = Connector::new(target.clone(), READ_STATEMENT_WITHIN);
        let writing = Connector::new(target, COMMIT_STATEMENT_WITHIN);
        let store = Self {
            reads: Asker::start(&reading, READ_LANES),
            loads: Asker::start(&reading, LOAD_LANES),
            commits: Committer::start(&writing, COMMIT_LANES),
            asking: Connections::new(reading, ASKING_CONNECTIONS, ANSWER_WITHIN),
            writing: Connections::new(writing, WRITING_CONNECTIONS, COMMIT_WITHIN),
        };
        store.ready().await?;
        Ok(store)
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn is_sole_writer(&self) -> bool {
        false
    }

    async fn ready(&self) -> Result<Timestamp, StoreError> {
        let ready = self.asking.ask(|connection| migrate::ready(connection).boxed()).await?;
        ready.map(Timestamp::from).map_err(|found| {
            StoreError::schema(found).unwrap_or_else(|| StoreError::Defect("the schema version is unclear".to_owned()))
        })
    }

    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError> {
        self.asking.ask(|connection| catalog::load(connection).boxed()).await
    }

    async fn read(&self, company: CompanyId, known_write_seq: Option<u64>) -> Result<Reading, StoreError> {
        self.reads.ask(Asked { company, known: known_write_seq }).await
    }

    async fn load(&self, company: CompanyId) -> Result<Loaded, StoreError> {
        self.loads.ask(Asked { company, known: None }).await
    }

    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        self.commits.commit(commit).await
    }

    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError> {
        self.writing.write(|connection| async move { commit_catalog::commit(connection, &commit).await }.boxed()).await
    }

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        self.asking.ask(|connection| history::page(connection, company, before, limit).boxed()).await
    }

    async fn changes(&self, after: FeedPosition, limit: u32) -> Result<Vec<FeedEntry>, StoreError> {
        self.asking.ask(|connection| feed::changes(connection, after, limit).boxed()).await
    }

    async fn reply(&self, key: &ReplyKey) -> Result<Option<StoredReply>, StoreError> {
        let key = key.clone();
        self.asking
            .ask(move |connection| {
                let key = key.clone();
                async move { replies::find(connection, &key).await }.boxed()
            })
            .await
    }

    async fn prune(&self) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let some = self.writing.write(|connection| replies::prune(connection).boxed()).await?;
            pruned += some;
            if some < PRUNE_BATCH.unsigned_abs() {
                return Ok(pruned);
            }
        }
    }

    async fn key_ring(&self, known_generation: Option<u64>) -> Result<Option<KeyRing>, StoreError> {
        self.asking.ask(|connection| keys::ring(connection, known_generation).boxed()).await
    }

    async fn add_key(&self, key: KeyRecord) -> Result<(), StoreError> {
        self.writing.write(|connection| async move { keys::add(connection, &key).await }.boxed()).await
    }

    async fn revoke_keys(&self, name_or_id: &str) -> Result<Vec<KeyRecord>, StoreError> {
        let name_or_id = name_or_id.to_owned();
        self.writing.write(|connection| async move { keys::revoke(connection, &name_or_id).await }.boxed()).await
    }

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.writing.write(|connection| async move { keys::note_use(connection, &used).await }.boxed()).await
    }
}
