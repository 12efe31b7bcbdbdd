//! History: newest first, whole, pageable, with the catalog changes that reached the company.

use std::sync::Arc;

use domain::{
    ChangeType, Command, CompanyState, CreditScope, EntityType, Note, Patch, Reach, SetHolding, Status, Timestamp,
    decide,
};

use super::world::{
    activate, activate_many, actor, addon, catalog, change_catalog, commit, company, execute, line, now, package,
    prepare, remap, seed, set, state_of, switch_module,
};
use crate::{Committed, HistoryEntry, HistorySource, Store};

async fn history(store: &dyn Store, number: u128) -> Vec<HistoryEntry> {
    store.history(company(number), None, 500).await.expect("the store answers").expect("the company is known")
}

/// Given writes of every kind, the history tells each: what, of what, from which status to which, whence, by whom, when.
pub async fn history_is_newest_first_and_says_what_happened(store: Arc<dyn Store>) {
    seed(&*store).await;
    let (basic, finance) = (package("basic"), addon("finance"));
    let from_billing =
        Command::SetHolding(SetHolding { source: Patch::Set(line("billing_sync")), ..set(&basic, Status::Trial) });
    let first = execute(&*store, company(1), &from_billing, "req-1").await;
    execute(&*store, company(1), &Command::SetHolding(set(&basic, Status::Expired)), "req-2").await;
    execute(&*store, company(1), &activate(&finance), "req-3").await;
    execute(&*store, company(1), &Command::Repair, "req-4").await;
    execute(&*store, company(1), &Command::SetHolding(set(&finance, Status::Cancelled)), "req-5").await;

    let entries = history(&*store, 1).await;

    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.change_type, entry.entity_type, entry.previous_status, entry.new_status))
        .collect();
    let (package, addon) = (EntityType::Package, EntityType::Addon);
    assert_eq!(
        told,
        [
            (ChangeType::AddonDeactivated, addon, Some(Status::Active), Some(Status::Cancelled)),
            (ChangeType::EntitlementRepaired, EntityType::Company, None, None),
            (ChangeType::AddonActivated, addon, None, Some(Status::Active)),
            (ChangeType::BasicExpired, package, Some(Status::Trial), Some(Status::Expired)),
            (ChangeType::BasicActivated, package, None, Some(Status::Trial)),
        ]
    );
    let keys: Vec<_> = entries.iter().map(|entry| entry.entity_key.as_deref()).collect();
    assert_eq!(keys, [Some("finance"), None, Some("finance"), Some("basic"), Some("basic")]);
    let requests: Vec<_> = entries.iter().map(|entry| entry.request_id.as_deref()).collect();
    assert_eq!(requests, [Some("req-5"), Some("req-4"), Some("req-3"), Some("req-2"), Some("req-1")]);
    let sources: Vec<_> = entries.iter().map(|entry| entry.source.as_deref()).collect();
    assert_eq!(sources, [None, None, None, Some("billing_sync"), Some("billing_sync")]);
    assert_eq!(entries.iter().map(|entry| entry.version).collect::<Vec<_>>(), [5, 4, 3, 2, 1].map(Some));
    assert!(entries.iter().all(|entry| entry.changed_by.as_deref() == Some(actor().as_str())));
    assert!(entries.is_sorted_by(|newer, older| newer.position > older.position));
    assert_eq!(entries[4].position.created_at, first.at);
    assert!(entries.iter().all(|entry| entry.position.source == HistorySource::Company));
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "every entry has an id of its own");
}

/// Given more entries than a page holds, pages of any size join to the whole, and a write in between shifts none of them.
pub async fn history_pages_without_skipping_or_repeating(store: Arc<dyn Store>) {
    let mut catalog = seed(&*store).await;
    for number in 1..=12 {
        execute(&*store, company(1), &activate_many(&addon("finance"), number), "request").await;
        execute(&*store, company(2), &activate_many(&addon("venue"), number), "request").await;
        if number % 4 == 0 {
            change_catalog(&*store, &switch_module(&catalog, "finance", number == 8)).await;
            catalog = super::world::catalog(&*store).await;
        }
    }
    let whole = history(&*store, 1).await;
    assert_eq!(whole.len(), 15);

    for size in [1, 2, 5, 14, 15, 16] {
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let page = store.history(company(1), before, size).await.expect("answers").expect("known");
            assert!(page.len() <= size as usize);
            if page.is_empty() {
                break;
            }
            before = page.last().map(|entry| entry.position);
            paged.extend(page);
            assert!(paged.len() <= whole.len(), "pages of {size} go on and on");
        }
        assert_eq!(paged, whole, "pages of {size}");
    }

    let first = store.history(company(1), None, 4).await.expect("answers").expect("known");
    execute(&*store, company(1), &activate_many(&addon("finance"), 99), "in between").await;
    let rest = store.history(company(1), Some(first[3].position), 50).await.expect("answers").expect("known");
    assert_eq!([first, rest].concat(), whole);
}

