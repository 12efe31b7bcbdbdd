//! Company writes that go to the database together.

use domain::{AddGrant, Command, CreditScope, Granted, Uuid};
use futures_util::future::join_all;
use store::{
    Committed, CompanyReading, Store,
    conformance::world::{activate, activate_many, addon, company, execute, prepare, seed},
};

use crate::support::{cluster, commit, connect, database, reply};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_raced_write_of_a_batch_leaves_the_others_alone() {
    let cluster = cluster();
    let url = database(&cluster, "batch").await;
    let (store, other) = (connect(&url).await, connect(&url).await);
    seed(&*store).await;
    let mut decided = Vec::new();
    for number in 0..40 {
        let (changes, _) = prepare(&*store, company(number), &activate(&addon("finance"))).await.unwrap();
        decided.push(changes.unwrap());
    }

    // Another node is faster for one of them.
    execute(&*other, company(7), &activate(&addon("venue")), "faster").await;
    let outcomes = join_all(decided.iter().map(|changes| commit(&*store, changes.clone(), None))).await;

    for (number, outcome) in outcomes.into_iter().enumerate() {
        let expected = if number == 7 { Committed::Raced } else { Committed::Done };
        assert_eq!(outcome, Ok(expected), "company {number}");
    }
    let loaded = store.load(company(7), CreditScope::None).await.unwrap();
    assert_eq!(loaded.state.holdings.len(), 1);
    assert_eq!(loaded.state.holdings[0].terms.item, addon("venue"));
    assert_eq!(store.history(company(7), None, 10).await.unwrap().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_reply_key_stops_its_own_write_and_no_other_of_the_batch() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "batch").await).await;
    seed(&*store).await;
    let mut decided = Vec::new();
    for number in 0..30 {
        let (changes, _) = prepare(&*store, company(number), &activate(&addon("finance"))).await.unwrap();
        decided.push(changes.unwrap());
    }
    let kept = reply(&*store, "taken").await;

    // All at once, and every third wants the same key.
    let writes = decided.iter().enumerate().map(|(number, changes)| {
        let reply = (number % 3 == 0).then(|| kept.clone());
        commit(&*store, changes.clone(), reply)
    });
    let outcomes: Vec<Committed> = join_all(writes).await.into_iter().map(Result::unwrap).collect();

    let with_key: Vec<&Committed> = outcomes.iter().step_by(3).collect();
    assert_eq!(with_key.iter().filter(|outcome| ***outcome == Committed::Done).count(), 1, "{with_key:?}");
    for (number, outcome) in outcomes.iter().enumerate() {
        let known = store.read(company(number as u128), None).await.unwrap().company != CompanyReading::Unknown;
        assert_eq!(known, *outcome == Committed::Done, "company {number}");
        assert!(number % 3 == 0 || *outcome == Committed::Done, "company {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_lost_its_race_does_not_burn_its_reply_key() {
    let cluster = cluster();
    let store = connect(&database(&cluster, "keys").await).await;
    seed(&*store).await;
    let (late, _) = prepare(&*store, company(1), &activate(&addon("finance"))).await.unwrap();
    execute(&*store, company(1), &activate(&addon("venue")), "first").await;
    let kept = reply(&*store, "mine").await;

    assert_eq!(commit(&*store, late.unwrap(), Some(kept.clone())).await, Ok(Committed::Raced));
    assert_eq!(store.reply(&kept.key).await, Ok(None));

    let (again, _) = prepare(&*store, company(1), &activate(&addon("finance"))).await.unwrap();
    assert_eq!(commit(&*store, again.unwrap(), Some(kept.clone())).await, Ok(Committed::Done));
    assert_eq!(store.reply(&kept.key).await, Ok(Some(kept)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_the_same_companies_in_any_order_lose_nothing_and_never_stand_still() {
    const COMPANIES: u128 = 12;
    const ROUNDS: u32 = 6;
    let cluster = cluster();
    let url = database(&cluster, "nodes").await;
    let nodes = [connect(&url).await, connect(&url).await];
    seed(&*nodes[0]).await;

    // Each node goes through the companies in its own order, all at once, so that batches meet in many rows.
    let writers = nodes.iter().enumerate().flat_map(|(node, store)| {
        let order = (0..COMPANIES).map(move |number| if node == 0 { number } else { COMPANIES - 1 - number });
        order.map(move |number| async move {
            for round in 1..=ROUNDS {
                let item = addon(["finance", "venue"][node]);
                let command: Command = activate_many(&item, round);
                execute(&**store, company(number), &command, "request").await;
            }
        })
    });
    join_all(writers).await;

    for number in 0..COMPANIES {
        let state = nodes[0].load(company(number), CreditScope::None).await.unwrap().state;
        assert_eq!(state.write_seq, u64::from(2 * ROUNDS), "company {number}");
        let history = nodes[1].history(company(number), None, 100).await.unwrap().unwrap();
        let versions: Vec<u64> = history.iter().rev().filter_map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=u64::from(2 * ROUNDS)).collect::<Vec<_>>(), "company {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_with_a_grant_shares_a_batch_with_plain_ones_and_is_stored_whole_or_not_at_all() {
    let cluster = cluster();
    let url = database(&cluster, "batch").await;
    let (store, other) = (connect(&url).await, connect(&url).await);
    seed(&*store).await;
    let give = |number: u128| {
        let granted = Granted::Module(store::conformance::world::module("finance"));
        let reason = store::conformance::world::line("a promotion");
        let id = Uuid::from_u128(number + 1);
        Command::AddGrant(AddGrant { id, granted, starts_at: None, ends_at: None, reason, source: None })
    };
    let mut decided = Vec::new();
    for number in 0..40_u128 {
        let command = if number % 2 == 0 { give(number) } else { activate(&addon("finance")) };
        decided.push(prepare(&*store, company(number), &command).await.unwrap().0.unwrap());
    }

    // Another node is faster for one with a grant.
    execute(&*other, company(8), &activate(&addon("venue")), "faster").await;
    let outcomes = join_all(decided.iter().map(|changes| commit(&*store, changes.clone(), None))).await;

    for (number, outcome) in (0_u128..).zip(outcomes) {
        let expected = if number == 8 { Committed::Raced } else { Committed::Done };
        assert_eq!(outcome, Ok(expected), "company {number}");
        let state = store.load(company(number), CreditScope::None).await.unwrap().state;
        let grants = usize::from(number % 2 == 0 && number != 8);
        assert_eq!((state.grants.len(), state.holdings.len()), (grants, 1 - grants), "company {number}");
        let entries = store.history(company(number), None, 10).await.unwrap().unwrap();
        assert_eq!(entries.len(), 1, "company {number}");
    }
}
