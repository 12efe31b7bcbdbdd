//! The order of each company's changes in the feed, while many nodes write.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use domain::CompanyId;
use futures_util::future::join_all;
use store::{
    Committed, FeedPosition, Store,
    conformance::world::{activate_many, addon, company, prepare, seed},
};
use store_postgres::PostgresStore;

use crate::support::{DEADLINE, cluster, commit, connect, database, reply};

const WRITERS: u32 = 20;

/// Writers on nodes of their own write companies in turn until each has done its share; some writes are rolled back by a taken key.
/// A follower reads the feed meanwhile. Gives how many writes were stored.
async fn follow(url: &str, companies: u128, share: u32) {
    let nodes = join_all((0..WRITERS).map(|_| connect(url))).await;
    seed(&*nodes[0]).await;
    let taken = reply(&*nodes[0], "taken").await;
    let keep = store::CompanyCommit {
        changes: None,
        head: None,
        request_id: "request".to_owned(),
        reply: Some(taken.clone()),
        too_late_at: None,
    };
    assert_eq!(nodes[0].commit(keep).await, Ok(Committed::Done));
    let (stored, rolled_back) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));

    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (node, done, stored) = (connect(url).await, Arc::clone(&done), Arc::clone(&stored));
        tokio::spawn(async move { entries(&node, &done, &stored).await })
    };
    let writers = (0..).zip(&nodes).map(|(number, node)| {
        let (node, taken) = (Arc::clone(node), taken.clone());
        let (stored, rolled_back) = (Arc::clone(&stored), Arc::clone(&rolled_back));
        tokio::spawn(async move {
            for round in 0..share {
                let whose = company(u128::from(number + round) % companies);
                let quantity = 1 + round * WRITERS + number;
                let (changes, _) = prepare(&*node, whose, &activate_many(&addon("finance"), quantity)).await.unwrap();
                let Some(changes) = changes else { continue };
                let doomed = round % 10 == 9;
                match commit(&*node, changes, doomed.then(|| taken.clone())).await.unwrap() {
                    Committed::Done => stored.fetch_add(1, Ordering::SeqCst),
                    Committed::Raced => rolled_back.fetch_add(1, Ordering::SeqCst),
                };
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    done.store(true, Ordering::SeqCst);

    let entries = follower.await.unwrap();
    let mut last: BTreeMap<CompanyId, u64> = BTreeMap::new();
    for (company, version) in &entries {
        let before = last.insert(*company, *version).unwrap_or(0);
        assert_eq!(*version, before + 1, "a change of {company} is missing or out of order");
    }
    assert_eq!(entries.len(), stored.load(Ordering::SeqCst));
    assert!(rolled_back.load(Ordering::SeqCst) >= WRITERS as usize, "nothing was rolled back");
    println!("{companies} companies: {} stored, {} not", entries.len(), rolled_back.load(Ordering::SeqCst));
}

/// What the feed shows from its beginning, until the writers have ended and as many changes came as they stored. An entry shows only
/// once nothing can come before it: the last ones may wait for somebody else's transaction.
async fn entries(node: &PostgresStore, done: &AtomicBool, stored: &AtomicUsize) -> Vec<(CompanyId, u64)> {
    let (mut position, mut entries) = (FeedPosition::default(), Vec::new());
    let mut give_up = None;
    loop {
        let last = done.load(Ordering::SeqCst);
        let page = node.changes(position, 100).await.unwrap();
        position = page.last().map_or(position, |entry| entry.position);
        entries.extend(page.iter().filter_map(|entry| Some((entry.company_id?, entry.version))));
        let late = last && Instant::now() > *give_up.get_or_insert_with(|| Instant::now() + DEADLINE);
        if late || (last && page.is_empty() && entries.len() >= stored.load(Ordering::SeqCst)) {
            return entries;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_nodes_that_write_one_company_leave_its_changes_in_order() {
    let cluster = cluster();
    follow(&database(&cluster, "one").await, 1, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_nodes_that_write_twenty_companies_leave_their_changes_in_order() {
    let cluster = cluster();
    follow(&database(&cluster, "twenty").await, 20, 60).await;
}
