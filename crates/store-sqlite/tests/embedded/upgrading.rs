//! A database of an older version is brought to this version with everything in it meaning what it meant.

use domain::{Command, CreditScope, Lifecycle, Shape, Timestamp, resolve};
use rusqlite::Connection;
use store::{
    HistorySource, Reshaped, SCHEMA_VERSION, Store as _, WebhookStore as _,
    conformance::world::{activate, addon, catalog, change_catalog, company, execute, module, package, switch_module},
};
use store_sqlite::{MigrationReport, migrate};

use crate::support::{Place, feed, history};

const FIRST: &str = include_str!("../../migrations/0001_initial.sql");
const TO_3: [&str; 3] = [
    FIRST,
    include_str!("../../migrations/0002_commercial_rules.sql"),
    include_str!("../../migrations/0003_feed_state.sql"),
];
const CONTENT: &str = include_str!("version_1.sql");

/// One boundary before the last write of its row, which told of it, and two behind it.
const WINDOWS: &str = "
    UPDATE company_subscriptions SET starts_at = 5500, ends_at = 6500, grace_ends_at = 9500;
    UPDATE company_addons SET ends_at = 9000";

/// A database as version 1 made it.
fn version_1() -> Place {
    of_version(&[FIRST])
}

/// A database with the content of version 1, brought to a version by its migrations.
fn of_version(migrations: &[&str]) -> Place {
    let place = Place::empty();
    let connection = Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE schema_migrations (
                version INTEGER NOT NULL PRIMARY KEY,
                checksum INTEGER NOT NULL,
                applied_at INTEGER NOT NULL
            ) STRICT;
            PRAGMA application_id = 1346588498;",
        )
        .unwrap();
    for (version, migration) in (1..).zip(migrations) {
        connection.execute_batch(migration).unwrap();
        if version == 1 {
            connection.execute_batch(CONTENT).unwrap();
        }
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let checksum = migration.bytes().fold(0xcbf2_9ce4_8422_2325, mix).cast_signed();
        connection.execute("INSERT INTO schema_migrations VALUES (?1, ?2, 0)", (version, checksum)).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
    }
    place
}

#[tokio::test]
async fn a_catalog_of_version_1_means_what_it_meant() {
    let place = version_1();

    assert_eq!(migrate(place.path()), Ok(MigrationReport { from: 1, to: SCHEMA_VERSION }));

    let store = place.open();
    let catalog = catalog(&store).await;
    assert_eq!((catalog.generation, catalog.changed_at.micros()), (2, 8000));
    let venue = catalog.module(&module("venue")).unwrap();
    assert_eq!((venue.namespace.as_str(), venue.is_active, venue.epoch), ("venue", false, 0));
    let (basic, sold) = (catalog.item(&package("basic")).unwrap(), catalog.item(&addon("venue")).unwrap());
    assert_eq!((basic.lifecycle, sold.lifecycle), (Lifecycle::Active, Lifecycle::Inactive));
    assert_eq!((&basic.profile, &sold.profile), (&domain::Profile::default(), &domain::Profile::default()));
    let sets: Vec<usize> = sold.revisions.iter().map(|revision| revision.definition.modules.len()).collect();
    assert_eq!(sets, [1, 0]);
    assert_eq!(catalog.policy, domain::Policy::default());
    let hooked = store.webhook_cursor().await.unwrap();
    assert_eq!(Ok(hooked.position), store.feed_end().await, "what was before is no event");
    assert!(store.feed(hooked.position, 1).await.unwrap().continues(hooked.epoch, hooked.position));
}

