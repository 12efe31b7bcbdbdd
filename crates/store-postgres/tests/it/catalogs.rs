//! Catalog writes beside company writes.

use std::sync::Arc;

use domain::{CreditScope, Reach, version_at};
use store::{
    Committed, Store,
    conformance::world::{activate, activate_many, addon, change_catalog, company, execute, prepare, remap, seed},
};

use crate::support::{cluster, commit, connect, database, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_write_decided_before_a_catalog_write_is_raced() {
    let cluster = cluster();
    let url = database(&cluster, "raced").await;
    let (store, other) = (connect(&url).await, connect(&url).await);
    let catalog = seed(&*store).await;
    let (late, _) = prepare(&*store, company(1), &activate(&addon("finance"))).await.unwrap();

    change_catalog(&*other, &remap(&catalog, &addon("finance"), &["finance", "venue"], Reach::Existing)).await;

    assert_eq!(commit(&*store, late.unwrap(), None).await, Ok(Committed::Raced));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_moves_after_both_a_catalog_write_and_a_company_write_at_the_same_time() {
    const ROUNDS: u32 = 25;
    let cluster = cluster();
    let url = database(&cluster, "both").await;
    let (store, other) = (connect(&url).await, connect(&url).await);
    seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "first").await;
    let mut version = 1;

    for round in 0..ROUNDS {
        let catalog = store.catalog().await.unwrap().0;
        let modules: &[&str] = if round % 2 == 0 { &["finance", "venue"] } else { &["finance"] };
        let remapping = remap(&catalog, &addon("finance"), modules, Reach::Existing);
        let write = activate_many(&addon("market"), round + 1);

        tokio::join!(change_catalog(&*other, &remapping), execute(&*store, company(1), &write, "request"));

        let ((catalog, now), loaded) =
            (store.catalog().await.unwrap(), other.load(company(1), CreditScope::None).await.unwrap());
        let after = version_at(&loaded.state.standing(), &catalog, now);
        assert_eq!(after, version + 2, "round {round}: one for each of the two");
        version = after;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mapping_tables_hold_what_the_newest_revision_includes() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "mapping").await).await;
    let mapped = "SELECT string_agg(module.key, ',' ORDER BY module.key)
        FROM addon_modules JOIN modules AS module ON module.id = module_id JOIN addons AS addon ON addon.id = addon_id
        WHERE addon.key = 'finance'";
    let catalog = seed(&*store).await;
    assert_eq!(cluster.sql("mapping", mapped).unwrap(), "finance");

    change_catalog(&*store, &remap(&catalog, &addon("finance"), &["venue", "market"], Reach::Future)).await;

    assert_eq!(cluster.sql("mapping", mapped).unwrap(), "market,venue");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_write_that_waited_for_a_catalog_write_sees_what_it_made() {
    let cluster = cluster();
    let url = database(&cluster, "gate").await;
    let store = connect(&url).await;
    seed(&*store).await;
    let (waiting, _) = prepare(&*store, company(1), &activate(&addon("finance"))).await.unwrap();

    // A catalog write by hand, held open between its change and its commit.
    let gate = 0x706c_6174_0001_i64;
    let mut catalog = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let change =
        format!("BEGIN; SELECT pg_advisory_xact_lock({gate}); UPDATE catalog_state SET generation = generation + 1");
    sqlx::raw_sql(sqlx::AssertSqlSafe(change)).execute(&mut catalog).await.unwrap();
    let write = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { commit(&*store, waiting.unwrap(), None).await })
    };
    let stands = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    until(|| async { cluster.sql("gate", stands).unwrap() }, |waiting| waiting == "1").await;
    sqlx::raw_sql("COMMIT").execute(&mut catalog).await.unwrap();

    assert_eq!(write.await.unwrap(), Ok(Committed::Raced));
}
