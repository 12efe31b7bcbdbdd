//! The promises that every store makes.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use store::conformance::{Fresh, Plan, differential, run_all};

use crate::support::{cluster, connect, database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_keeps_every_promise_of_the_contract() {
    let (cluster, made) = (cluster(), AtomicU32::new(0));

    run_all(|| async {
        let name = format!("case_{}", made.fetch_add(1, Ordering::Relaxed));
        let store = connect(&database(&cluster, &name).await).await;
        Fresh::new(store, ())
    })
    .await;
}

#[test]
fn random_commands_get_the_answers_that_the_oracle_gives() {
    let (cluster, made) = (Arc::new(cluster()), AtomicU32::new(0));

    differential(Plan { operations: 600 }, || async {
        let name = format!("sequence_{}", made.fetch_add(1, Ordering::Relaxed));
        let store = connect(&database(&cluster, &name).await).await;
        vec![("postgres", Fresh::new(store, Arc::clone(&cluster)))]
    });
}
