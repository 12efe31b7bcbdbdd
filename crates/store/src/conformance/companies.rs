//! Companies: unknown, known, guarded.

use std::sync::Arc;

use domain::{Catalog, CompanyState, CreditScope, Status, Timestamp, apply};

use super::world::{
    activate, activate_many, addon, catalog, change_catalog, commit, commit_in_time, company, execute, now, package,
    prepare, seed, set, settled_end, settled_feed, state_of, switch_module,
};
use crate::{Committed, CompanyReading, FeedPosition, Store};

/// Given a store that nothing was written to, it is ready, its catalog empty, its feed and key ring too.
pub async fn a_new_store_is_ready_and_empty(store: Arc<dyn Store>) {
    let first = store.ready().await.expect("a new store is ready");

    let (catalog, later) = store.catalog().await.expect("the store answers");

    assert_eq!(catalog, Catalog::empty());
    assert!(later >= first, "the clock goes back");
    assert_eq!(store.changes(FeedPosition::default(), 10).await, Ok(Vec::new()));
    let ring = store.key_ring(None).await.expect("the store answers").expect("a ring is given when none is known");
    assert_eq!(ring.keys, Vec::new());
}

/// Given a company that was never written, no method invents one.
pub async fn an_unknown_company_is_unknown_to_read_load_and_history(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;

    for known in [None, Some(0), Some(1)] {
        let reading = store.read(company(1), known).await.expect("the store answers");
        assert_eq!(reading.company, CompanyReading::Unknown, "read with {known:?}");
        assert_eq!(reading.generation, catalog.generation);
    }
    let loaded = store.load(company(1), CreditScope::All).await.expect("the store answers");
    assert_eq!(loaded.state, CompanyState::unknown(company(1)));
    assert_eq!(loaded.generation, catalog.generation);
    assert_eq!(store.history(company(1), None, 10).await, Ok(None));
}

/// Given a first write, the company is known everywhere, with version 1.
pub async fn a_first_write_makes_the_company_known(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;

    let changes = execute(&*store, company(1), &activate(&package("basic")), "first").await;

    assert_eq!((changes.version_before, changes.version), (0, 1));
    let loaded = store.load(company(1), CreditScope::All).await.expect("the store answers");
    assert_eq!(loaded.state.write_seq, 1);
    assert_eq!(loaded.generation, catalog.generation);
    assert!(loaded.now >= changes.at, "the clock goes back");
    let reading = store.read(company(1), None).await.expect("the store answers");
    assert_eq!(reading.company, CompanyReading::Standing(loaded.state.standing()));
    assert_eq!(domain::resolve(&loaded.state.standing(), &catalog, reading.now).version, 1);
    let history = store.history(company(1), None, 10).await.expect("the store answers").expect("the company is known");
    assert_eq!(history.len(), 1);
}

/// Given a chain of writes, after each of them `load` equals the pure state and `read` its standing.
pub async fn what_is_loaded_is_what_apply_gives(store: Arc<dyn Store>) {
    seed(&*store).await;
    let mut expected = CompanyState::unknown(company(1));
    let commands = [
        activate(&addon("market")),
        activate(&package("basic")),
        activate_many(&addon("market"), 7),
        domain::Command::Repair,
        domain::Command::SetHolding(set(&package("basic"), Status::Paused)),
        activate(&addon("finance")),
        domain::Command::SetHolding(set(&addon("market"), Status::Cancelled)),
    ];

    for (number, command) in (1..).zip(&commands) {
        let changes = execute(&*store, company(1), command, "request").await;
        expected = apply(expected, &changes);

        assert_eq!(state_of(&*store, company(1)).await, expected);
        let reading = store.read(company(1), Some(expected.write_seq - 1)).await.expect("the store answers");
        assert_eq!(reading.company, CompanyReading::Standing(expected.standing()));
        assert_eq!(expected.write_seq, number);
    }
}

/// Given the write sequence that a reader already has, nothing is sent again; with any other it is.
pub async fn a_read_with_the_known_write_sequence_says_unchanged(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;
    execute(&*store, company(1), &activate(&package("basic")), "one").await;
    execute(&*store, company(1), &activate(&addon("finance")), "two").await;
    let standing = state_of(&*store, company(1)).await.standing();

    for known in [None, Some(0), Some(1), Some(3)] {
        let reading = store.read(company(1), known).await.expect("the store answers");
        assert_eq!(reading.company, CompanyReading::Standing(standing.clone()), "read with {known:?}");
    }
    let reading = store.read(company(1), Some(2)).await.expect("the store answers");
    assert_eq!(reading.company, CompanyReading::Unchanged);
    assert_eq!(reading.generation, catalog.generation);

    let change = change_catalog(&*store, &switch_module(&catalog, "venue", false)).await;
    let reading = store.read(company(1), Some(2)).await.expect("the store answers");
    assert_eq!((reading.company, reading.generation), (CompanyReading::Unchanged, change.generation));
}

