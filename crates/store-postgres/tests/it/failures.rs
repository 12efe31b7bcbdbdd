//! A database that is away, hangs, or comes back.

use std::time::{Duration, Instant};

use domain::CreditScope;
use store::{
    Committed, Store, StoreError,
    conformance::world::{activate, activate_many, addon, company, execute, prepare, seed},
};

use crate::support::{cluster, commit, commit_after, connect, database, until};

/// What a caller is promised.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How soon the store works again once the database does.
const RECOVER_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_database_is_unavailable_within_a_second_and_all_is_well_when_it_goes_on() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "hang").await).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "request").await;

    cluster.freeze().unwrap();
    for _ in 0..3 {
        let asked = Instant::now();
        let (read, load, ready, history, key_ring) = tokio::join!(
            store.read(company(1), None),
            store.load(company(1), CreditScope::None),
            store.ready(),
            store.history(company(1), None, 10),
            store.key_ring(None),
        );
        assert!(asked.elapsed() < ANSWER_WITHIN, "{:?}", asked.elapsed());
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
        assert!(matches!(load, Err(StoreError::Unavailable(_))), "{load:?}");
        assert!(matches!(ready, Err(StoreError::Unavailable(_))), "{ready:?}");
        assert!(matches!(history, Err(StoreError::Unavailable(_))), "{history:?}");
        assert!(matches!(key_ring, Err(StoreError::Unavailable(_))), "{key_ring:?}");
    }

    cluster.thaw().unwrap();
    let back = Instant::now();
    until(|| store.read(company(1), None), Result::is_ok).await.unwrap();
    until(|| store.load(company(1), CreditScope::None), Result::is_ok).await.unwrap();
    until(|| store.ready(), Result::is_ok).await.unwrap();
    assert!(back.elapsed() < RECOVER_WITHIN, "{:?}", back.elapsed());
    execute(&*store, company(1), &activate(&addon("venue")), "request").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_hangs_has_an_unknown_outcome_and_one_that_was_not_sent_has_none() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "hang").await).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "request").await;
    let (first, _) = prepare(&*store, company(1), &activate(&addon("venue"))).await.unwrap();
    let (second, _) = prepare(&*store, company(2), &activate(&addon("venue"))).await.unwrap();
    let head = store.load(company(1), CreditScope::None).await.unwrap().head;
    // Right after a write the connection is trusted, so this one goes out.
    execute(&*store, company(3), &activate(&addon("finance")), "request").await;

    cluster.freeze().unwrap();
    let asked = Instant::now();
    let sent = commit_after(&*store, head, first.unwrap(), None).await;
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    assert!(matches!(sent, Err(StoreError::OutcomeUnknown(_))), "{sent:?}");
    // The other connections are not trusted after so long.
    let asked = Instant::now();
    let unsent = commit_after(&*store, None, second.unwrap(), None).await;
    assert!(asked.elapsed() < Duration::from_millis(1_500), "{:?}", asked.elapsed());
    assert!(matches!(unsent, Err(StoreError::Unavailable(_))), "{unsent:?}");

    cluster.thaw().unwrap();
    until(|| store.load(company(1), CreditScope::None), Result::is_ok).await.unwrap();
    let known = store.load(company(2), CreditScope::None).await.unwrap();
    assert!(!known.state.is_known(), "a write that was answered with `unavailable` was stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill_and_the_store_comes_back_by_itself() {
    let mut cluster = throwaway::Cluster::start(throwaway::Options { fsync: true, ..Default::default() }).unwrap();
    let store = connect(&database(&cluster, "kill").await).await;
    seed(&*store).await;

    for cycle in 1..=3 {
        execute(&*store, company(1), &activate_many(&addon("finance"), cycle), "request").await;
        let (next, _) = prepare(&*store, company(1), &activate(&addon("venue"))).await.unwrap();
        cluster.kill().unwrap();

        let asked = Instant::now();
        let read = store.read(company(1), None).await;
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
        assert!(asked.elapsed() < ANSWER_WITHIN, "{:?}", asked.elapsed());
        if let Some(next) = next {
            let write = commit(&*store, next, None).await;
            assert!(matches!(write, Err(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_))), "{write:?}");
        }

        cluster.restart().unwrap();
        let back = Instant::now();
        let read = until(|| store.load(company(1), CreditScope::None), Result::is_ok).await.unwrap();
        assert!(back.elapsed() < RECOVER_WITHIN, "{:?}", back.elapsed());
        assert_eq!(read.state.write_seq, u64::from(cycle));
        let history = until(|| store.history(company(1), None, 100), Result::is_ok).await.unwrap().unwrap();
        assert_eq!(history.len(), cycle as usize);
        until(|| store.ready(), Result::is_ok).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_reads_than_can_wait_are_refused_at_once() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "load").await).await;
    store.read(company(1), None).await.unwrap();

    cluster.freeze().unwrap();
    let reads = (0..12_000).map(|number| store.read(company(number), None));
    let answers = futures_util::future::join_all(reads).await;

    let overloaded = |answer: &Result<_, StoreError>| matches!(answer, Err(StoreError::Unavailable(why)) if why.starts_with("overloaded"));
    assert!(answers.iter().any(overloaded));
    assert!(answers.iter().all(Result::is_err));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_somebody_holds_stops_one_company_and_no_other() {
    let cluster = cluster();
    let url = database(&cluster, "lock").await;
    let store = connect(&url).await;
    seed(&*store).await;
    let mut decided = Vec::new();
    for number in 0..10 {
        execute(&*store, company(number), &activate(&addon("finance")), "request").await;
        let (changes, _) = prepare(&*store, company(number), &activate(&addon("venue"))).await.unwrap();
        decided.push(changes.unwrap());
    }
    let held = format!("UPDATE company_entitlement_versions SET updated_by = 'x' WHERE company_id = '{}'", company(4));
    let mut holder = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("BEGIN; {held}"))).execute(&mut holder).await.unwrap();

    let outcomes =
        futures_util::future::join_all(decided.into_iter().map(|changes| commit(&*store, changes, None))).await;

    for (number, outcome) in outcomes.into_iter().enumerate() {
        match number {
            4 => assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}"),
            _ => assert_eq!(outcome, Ok(Committed::Done), "company {number}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_migrated_meanwhile_is_neither_read_nor_written_any_more() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "newer").await).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "request").await;
    let (changes, _) = prepare(&*store, company(1), &activate(&addon("venue"))).await.unwrap();
    let head = store.load(company(1), CreditScope::None).await.unwrap().head;
    let is_schema = |error: &StoreError| matches!(error, StoreError::Schema { .. });

    cluster.sql("newer", "INSERT INTO schema_version (version) VALUES (99)").unwrap();

    assert!(store.watch(None).await.as_ref().is_err_and(is_schema));
    assert!(store.read(company(1), None).await.as_ref().is_err_and(is_schema));
    assert!(store.load(company(1), CreditScope::None).await.as_ref().is_err_and(is_schema));
    assert!(commit_after(&*store, head, changes.unwrap(), None).await.as_ref().is_err_and(is_schema));
    cluster.sql("newer", "DELETE FROM schema_version WHERE version = 99").unwrap();
    assert!(store.ready().await.is_ok());
    execute(&*store, company(1), &activate(&addon("venue")), "request").await;
}
