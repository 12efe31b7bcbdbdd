//! Who may open a database, and for what.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc};

use crate::support::{Place, message};
use domain::{CreditScope, Timestamp, Uuid};
use store::{
    Committed, CompanyCommit, KeyRecord, Store as _, StoreError, SystemChange,
    conformance::world::{activate, addon, company, execute, prepare, seed},
    model::ManualClock,
};
use store_sqlite::SqliteStore;

fn key(name: &str) -> KeyRecord {
    KeyRecord {
        id: Uuid::new_v4(),
        name: name.to_owned(),
        role: "auth".to_owned(),
        scopes: Vec::new(),
        hash: [3; 32],
        created_at: Timestamp::MIN,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_which_file_and_what_to_do() {
    let place = Place::migrated();
    let first = place.open();

    let told = message(SqliteStore::open(place.path()));

    let database = place.path().canonicalize().unwrap();
    assert!(told.contains(database.to_str().unwrap()), "{told}");
    assert!(told.contains("core.db.lock"), "{told}");
    assert!(told.contains("stop it first"), "{told}");
    assert!(first.ready().await.is_ok());
}

#[tokio::test]
async fn another_spelling_of_the_path_is_the_same_database() {
    let place = Place::migrated();
    let link = place.beside("link.db");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    let _first = place.open();

    assert!(SqliteStore::open(&link).is_err());
}

#[tokio::test]
async fn a_dropped_store_gives_the_database_back_with_everything_in_it() {
    let place = Place::migrated();
    for round in 0..5 {
        let store = place.open();
        if round == 0 {
            seed(&store).await;
        }
        let quantity = store::conformance::world::activate_many(&addon("finance"), round + 1);
        execute(&store, company(1), &quantity, "request").await;
    }

    let loaded = place.open().load(company(1), CreditScope::All).await.unwrap();

    assert_eq!(loaded.state.write_seq, 5);
}

#[test]
fn a_database_that_was_never_migrated_is_refused() {
    let place = Place::empty();
    let never = |outcome: Result<SqliteStore, StoreError>| matches!(outcome, Err(StoreError::Schema { found: 0, .. }));

    assert!(never(SqliteStore::open(place.path())));
    assert!(never(SqliteStore::open_shared(place.path())));
    assert_eq!(place.files(), Vec::<String>::new(), "refusing leaves no file behind");
    assert_eq!(store_sqlite::schema_version(place.path()), Ok(0));
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let place = Place::migrated();
    place.tamper("PRAGMA user_version = 1000");
    let newer = StoreError::schema(1000).unwrap();

    assert_eq!(SqliteStore::open(place.path()).err(), Some(newer.clone()));
    assert_eq!(store_sqlite::migrate(place.path()).err(), Some(newer));
    assert_eq!(store_sqlite::schema_version(place.path()), Ok(1000));
}

#[tokio::test]
async fn readiness_ends_when_the_schema_is_another() {
    let place = Place::migrated();
    let store = place.open();
    assert!(store.ready().await.is_ok());

    place.tamper("PRAGMA user_version = 1000");

    assert!(matches!(store.ready().await, Err(StoreError::Schema { found: 1000, .. })));
}

#[tokio::test]
async fn a_guest_reads_and_makes_keys_beside_a_server_but_writes_no_company() {
    let place = Place::seeded().await;
    let server = place.open();
    let guest = SqliteStore::open_shared(place.path()).unwrap();
    let ring = server.key_ring(None).await.unwrap().unwrap();

    let add = SystemChange::AddKey(key("auth-backend"));
    assert_eq!(guest.commit_system(add.into()).await, Ok(Committed::Done));
    let remove = SystemChange::RemoveEndpoint { id: Uuid::from_u128(1), known: 1 };
    let told = message(guest.commit_system(remove.into()).await);
    assert!(told.contains("ask its API"), "{told}");

    let seen = server.key_ring(Some(ring.generation)).await.unwrap().unwrap();
    assert_eq!(seen.keys, [key_named(&seen.keys, "auth-backend")]);
    assert!(!guest.is_sole_writer());
    let (changes, _) = prepare(&guest, company(1), &activate(&addon("market"))).await.unwrap();
    let commit =
        CompanyCommit { changes, head: None, request_id: "request".to_owned(), reply: None, too_late_at: None };
    let told = message(guest.commit(commit).await);
    assert!(told.contains("ask its API"), "{told}");
    assert_eq!(
        guest.load(company(1), CreditScope::All).await.unwrap().state,
        server.load(company(1), CreditScope::All).await.unwrap().state
    );
}

fn key_named(keys: &[KeyRecord], name: &str) -> KeyRecord {
    keys.iter().find(|key| key.name == name).cloned().unwrap()
}

#[tokio::test]
async fn only_the_owner_may_read_any_of_the_files() {
    let place = Place::seeded().await;
    let _store = place.open();
    store_sqlite::backup(place.path(), &place.beside("copy.db")).unwrap();

    for file in place.files() {
        let mode = std::fs::metadata(place.beside(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(place.files(), ["copy.db", "core.db", "core.db-shm", "core.db-wal", "core.db.lock"]);
}

#[test]
fn a_file_of_another_program_is_neither_migrated_nor_opened() {
    let place = Place::empty();
    place.tamper("CREATE TABLE notes (text TEXT)");
    std::fs::write(place.beside("letter.txt"), "Dear database, ".repeat(100)).unwrap();

    for path in [place.path(), &place.beside("letter.txt")] {
        assert!(matches!(store_sqlite::migrate(path), Err(StoreError::Defect(_))));
        assert!(matches!(SqliteStore::open(path).err(), Some(StoreError::Defect(_))));
        assert!(matches!(store_sqlite::backup(path, &place.beside("copy.db")), Err(StoreError::Defect(_))));
    }
}

#[tokio::test]
async fn the_stores_time_never_goes_back() {
    let place = Place::migrated();
    let instant = |micros| Timestamp::from_micros(micros).unwrap();
    let clock = Arc::new(ManualClock::at(instant(1_000)));
    let store = SqliteStore::open_with_clock(place.path(), clock.clone()).unwrap();
    assert_eq!(store.ready().await, Ok(instant(1_000)));

    clock.set(instant(400));

    assert_eq!(store.ready().await, Ok(instant(1_000)));
    assert_eq!(store.load(company(1), CreditScope::All).await.unwrap().now, instant(1_000));
    clock.set(instant(1_001));
    assert_eq!(store.read(company(1), None).await.unwrap().now, instant(1_001));
}
