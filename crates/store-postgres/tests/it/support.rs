//! A cluster, a database in it, and stores on it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use store::{Committed, CompanyCommit, ReplyKey, Store, StoreError, StoredReply};
use store_postgres::PostgresStore;
use throwaway::{Cluster, Options};

/// How long a test waits for what must come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A cluster that does not wait for the disk.
pub(crate) fn cluster() -> Cluster {
    let settings = vec![("max_connections".to_owned(), "1000".to_owned())];
    Cluster::start(Options { settings, ..Options::default() }).unwrap()
}

/// A migrated database of that name; gives its URL.
pub(crate) async fn database(cluster: &Cluster, name: &str) -> String {
    let url = cluster.create_database(name).unwrap();
    store_postgres::migrate(&url).await.unwrap();
    url
}

/// A store on a URL.
pub(crate) async fn connect(url: &str) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::connect(url).await.unwrap())
}

/// A reply to keep under a key.
pub(crate) async fn reply(store: &dyn Store, key: &str) -> StoredReply {
    StoredReply {
        key: ReplyKey { caller: "caller".to_owned(), key: key.to_owned() },
        request_hash: [7; 32],
        status: 200,
        headers: vec![("etag".to_owned(), "\"1\"".to_owned())],
        body: b"{}".to_vec(),
        created_at: store.ready().await.unwrap(),
    }
}

/// Commits a change set with a reply.
pub(crate) async fn commit(
    store: &dyn Store,
    changes: domain::ChangeSet,
    reply: Option<StoredReply>,
) -> Result<Committed, StoreError> {
    let head = store.load(changes.company_id, domain::CreditScope::None).await?.head;
    commit_after(store, head, changes, reply).await
}

/// The same after a link that is known already.
pub(crate) async fn commit_after(
    store: &dyn Store,
    head: Option<store::chain::Hash>,
    changes: domain::ChangeSet,
    reply: Option<StoredReply>,
) -> Result<Committed, StoreError> {
    let request_id = "request".to_owned();
    store.commit(CompanyCommit { changes: Some(changes), head, request_id, reply, too_late_at: None }).await
}

/// Asks again until the answer is as wanted; fails after [`DEADLINE`].
pub(crate) async fn until<T, Asking: Future<Output = T>>(
    mut ask: impl FnMut() -> Asking,
    wanted: impl Fn(&T) -> bool,
) -> T {
    let give_up = Instant::now() + DEADLINE;
    loop {
        let answer = ask().await;
        if wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < give_up, "what was waited for did not come");
        tokio::task::yield_now().await;
    }
}
