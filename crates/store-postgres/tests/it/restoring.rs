//! Databases that come back from a dump.

use std::{path::Path, process::Command};

use store::{
    FeedPosition, Store, StoreError,
    conformance::world::{activate_many, addon, company, execute, seed},
    verify,
};
use throwaway::Cluster;

use crate::support::{cluster, connect, database};

/// Lets a server count transactions that write nothing.
const COUNT_ON: &str = "DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";

fn run(cluster: &Cluster, program: &str, args: &[&str], url: &str) {
    let mut command = Command::new(cluster.programs().join(program));
    let ended = command.args(args).arg(format!("--dbname={url}")).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

fn dump(cluster: &Cluster, url: &str, to: &Path) {
    run(cluster, "pg_dump", &["--format=custom", "--file", to.to_str().unwrap()], url);
}

/// What the feed tells from where it begins now on, after one more write of a company.
async fn told_after(store: &dyn Store, quantity: u32) -> Vec<(FeedPosition, u64)> {
    let end = store.feed_end().await.unwrap();
    execute(store, company(1), &activate_many(&addon("finance"), quantity), "request").await;
    let page = store.feed(end, 500).await.unwrap();
    assert!(page.continues(page.epoch, end));
    page.entries.iter().map(|entry| (entry.position, entry.version)).collect()
}

async fn breaches(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    Ok(verify(store).await?.breaches.into_iter().map(|breach| format!("{}: {}", breach.place, breach.what)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_on_a_server_that_has_counted_less_tells_what_is_new_and_nothing_again() {
    let (old, new) = (cluster(), cluster());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("core.dump");
    let url = database(&old, "core").await;
    old.sql("core", COUNT_ON).unwrap();
    let store = connect(&url).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate_many(&addon("finance"), 1), "request").await;
    let before = store.feed(FeedPosition::default(), 500).await.unwrap();
    dump(&old, &url, &file);
    let url = new.create_database("core").unwrap();
    run(&new, "pg_restore", &[file.to_str().unwrap()], &url);

    let store = connect(&url).await;

    let page = store.feed(FeedPosition::default(), 500).await.unwrap();
    assert!(page.epoch != before.epoch && page.entries.is_empty(), "{page:?}");
    assert!(!page.continues(page.epoch, FeedPosition::default()), "what was told there is not told here");
    let told = told_after(&*store, 2).await;
    assert!(matches!(told[..], [(_, 2)]), "{told:?}");
    // As far as the old server had counted, and further.
    new.sql("core", COUNT_ON).unwrap();
    new.sql("core", COUNT_ON).unwrap();
    let again = told_after(&*connect(&url).await, 3).await;
    assert!(matches!(again[..], [(_, 3)]) && again[0].0 > told[0].0, "{again:?} after {told:?}");
    assert_eq!(breaches(&*store).await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_put_back_where_it_was_taken_begins_another_feed() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("core.dump");
    let url = database(&cluster, "core").await;
    let store = connect(&url).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate_many(&addon("finance"), 1), "request").await;
    dump(&cluster, &url, &file);
    execute(&*store, company(2), &activate_many(&addon("finance"), 1), "request").await;
    let before = store.feed(FeedPosition::default(), 500).await.unwrap();
    drop(store);
    run(&cluster, "pg_restore", &["--clean", "--if-exists", file.to_str().unwrap()], &url);

    let store = connect(&url).await;

    let page = store.feed(FeedPosition::default(), 500).await.unwrap();
    let cursor = before.entries.last().unwrap().position;
    assert!(!page.continues(before.epoch, cursor), "company 2 is not what its followers hold any more");
    assert!(matches!(told_after(&*store, 2).await[..], [(_, 2)]));
    assert_eq!(breaches(&*store).await, Ok(Vec::new()));
}
