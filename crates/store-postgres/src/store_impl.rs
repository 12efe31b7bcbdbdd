//! The contract, method by method.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use domain::{Catalog, CompanyId, CreditScope, FeatureKey, ItemRef, ModuleKey, Shape, Standing, Timestamp, Uuid};
use futures_util::FutureExt;
use store::{
    CatalogCommit, CatalogHead, CatalogLine, Census, ChangeRequest, ChangeRequestStatus, Committed, CompanyCommit,
    CompanyFilter, CompanyHead, CompanyLine, FeedPage, FeedPosition, HistoryEntry, HistoryPosition, KeyRing,
    LedgerLine, LedgerPosition, Loaded, Reading, ReplyKey, Reshaped, RollOut, SCHEMA_VERSION, Store, StoreError,
    StoredReply, SystemCommit, WatchMark, Watched,
};

use crate::{
    ask::{Asked, Asker},
    catalog, census, change_requests,
    commit::Committer,
    commit_catalog, commit_system, companies,
    connect::Connector,
    connections::Connections,
    failure::unanswered,
    feed, history, holders, keys, ledger,
    limits::{
        ANSWER_WITHIN, ASKING_CONNECTIONS, COMMIT_LANES, COMMIT_STATEMENT_WITHIN, COMMIT_WITHIN,
        DELIVERING_CONNECTIONS, LOAD_LANES, MIGRATE_WITHIN, PRUNE_BATCH, PRUNE_FEED_BATCH, READ_LANES,
        READ_STATEMENT_WITHIN, SURVEY_WITHIN, SURVEYING_CONNECTIONS, WRITING_CONNECTIONS,
    },
    load::Load,
    log, migrate,
    read::Read,
    replies, roll_outs,
    target::Target,
    watch::Watcher,
};

/// The store on one PostgreSQL, which any number of nodes may share.
pub struct PostgresStore {
    reads: Asker<Read>,
    loads: Asker<Load>,
    commits: Committer,
    asking: Connections,
    surveying: Connections,
    writing: Connections,
    delivering: Connections,
    watcher: Watcher,
    /// The schema that the database was last seen with.
    schema: AtomicU32,
}

