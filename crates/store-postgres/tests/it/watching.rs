//! Watching while somebody else's transaction stays open: the feed waits for it, what is remembered must not.

use sqlx::{Connection, PgConnection};
use store::{
    FeedPosition, Store, StoreError,
    conformance::world::{activate, addon, company, execute, seed},
};

use crate::support::{cluster, connect, database, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_heard_of_at_once_and_shown_in_the_feed_once_older_transactions_have_ended() {
    let cluster = cluster();
    let url = database(&cluster, "held").await;
    let store = connect(&url).await;
    seed(&*store).await;
    let mut other = PgConnection::connect(&url).await.unwrap();
    let mut open = other.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *open).await.unwrap();
    let first = store.watch(None).await.unwrap();
    let end = store.feed_end().await.unwrap();

    let changes = execute(&*store, company(1), &activate(&addon("finance")), "hidden").await;
    let second = store.watch(Some(&first.mark)).await.unwrap();

    assert_eq!(second.written, Some(vec![(company(1), 1)]));
    let page = store.feed(end, 10).await.unwrap();
    assert_eq!((page.entries.len(), store.feed_end().await), (0, Ok(end)));
    assert!(page.complete_at.is_some_and(|complete_at| complete_at <= changes.at), "it claims what it does not show");
    open.commit().await.unwrap();
    let page = until(async || store.feed(end, 10).await.unwrap(), |page| !page.entries.is_empty()).await;
    assert_eq!(page.entries[0].company_id, Some(company(1)));
    assert!(page.complete_at.is_some_and(|complete_at| complete_at >= changes.at));
    assert_eq!(store.watch(Some(&second.mark)).await.unwrap().written, Some(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_says_nothing_after_the_server_was_away() {
    let mut cluster = cluster();
    let url = database(&cluster, "away").await;
    let store = connect(&url).await;
    seed(&*store).await;
    let first = store.watch(None).await.unwrap();
    assert_eq!(store.watch(Some(&first.mark)).await.unwrap().written, Some(Vec::new()));

    cluster.kill().unwrap();
    assert!(matches!(store.watch(Some(&first.mark)).await, Err(StoreError::Unavailable(_))));
    cluster.restart().unwrap();

    let again = until(async || store.watch(Some(&first.mark)).await, Result::is_ok).await.unwrap();
    assert_eq!(again.written, None);
    assert_eq!(store.watch(Some(&again.mark)).await.unwrap().written, Some(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_database_has_another_epoch() {
    let cluster = cluster();
    let url = database(&cluster, "original").await;
    let original = connect(&url).await;
    seed(&*original).await;
    let epoch = original.feed(FeedPosition::default(), 1).await.unwrap().epoch;
    drop(original);
    let copied = until(async || cluster.sql("postgres", "CREATE DATABASE copy TEMPLATE original"), Result::is_ok);
    copied.await.unwrap();

    let copy = connect(&url.replace("original", "copy")).await;

    assert_ne!(copy.feed(FeedPosition::default(), 1).await.unwrap().epoch, epoch);
    let again = connect(&url).await;
    assert_eq!(again.feed(FeedPosition::default(), 1).await.unwrap().epoch, epoch);
}