/// Given two change sets decided on one state, the second is raced, and nothing of it is stored.
pub async fn a_commit_on_an_old_write_sequence_is_raced_and_stores_nothing(store: Arc<dyn Store>) {
    seed(&*store).await;
    execute(&*store, company(1), &activate(&package("basic")), "one").await;
    let winner =
        prepare(&*store, company(1), &activate(&addon("finance"))).await.expect("accepted").0.expect("changes");
    let loser = prepare(&*store, company(1), &activate(&addon("market"))).await.expect("accepted").0.expect("changes");

    assert_eq!(commit(&*store, &winner, "winner").await, Committed::Done);
    let (state, end) = (state_of(&*store, company(1)).await, settled_end(&*store).await);
    assert_eq!(commit(&*store, &loser, "loser").await, Committed::Raced);
    assert_eq!(commit(&*store, &winner, "winner again").await, Committed::Raced);

    assert_eq!(state_of(&*store, company(1)).await, state);
    assert_eq!(settled_end(&*store).await, end);
    let history = store.history(company(1), None, 10).await.expect("answers").expect("known");
    assert_eq!(history.len(), 2);
}

/// Given a change set decided before the catalog changed, it is raced, also for a company that the change does not touch.
pub async fn a_commit_on_an_old_catalog_generation_is_raced_and_stores_nothing(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    execute(&*store, company(1), &activate(&package("basic")), "one").await;
    let later = prepare(&*store, company(1), &activate(&addon("finance"))).await.expect("accepted").0.expect("changes");
    let first = prepare(&*store, company(2), &activate(&addon("finance"))).await.expect("accepted").0.expect("changes");
    change_catalog(&*store, &switch_module(&before, "venue", false)).await;
    let (state, end) = (state_of(&*store, company(1)).await, settled_end(&*store).await);

    assert_eq!(commit(&*store, &later, "loser").await, Committed::Raced);
    assert_eq!(commit(&*store, &first, "loser").await, Committed::Raced);

    assert_eq!(state_of(&*store, company(1)).await, state);
    assert!(!state_of(&*store, company(2)).await.is_known());
    assert_eq!(store.history(company(2), None, 10).await, Ok(None));
    assert_eq!(settled_end(&*store).await, end);
    assert_ne!(catalog(&*store).await.generation, before.generation);
}

/// Given two first writes of one company, the second is raced: there is one company, one row, one event.
pub async fn a_second_first_write_is_raced(store: Arc<dyn Store>) {
    seed(&*store).await;
    let winner =
        prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0.expect("changes");
    let loser = prepare(&*store, company(1), &activate(&addon("market"))).await.expect("accepted").0.expect("changes");

    assert_eq!(commit(&*store, &winner, "winner").await, Committed::Done);
    assert_eq!(commit(&*store, &loser, "loser").await, Committed::Raced);

    let state = state_of(&*store, company(1)).await;
    assert_eq!(state, apply(CompanyState::unknown(company(1)), &winner));
}

/// Given a change that comes too late by the store's clock, nothing of it is stored, be it a company's first or a later one; in time it is.
pub async fn a_commit_that_comes_too_late_is_raced_and_stores_nothing(store: Arc<dyn Store>) {
    seed(&*store).await;
    for (command, count) in [(activate(&addon("finance")), 1), (activate(&addon("venue")), 2)] {
        let changes = prepare(&*store, company(1), &command).await.expect("accepted").0.expect("changes");
        let end = settled_end(&*store).await;

        let passed = now(&*store).await;
        assert_eq!(commit_in_time(&*store, &changes, "late", Some(passed)).await, Committed::Raced);
        assert_eq!(settled_feed(&*store, end).await, []);
        assert_eq!(state_of(&*store, company(1)).await.write_seq, count - 1);

        let ahead = Timestamp::clamped(passed.micros() + 3_600_000_000);
        assert_eq!(commit_in_time(&*store, &changes, "in time", Some(ahead)).await, Committed::Done);
        assert_eq!(state_of(&*store, company(1)).await.write_seq, count);
        assert_eq!(settled_feed(&*store, end).await.len(), 1);
    }
}

/// Given several companies, a write to one shows in no other.
pub async fn companies_do_not_see_each_other(store: Arc<dyn Store>) {
    seed(&*store).await;
    let one = execute(&*store, company(1), &activate(&package("basic")), "one").await;
    let two = execute(&*store, company(2), &activate(&addon("venue")), "two").await;

    let states = [company(1), company(2)].map(CompanyState::unknown);
    let [first, second] = states;

    assert_eq!(state_of(&*store, company(1)).await, apply(first, &one));
    assert_eq!(state_of(&*store, company(2)).await, apply(second, &two));
    for (number, request) in [(1, "one"), (2, "two")] {
        let history = store.history(company(number), None, 10).await.expect("answers").expect("known");
        let requests: Vec<_> = history.iter().map(|entry| entry.request_id.as_deref()).collect();
        assert_eq!(requests, [Some(request)]);
    }
}
