//! A database of version 1 is brought to this version with everything in it meaning what it meant.

use domain::{CreditScope, Lifecycle, Shape, Timestamp, resolve};
use rusqlite::Connection;
use store::{
    HistorySource, Reshaped, SCHEMA_VERSION, Store as _, WebhookStore as _,
    conformance::world::{activate, addon, catalog, change_catalog, company, execute, module, package, switch_module},
};
use store_sqlite::{MigrationReport, migrate};

use crate::support::{Place, feed, history};

const FIRST: &str = include_str!("../../migrations/0001_initial.sql");
const CONTENT: &str = include_str!("version_1.sql");

/// A database as version 1 made it.
fn version_1() -> Place {
    let place = Place::empty();
    let connection = Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection.execute_batch(FIRST).unwrap();
    connection.execute_batch(CONTENT).unwrap();
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let checksum = FIRST.bytes().fold(0xcbf2_9ce4_8422_2325, mix).cast_signed();
    connection
        .execute_batch(&format!(
            "CREATE TABLE schema_migrations (
                version INTEGER NOT NULL PRIMARY KEY,
                checksum INTEGER NOT NULL,
                applied_at INTEGER NOT NULL
            ) STRICT;
            INSERT INTO schema_migrations VALUES (1, {checksum}, 0);
            PRAGMA application_id = 1346588498;
            PRAGMA user_version = 1;"
        ))
        .unwrap();
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