/// Given a change set with several events, they have one instant and number, and parts in their order.
pub async fn several_events_of_one_write_keep_their_order(store: Arc<dyn Store>) {
    seed(&*store).await;
    let catalog = catalog(&*store).await;
    let loaded = store.load(company(1), CreditScope::All).await.expect("the store answers");
    let one = |key: &str| {
        let unknown = CompanyState::unknown(company(1));
        decide(&activate(&addon(key)), &unknown, &catalog, loaded.now, &actor()).expect("accepted").expect("changes")
    };
    let mut changes = one("venue");
    changes.holdings.extend(one("finance").holdings);
    changes.holdings.extend(one("market").holdings);
    changes.note = Some(Note::Repaired);

    assert_eq!(commit(&*store, &changes, "request").await, Committed::Done);

    let told = |entries: &[(u64, Option<String>)]| entries.to_vec();
    let history = history(&*store, 1).await;
    assert_eq!(history.iter().map(|entry| entry.position.part).collect::<Vec<_>>(), [3, 2, 1, 0]);
    assert!(history.iter().all(|entry| entry.position.number == 1 && entry.position.created_at == changes.at));
    let mut of_history: Vec<_> =
        history.iter().map(|entry| (entry.version.unwrap_or(0), entry.entity_key.clone())).collect();
    of_history.reverse();
    let feed = super::world::settled_feed(&*store, crate::FeedPosition::default()).await;
    let own = feed.iter().filter(|entry| entry.company_id == Some(company(1)));
    let of_feed: Vec<_> = own.map(|entry| (entry.version, entry.entity_key.clone())).collect();
    let expected = ["venue", "finance", "market"].map(|key| (1, Some(key.to_owned())));
    assert_eq!(told(&of_history), [&expected[..], &[(1, None)]].concat());
    assert_eq!(told(&of_feed), of_history);
    for size in [1, 3] {
        let page = store.history(company(1), Some(history[0].position), size).await.expect("answers").expect("known");
        assert_eq!(page, history[1..=size as usize]);
    }
}

/// Given catalog changes of both reaches, each stands in the history of exactly those whose rows it reached.
pub async fn a_catalog_change_stands_in_the_history_of_those_it_reached(store: Arc<dyn Store>) {
    let mut catalog = seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "holder").await;
    execute(&*store, company(2), &activate(&addon("venue")), "holder of another").await;
    execute(&*store, company(3), &activate(&package("basic")), "holder of a package").await;
    execute(&*store, company(4), &activate(&addon("finance")), "was a holder").await;
    execute(&*store, company(4), &Command::SetHolding(set(&addon("finance"), Status::Paused)), "paused").await;
    let steps: [&dyn Fn(&domain::Catalog) -> domain::CatalogCommand; 3] = [
        &|catalog| remap(catalog, &addon("finance"), &["finance", "market"], Reach::Future),
        &|catalog| remap(catalog, &addon("finance"), &["finance", "venue"], Reach::Existing),
        &|catalog| switch_module(catalog, "venue", false),
    ];
    let mut generations = Vec::new();

    for step in steps {
        generations.push(change_catalog(&*store, &step(&catalog)).await.generation);
        catalog = super::world::catalog(&*store).await;
    }
    // A later holder was not reached by what happened before.
    execute(&*store, company(5), &activate(&addon("finance")), "later holder").await;
    let stale = prepare(&*store, company(1), &activate_many(&addon("finance"), 2)).await.expect("accepted").0;
    assert_eq!(commit(&*store, &stale.expect("changes"), "after").await, Committed::Done);

    let reached = |entries: Vec<HistoryEntry>| -> Vec<u64> {
        let of_catalog = entries.into_iter().filter(|entry| entry.position.source == HistorySource::Catalog);
        of_catalog.map(|entry| entry.position.number).collect()
    };
    assert_eq!(reached(history(&*store, 1).await), [generations[2], generations[1]]);
    assert_eq!(reached(history(&*store, 2).await), [generations[2]]);
    assert_eq!(reached(history(&*store, 3).await), [0; 0]);
    assert_eq!(reached(history(&*store, 4).await), [0; 0]);
    assert_eq!(reached(history(&*store, 5).await), [0; 0]);
    let entry = &history(&*store, 1).await[1];
    assert_eq!((entry.change_type, entry.entity_type), (ChangeType::CatalogUpdated, EntityType::Catalog));
    assert_eq!((entry.version, entry.entity_key.as_deref()), (None, Some("venue")));
    assert_eq!(entry.request_id.as_deref(), Some("request"));
    assert_eq!(history(&*store, 1).await[2].entity_type, EntityType::Mapping);
}

/// Given a row whose end is recorded, and which is written again without being revived, it shows as expired and counts as it did: a catalog
/// change that reaches it stands in the history.
pub async fn what_is_recorded_as_over_and_written_again_is_reached_as_it_counts(store: Arc<dyn Store>) {
    let catalog = seed(&*store).await;
    let soon = Timestamp::clamped(now(&*store).await.micros() + 300_000);
    let finance = addon("finance");
    let ending = SetHolding { ends_at: Patch::Set(soon), ..set(&finance, Status::Active) };
    execute(&*store, company(1), &Command::SetHolding(ending.clone()), "ends").await;
    while now(&*store).await < soon {
        tokio::task::yield_now().await;
    }
    execute(&*store, company(1), &Command::SweepBoundary, "sweep").await;
    let again = SetHolding { external_reference: Patch::Set(line("inv_2")), ..ending };
    execute(&*store, company(1), &Command::SetHolding(again), "again").await;
    let state = state_of(&*store, company(1)).await;
    assert_eq!((state.holdings[0].shown_status(), state.holdings[0].terms.status), (Status::Expired, Status::Active));

    let change = change_catalog(&*store, &remap(&catalog, &finance, &["finance", "venue"], Reach::Existing)).await;

    let newest = &history(&*store, 1).await[0];
    assert_eq!((newest.position.source, newest.position.number), (HistorySource::Catalog, change.generation));
}