impl PostgresStore {
    /// Connects to the primary of a `postgres://` URL, which may name several hosts. What a dump brought here of the feed of a server that had
    /// counted further is given up: it could not be put in order with what comes.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when the database has another schema version than this build; [`StoreError::Unavailable`] when no
    /// server that accepts writes answers.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let target = Target::parse(url)?;
        let settling = Connector::new(target.clone(), MIGRATE_WITHIN);
        let reading = Connector::new(target.clone(), READ_STATEMENT_WITHIN);
        let surveying = Connector::new(target.clone(), SURVEY_WITHIN);
        let writing = Connector::new(target, COMMIT_STATEMENT_WITHIN);
        let store = Self {
            reads: Asker::start(&reading, READ_LANES),
            loads: Asker::start(&reading, LOAD_LANES),
            commits: Committer::start(&writing, COMMIT_LANES),
            watcher: Watcher::new(reading.clone()),
            schema: AtomicU32::new(SCHEMA_VERSION),
            asking: Connections::new(reading, ASKING_CONNECTIONS, ANSWER_WITHIN),
            surveying: Connections::new(surveying, SURVEYING_CONNECTIONS, SURVEY_WITHIN),
            delivering: Connections::new(writing.clone(), DELIVERING_CONNECTIONS, COMMIT_WITHIN),
            writing: Connections::new(writing, WRITING_CONNECTIONS, COMMIT_WITHIN),
        };
        store.ready().await?;
        if store.asking.ask(|connection| feed::is_foreign(connection).boxed()).await? {
            let given_up = feed::give_up_foreign(&mut settling.connect().await?).await;
            given_up.map_err(|error| unanswered(&error))?;
        }
        Ok(store)
    }

    /// Refuses once the database was seen with another schema: this build would not know what it reads and writes.
    fn known_schema(&self) -> Result<(), StoreError> {
        StoreError::schema(self.schema.load(Ordering::Relaxed)).map_or(Ok(()), Err)
    }

    /// Notes what an answer says of the schema.
    fn noted<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        match &answer {
            Ok(_) => self.schema.store(SCHEMA_VERSION, Ordering::Relaxed),
            Err(StoreError::Schema { found, .. }) => self.schema.store(*found, Ordering::Relaxed),
            Err(_) => {}
        }
        answer
    }

    /// Connections for what reads and is not batched.
    pub(crate) fn asking(&self) -> &Connections {
        &self.asking
    }

    /// Connections for what goes through whole tables.
    pub(crate) fn surveying(&self) -> &Connections {
        &self.surveying
    }

    /// Connections for what webhooks write.
    pub(crate) fn delivering(&self) -> &Connections {
        &self.delivering
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn is_sole_writer(&self) -> bool {
        false
    }

    async fn ready(&self) -> Result<Timestamp, StoreError> {
        let ready = self.asking.ask(|connection| migrate::ready(connection).boxed()).await?;
        self.noted(ready.map(Timestamp::from).map_err(|found| {
            StoreError::schema(found).unwrap_or_else(|| StoreError::Defect("the schema version is unclear".to_owned()))
        }))
    }

    async fn catalog(&self) -> Result<(Catalog, Timestamp), StoreError> {
        self.asking.ask(|connection| catalog::load(connection).boxed()).await
    }

    async fn read(&self, company: CompanyId, known_write_seq: Option<u64>) -> Result<Reading, StoreError> {
        self.known_schema()?;
        self.reads.ask(Asked { company, known: known_write_seq, credits: CreditScope::None }).await
    }

    async fn load(&self, company: CompanyId, credits: CreditScope) -> Result<Loaded, StoreError> {
        self.known_schema()?;
        self.loads.ask(Asked { company, known: None, credits }).await
    }

    async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        self.known_schema()?;
        self.commits.commit(commit).await
    }

    async fn commit_catalog(&self, commit: CatalogCommit) -> Result<Committed, StoreError> {
        self.known_schema()?;
        self.writing.write(|connection| async move { commit_catalog::commit(connection, &commit).await }.boxed()).await
    }

    async fn commit_system(&self, commit: SystemCommit) -> Result<Committed, StoreError> {
        self.known_schema()?;
        self.writing.write(|connection| async move { commit_system::commit(connection, &commit).await }.boxed()).await
    }

    async fn history(
        &self,
        company: CompanyId,
        before: Option<HistoryPosition>,
        limit: u32,
    ) -> Result<Option<Vec<HistoryEntry>>, StoreError> {
        self.asking.ask(|connection| history::page(connection, company, before, limit).boxed()).await
    }

    async fn feed(&self, after: FeedPosition, limit: u32) -> Result<FeedPage, StoreError> {
        self.asking.ask(|connection| feed::page(connection, after, limit).boxed()).await
    }

    async fn feed_end(&self) -> Result<FeedPosition, StoreError> {
        self.asking.ask(|connection| feed::end(connection).boxed()).await
    }

    async fn prune_feed(&self, kept_secs: u32) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let some = self.writing.write(|connection| feed::prune(connection, kept_secs).boxed()).await?;
            pruned += some;
            if some < PRUNE_FEED_BATCH.unsigned_abs() {
                return Ok(pruned);
            }
        }
    }

    async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError> {
        self.noted(self.watcher.watch(since).await)
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

    async fn keys_used(&self, used: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.writing.write(|connection| async move { keys::note_use(connection, &used).await }.boxed()).await
    }

    async fn holders(&self, items: &[ItemRef]) -> Result<BTreeMap<ItemRef, u64>, StoreError> {
        let items: Arc<[ItemRef]> = items.into();
        self.surveying
            .ask(move |connection| {
                let items = Arc::clone(&items);
                async move { holders::count(connection, &items).await }.boxed()
            })
            .await
    }

    async fn holders_of(
        &self,
        item: &ItemRef,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        let item = item.clone();
        self.surveying
            .ask(move |connection| {
                let item = item.clone();
                async move { holders::of(connection, &item, after, limit).await }.boxed()
            })
            .await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        self.surveying.ask(|connection| census::census(connection).boxed()).await
    }

    async fn stale_standings(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<Standing>, StoreError> {
        self.surveying.ask(|connection| census::stale_standings(connection, after, limit).boxed()).await
    }

    async fn reshape(&self, reshaped: &[Reshaped]) -> Result<(), StoreError> {
        let reshaped = reshaped.to_vec();
        self.writing.write(|connection| async move { census::reshape(connection, &reshaped).await }.boxed()).await
    }

    async fn companies_of(
        &self,
        shapes: &[Shape],
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let shapes: Arc<[Shape]> = shapes.into();
        self.surveying
            .ask(move |connection| {
                let shapes = Arc::clone(&shapes);
                async move { census::companies_of(connection, &shapes, after, limit).await }.boxed()
            })
            .await
    }

    async fn companies(
        &self,
        filter: &CompanyFilter,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<CompanyId>, StoreError> {
        let filter = filter.clone();
        self.surveying
            .ask(move |connection| {
                let filter = filter.clone();
                async move { companies::list(connection, &filter, after, limit).await }.boxed()
            })
            .await
    }

    async fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: u32,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        let feature = feature.clone();
        self.asking
            .ask(move |connection| {
                let feature = feature.clone();
                async move { ledger::page(connection, company, &feature, before, limit).await }.boxed()
            })
            .await
    }

    async fn move_roll_out(&self, known: u64, next: &RollOut) -> Result<Committed, StoreError> {
        let next = next.clone();
        self.writing.write(|connection| async move { roll_outs::move_on(connection, known, &next).await }.boxed()).await
    }

    async fn roll_outs(&self, item: Option<&ItemRef>) -> Result<Vec<RollOut>, StoreError> {
        let item = item.cloned();
        self.asking
            .ask(move |connection| {
                let item = item.clone();
                async move { roll_outs::all(connection, item.as_ref()).await }.boxed()
            })
            .await
    }

    async fn note_roll_out_moves(&self, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), StoreError> {
        let moves = moves.to_vec();
        self.writing
            .write(|connection| async move { roll_outs::note_moves(connection, roll_out, &moves).await }.boxed())
            .await
    }

    async fn roll_out_moves(
        &self,
        roll_out: Uuid,
        after: Option<CompanyId>,
        limit: u32,
    ) -> Result<Vec<(CompanyId, u32)>, StoreError> {
        self.asking.ask(|connection| roll_outs::moves(connection, roll_out, after, limit).boxed()).await
    }

    async fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, StoreError> {
        self.asking.ask(|connection| change_requests::all(connection, status).boxed()).await
    }

    async fn due(&self, limit: u32) -> Result<Vec<CompanyId>, StoreError> {
        self.asking.ask(move |connection| log::due(connection, limit).boxed()).await
    }

    async fn company_log(
        &self,
        company: CompanyId,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<CompanyLine>, StoreError> {
        self.asking.ask(move |connection| log::of_company(connection, company, after, limit).boxed()).await
    }

    async fn catalog_log(&self, after: (u64, u32), limit: u32) -> Result<Vec<CatalogLine>, StoreError> {
        self.asking.ask(move |connection| log::of_catalog(connection, after, limit).boxed()).await
    }

    async fn company_heads(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyHead>, StoreError> {
        self.surveying.ask(move |connection| log::company_heads(connection, after, limit).boxed()).await
    }

    async fn mapped_modules(&self) -> Result<BTreeSet<(ItemRef, ModuleKey)>, StoreError> {
        self.asking.ask(|connection| log::mapped_modules(connection).boxed()).await
    }

    async fn catalog_head(&self) -> Result<CatalogHead, StoreError> {
        self.asking.ask(|connection| log::catalog_head(connection).boxed()).await
    }
}
