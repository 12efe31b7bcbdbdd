//! A URL with several hosts.

use store::{Store, StoreError};
use store_postgres::PostgresStore;
use throwaway::{Cluster, Options};

use crate::support::database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_host_that_accepts_writes_is_used() {
    let start = || Cluster::start(Options { loopback: true, ..Options::default() }).unwrap();
    let (read_only, primary) = (start(), start());
    database(&read_only, "core").await;
    database(&primary, "core").await;
    // It stands for a standby: both refuse writes, and both must be passed over.
    read_only.sql("core", "ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    read_only.sql("core", "SELECT pg_reload_conf()").unwrap();
    let host = |cluster: &Cluster| format!("127.0.0.1:{}", cluster.port());
    let nobody = "127.0.0.1:1";

    let both = format!(
        "postgres://postgres@{nobody},{},{}/core?target_session_attrs=read-write",
        host(&read_only),
        host(&primary)
    );
    let store = PostgresStore::connect(&both).await.unwrap();
    primary.sql("core", "UPDATE api_key_ring SET generation = 7").unwrap();
    assert_eq!(store.key_ring(None).await.unwrap().map(|ring| ring.generation), Some(7));

    let none = format!("postgres://postgres@{nobody},{}/core", host(&read_only));
    let refused = PostgresStore::connect(&none).await.map(|_| ()).unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("accepts no writes")), "{refused}");
}
