//! A database of an older version is brought to this version with everything in it meaning what it meant.

use domain::{Command, CreditScope, Lifecycle, Shape, Timestamp, resolve};
use store::{
    HistorySource, Reshaped, SCHEMA_VERSION, Store, WebhookStore as _,
    conformance::world::{activate, addon, catalog, change_catalog, company, execute, module, package, switch_module},
};
use store_postgres::{migrate, schema_version};

use crate::support::{cluster, connect};

const FIRST: &str = include_str!("../../migrations/0001_initial.sql");
const TO_3: &str = concat!(
    include_str!("../../migrations/0002_commercial_rules.sql"),
    include_str!("../../migrations/0003_feed_state.sql")
);
const CONTENT: &str = include_str!("version_1.sql");

/// 2026-01-05T00:00:00Z, in microseconds since 1970.
const FIFTH_MICROS: i64 = 1_767_571_200_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_version_1_means_what_it_meant() {
    let cluster = cluster();
    let url = cluster.create_database("old").unwrap();
    cluster.sql("old", &format!("{FIRST}; INSERT INTO schema_version (version) VALUES (1); {CONTENT}")).unwrap();
    assert_eq!(schema_version(&url).await, Ok(1));

    migrate(&url).await.unwrap();

    assert_eq!(schema_version(&url).await, Ok(SCHEMA_VERSION));
    let store = connect(&url).await;
    catalog_stands(&*store).await;
    companies_stand(&*store).await;
    census_counts_once_shapes_are_known(&*store).await;
    let hooked = store.webhook_cursor().await.unwrap();
    assert_eq!(Ok(hooked.position), store.feed_end().await, "what was before is no event");
    let page = store.feed(hooked.position, 1).await.unwrap();
    assert!(page.continues(hooked.epoch, hooked.position));
    history_goes_on(&*store).await;
}

async fn catalog_stands(store: &dyn Store) {
    let catalog = catalog(store).await;
    assert_eq!(catalog.generation, 2);
    let venue = catalog.module(&module("venue")).unwrap();
    assert_eq!((venue.namespace.as_str(), venue.is_active, venue.epoch), ("venue", false, 0));
    assert_eq!(venue.epoch_grown_at, venue.created_at);
    let (basic, sold) = (catalog.item(&package("basic")).unwrap(), catalog.item(&addon("venue")).unwrap());
    assert_eq!((basic.lifecycle, sold.lifecycle), (Lifecycle::Active, Lifecycle::Inactive));
    assert_eq!((&basic.profile, &sold.profile), (&domain::Profile::default(), &domain::Profile::default()));
    let sets: Vec<usize> = sold.revisions.iter().map(|revision| revision.definition.modules.len()).collect();
    assert_eq!(sets, [1, 0]);
    assert_eq!(catalog.policy, domain::Policy::default());
}

async fn companies_stand(store: &dyn Store) {
    let loaded = store.load(company(1), CreditScope::All).await.unwrap();
    let row = loaded.state.holding(&package("basic")).unwrap();
    assert_eq!(row.trialed_at, Some(Timestamp::clamped(FIFTH_MICROS)), "the history knows of the trial");
    assert_eq!((&row.replaces, loaded.state.grants.len(), loaded.state.credits.lots.len()), (&None, 0, 0));
    assert_eq!(resolve(&loaded.state.standing(), &catalog(store).await, loaded.now).version, 2);
    let other = store.load(company(2), CreditScope::None).await.unwrap().state;
    assert_eq!(other.holdings[0].trialed_at, None);
}

async fn census_counts_once_shapes_are_known(store: &dyn Store) {
    let census = store.census().await.unwrap();
    assert_eq!((census.shapes.len(), census.stale), (0, 2));
    let stale = store.stale_standings(None, 10).await.unwrap();
    let reshaped: Vec<Reshaped> = stale
        .iter()
        .map(|standing| {
            let (shape, until) = Shape::of(standing, census.now);
            Reshaped { company_id: standing.company_id, write_seq: standing.write_seq, shape, until }
        })
        .collect();
    store.reshape(&reshaped).await.unwrap();
    let census = store.census().await.unwrap();
    let shapes: Vec<(&str, u64)> = census.shapes.iter().map(|(shape, count)| (shape.as_str(), *count)).collect();
    assert_eq!((shapes, census.stale), (vec![("a:venue@1*3", 1), ("p:basic@1", 1)], 0));
}