#[tokio::test]
async fn companies_of_version_1_own_what_they_owned_and_are_counted_once_their_shapes_are_known() {
    let place = version_1();
    migrate(place.path()).unwrap();
    let store = place.open();

    let state = store.load(company(1), CreditScope::All).await.unwrap().state;
    let row = state.holding(&package("basic")).unwrap();
    assert_eq!(row.trialed_at, Some(Timestamp::clamped(5000)), "the history knows of the trial");
    assert_eq!((&row.replaces, state.grants.len(), state.credits.lots.len()), (&None, 0, 0));
    let catalog = catalog(&store).await;
    assert_eq!(resolve(&state.standing(), &catalog, Timestamp::clamped(9000)).version, 2);
    assert_eq!(store.load(company(2), CreditScope::None).await.unwrap().state.holdings[0].trialed_at, None);

    let census = store.census().await.unwrap();
    assert_eq!((census.shapes.len(), census.stale), (0, 2));
    let over = store.stale_standings(None, 10).await.unwrap();
    let reshaped: Vec<Reshaped> = over
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

#[tokio::test]
async fn the_history_of_version_1_stays_and_goes_on() {
    let place = version_1();
    migrate(place.path()).unwrap();
    let store = place.open();

    let sources = |entries: &[store::HistoryEntry]| -> Vec<(HistorySource, u64)> {
        entries.iter().map(|entry| (entry.position.source, entry.position.number)).collect()
    };
    let before = history(&store, company(2)).await;
    assert_eq!(sources(&before), [(HistorySource::Company, 1), (HistorySource::Catalog, 2)]);
    assert_eq!(feed(&store).await.len(), 1);

    change_catalog(&store, &switch_module(&catalog(&store).await, "venue", true)).await;
    execute(&store, company(2), &activate(&package("basic")), "req-9").await;
    let after = history(&store, company(2)).await;
    assert_eq!(sources(&after)[2..], [(HistorySource::Catalog, 3), (HistorySource::Company, 2)]);
    assert_eq!(feed(&store).await.len(), 3);
}

#[tokio::test]
async fn what_passed_since_the_last_write_is_due_once_and_the_chain_begins_with_it() {
    let place = version_1();
    place.tamper(WINDOWS);
    migrate(place.path()).unwrap();
    let store = place.open();

    let next = async |whose| store.load(whose, CreditScope::None).await.unwrap().state.next_boundary;
    assert_eq!(next(company(1)).await, Some(Timestamp::clamped(9500)));
    assert_eq!(next(company(2)).await, Some(Timestamp::clamped(9000)));
    assert_eq!(store.due(10).await, Ok(vec![company(2), company(1)]));
    for (whose, at) in [(company(1), 9500), (company(2), 9000)] {
        assert_eq!(execute(&store, whose, &Command::SweepBoundary, "sweep").await.at.micros(), at);
        let lines = store.company_log(whose, (0, 0), 10).await.unwrap();
        let linked: Vec<bool> = lines.iter().map(|line| line.hash.is_some()).collect();
        assert!(linked.ends_with(&[false, true]) && linked.iter().filter(|linked| **linked).count() == 1, "{linked:?}");
    }
    assert_eq!(store.due(10).await, Ok(Vec::new()));
    let heads = store.company_heads(None, 10).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.chained_from).collect::<Vec<_>>(), [3, 2]);
    let found = store::verify(&store).await.unwrap().breaches;
    assert!(!found.iter().any(|breach| breach.what.contains("link")), "{found:#?}");
}

#[tokio::test]
async fn credits_of_version_3_have_begun_and_their_ledger_stays() {
    let place = of_version(&TO_3);
    let credits = "
        INSERT INTO credit_lots VALUES
            (x'c0de0000000040008000000000000002', zeroblob(16), 'sms', 9, 4, NULL, 'grant inv_1', 6000);
        INSERT INTO credit_ledger VALUES
            (x'c0de0000000040008000000000000002', 'sms', 1, 0, zeroblob(16), 'grant', 9, 9, 7000, 'why', 'inv_1', 6000, 'admin'),
            (x'c0de0000000040008000000000000002', 'sms', 1, 1, zeroblob(16), 'consume', 5, 4, NULL, NULL, NULL, 6000, 'admin');";
    Connection::open(place.path()).unwrap().execute_batch(credits).unwrap();

    assert_eq!(migrate(place.path()), Ok(MigrationReport { from: 3, to: SCHEMA_VERSION }));

    let store = place.open();
    let sms = domain::FeatureKey::parse("sms").unwrap();
    let credits = store.load(company(1), CreditScope::All).await.unwrap().state.credits;
    assert_eq!((credits.balance(&sms, Timestamp::clamped(6000)), credits.lots[0].starts_at), (4, None));
    let lines = store.ledger(company(1), &sms, None, 10).await.unwrap();
    let told: Vec<_> =
        lines.iter().map(|line| (line.entry.kind.as_str(), line.entry.amount, line.entry.balance)).collect();
    assert_eq!(told, [("consume", 5, 4), ("grant", 9, 9)]);
    let granted = &lines[1].entry;
    assert_eq!((granted.starts_at, granted.expires_at), (None, Some(Timestamp::clamped(7000))));
    assert_eq!(granted.external_reference.as_ref().map(ToString::to_string).as_deref(), Some("inv_1"));
}