async fn history_goes_on(store: &dyn Store) {
    change_catalog(store, &switch_module(&catalog(store).await, "venue", true)).await;
    execute(store, company(2), &activate(&package("basic")), "req-9").await;

    let entries = store.history(company(2), None, 10).await.unwrap().unwrap();
    let sources: Vec<(HistorySource, u64)> =
        entries.iter().rev().map(|entry| (entry.position.source, entry.position.number)).collect();
    let (own, of_catalog) = (HistorySource::Company, HistorySource::Catalog);
    assert_eq!(sources, [(own, 1), (of_catalog, 2), (of_catalog, 3), (own, 2)]);
}

/// One boundary before the last write of its row, which told of it, and two behind it.
const WINDOWS: &str = "
    UPDATE company_subscriptions SET starts_at = '2026-01-05Z', ends_at = '2026-01-07Z', grace_ends_at = '2026-01-10Z';
    UPDATE company_addons SET ends_at = '2026-01-09Z'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passed_since_the_last_write_is_due_once_and_the_chain_begins_with_it() {
    let day = 86_400_000_000;
    let cluster = cluster();
    let url = cluster.create_database("due").unwrap();
    let first = format!("{FIRST}; INSERT INTO schema_version (version) VALUES (1); {CONTENT}; {WINDOWS}");
    cluster.sql("due", &first).unwrap();
    migrate(&url).await.unwrap();
    let store = connect(&url).await;

    let expected = [(company(1), FIFTH_MICROS + 5 * day), (company(2), FIFTH_MICROS + 4 * day)];
    for (whose, at) in expected {
        let state = store.load(whose, CreditScope::None).await.unwrap().state;
        assert_eq!(state.next_boundary.map(Timestamp::micros), Some(at));
    }
    assert_eq!(store.due(10).await, Ok(vec![company(2), company(1)]));
    for (whose, at) in expected {
        assert_eq!(execute(&*store, whose, &Command::SweepBoundary, "sweep").await.at.micros(), at);
        let lines = store.company_log(whose, (0, 0), 10).await.unwrap();
        let linked: Vec<bool> = lines.iter().map(|line| line.hash.is_some()).collect();
        assert!(linked.ends_with(&[false, true]) && linked.iter().filter(|linked| **linked).count() == 1, "{linked:?}");
    }
    assert_eq!(store.due(10).await, Ok(Vec::new()));
    let heads = store.company_heads(None, 10).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.chained_from).collect::<Vec<_>>(), [3, 2]);
    let found = store::verify(&*store).await.unwrap().breaches;
    assert!(!found.iter().any(|breach| breach.what.contains("link")), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credits_of_version_3_have_begun_and_their_ledger_stays() {
    let cluster = cluster();
    let url = cluster.create_database("third").unwrap();
    let versions = "INSERT INTO schema_version (version) VALUES (1), (2), (3)";
    let credits = "
        INSERT INTO credit_lots VALUES
            ('c0de0000-0000-4000-8000-000000000002', gen_random_uuid(), 'sms', 9, 4, NULL, 'grant inv_1', '2026-01-05Z');
        INSERT INTO credit_ledger VALUES
            ('c0de0000-0000-4000-8000-000000000002', 'sms', 1, 0, gen_random_uuid(), 'grant', 9, 9, '2026-01-05Z', 'why', 'inv_1',
                '2026-01-05Z', 'admin'),
            ('c0de0000-0000-4000-8000-000000000002', 'sms', 1, 1, gen_random_uuid(), 'consume', 5, 4, NULL, NULL, NULL,
                '2026-01-05Z', 'admin')";
    cluster.sql("third", &format!("{FIRST}; {CONTENT}; {TO_3}; {versions}; {credits}")).unwrap();
    assert_eq!(schema_version(&url).await, Ok(3));

    migrate(&url).await.unwrap();

    let store = connect(&url).await;
    let sms = domain::FeatureKey::parse("sms").unwrap();
    let loaded = store.load(company(1), CreditScope::All).await.unwrap();
    let credits = loaded.state.credits;
    assert_eq!((credits.balance(&sms, loaded.now), credits.lots[0].starts_at), (4, None));
    let lines = store.ledger(company(1), &sms, None, 10).await.unwrap();
    let told: Vec<_> =
        lines.iter().map(|line| (line.entry.kind.as_str(), line.entry.amount, line.entry.balance)).collect();
    assert_eq!(told, [("consume", 5, 4), ("grant", 9, 9)]);
    let granted = &lines[1].entry;
    assert_eq!((granted.starts_at, granted.expires_at), (None, Some(Timestamp::clamped(FIFTH_MICROS))));
}
