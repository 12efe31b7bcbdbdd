//! Backup and restore.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::support::{Place, content, feed, history, message};
use domain::CreditScope;
use store::{
    FeedPosition, Store as _, StoreError,
    conformance::world::{activate_many, addon, company, execute},
};
use store_sqlite::{SqliteStore, backup, restore};

const COMPANIES: [u128; 3] = [0, 1, 2];

#[tokio::test]
async fn a_backup_restores_to_the_same_content() {
    let place = Place::seeded().await;
    let companies = COMPANIES.map(company);
    let store = place.open();
    let before = content(&store, &companies).await;
    backup(place.path(), &place.beside("copy.db")).unwrap();
    execute(&store, company(0), &activate_many(&addon("finance"), 9), "after the backup").await;
    drop(store);

    restore(&place.beside("copy.db"), place.path(), true).unwrap();

    assert_eq!(content(&place.open(), &companies).await, before);
    restore(&place.beside("copy.db"), &place.beside("new.db"), false).unwrap();
    let elsewhere = SqliteStore::open(&place.beside("new.db")).unwrap().patient();
    assert_eq!(content(&elsewhere, &companies).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_write_load_is_one_instant() {
    let place = Place::seeded().await;
    let store = Arc::new(place.open());
    let stop = Arc::new(AtomicBool::new(false));
    let writers = COMPANIES.map(|number| {
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut quantity = 1;
            while !stop.load(Ordering::Relaxed) {
                quantity += 1;
                execute(&*store, company(number), &activate_many(&addon("finance"), quantity), "load").await;
            }
        })
    });
    for round in 0..5 {
        let (from, to) = (place.path().to_owned(), place.beside(&format!("copy-{round}.db")));
        tokio::task::spawn_blocking(move || backup(&from, &to)).await.unwrap().unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let original = feed(&*store).await;

    for round in 0..5 {
        let target = place.beside(&format!("restored-{round}.db"));
        restore(&place.beside(&format!("copy-{round}.db")), &target, false).unwrap();
        let restored = SqliteStore::open(&target).unwrap().patient();
        let fed = feed(&restored).await;
        assert!(original.starts_with(&fed), "the feed of a backup is the beginning of the feed");
        for number in COMPANIES {
            let state = store::Store::load(&restored, company(number), CreditScope::All).await.unwrap().state;
            let history = history(&restored, company(number)).await;
            assert_eq!(history.last().unwrap().position.number, state.write_seq);
            let mut of_company = fed.iter().filter(|entry| entry.company_id == Some(company(number)));
            assert_eq!(of_company.next_back().unwrap().version, history.last().unwrap().version.unwrap());
        }
    }
}

#[tokio::test]
async fn an_existing_file_is_never_overwritten_by_a_backup() {
    let place = Place::seeded().await;
    fs::write(place.beside("copy.db"), "precious").unwrap();

    let told = message(backup(place.path(), &place.beside("copy.db")));

    assert!(told.contains("copy.db` exists"), "{told}");
    assert_eq!(fs::read(place.beside("copy.db")).unwrap(), b"precious");
}

#[tokio::test]
async fn an_existing_database_is_replaced_only_by_force() {
    let place = Place::seeded().await;
    backup(place.path(), &place.beside("copy.db")).unwrap();

    let told = message(restore(&place.beside("copy.db"), place.path(), false));

    assert!(told.contains("--force"), "{told}");
    assert!(restore(&place.beside("copy.db"), place.path(), true).is_ok());
}

#[tokio::test]
async fn a_database_in_use_is_not_replaced() {
    let place = Place::seeded().await;
    backup(place.path(), &place.beside("copy.db")).unwrap();
    let before = {
        let server = place.open();
        let told = message(restore(&place.beside("copy.db"), place.path(), true));
        assert!(told.contains("stop it first"), "{told}");
        content(&server, &COMPANIES.map(company)).await
    };
    let guest = SqliteStore::open_shared(place.path()).unwrap();

    let told = message(restore(&place.beside("copy.db"), place.path(), true));

    assert!(told.contains("in use"), "{told}");
    assert_eq!(content(&guest, &COMPANIES.map(company)).await, before);
}

#[tokio::test]
async fn a_damaged_or_foreign_backup_is_refused_before_anything_is_touched() {
    let place = Place::seeded().await;
    let before = content(&place.open(), &COMPANIES.map(company)).await;
    let damaged = place.beside("damaged.db");
    backup(place.path(), &damaged).unwrap();
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&damaged, bytes).unwrap();
    // Every page is readable and every row is there; only the check of the whole file finds a page that belongs to nothing.
    let inconsistent = place.beside("inconsistent.db");
    backup(place.path(), &inconsistent).unwrap();
    let forget = "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'idx_addon_modules_module_id'";
    rusqlite::Connection::open(&inconsistent).unwrap().execute_batch(forget).unwrap();
    fs::write(place.beside("letter.txt"), "Dear database, ".repeat(500)).unwrap();
    let newer = place.beside("newer.db");
    backup(place.path(), &newer).unwrap();
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 1000).unwrap();

    for bad in [&damaged, &inconsistent, &place.beside("letter.txt")] {
        let outcome = restore(bad, place.path(), true);
        assert!(matches!(outcome, Err(StoreError::Defect(_))), "{}: {outcome:?}", bad.display());
    }
    assert_eq!(restore(&newer, place.path(), true).err(), StoreError::schema(1000));
    let missing = restore(&place.beside("missing.db"), place.path(), true);
    assert!(matches!(missing, Err(StoreError::Unavailable(_))));

    assert_eq!(content(&place.open(), &COMPANIES.map(company)).await, before);
    let left: Vec<String> = place.files().into_iter().filter(|file| file.contains("partial")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn the_log_of_the_old_database_is_never_replayed_on_the_new_one() {
    let place = Place::seeded().await;
    let companies = COMPANIES.map(company);
    let before = content(&place.open(), &companies).await;
    backup(place.path(), &place.beside("copy.db")).unwrap();
    // What a killed server leaves: a database with its log beside it.
    let killed = rusqlite::Connection::open(place.path()).unwrap();
    killed.execute("DELETE FROM change_feed", ()).unwrap();
    fs::copy(place.beside("core.db-wal"), place.beside("log")).unwrap();
    drop(killed);
    fs::copy(place.beside("log"), place.beside("core.db-wal")).unwrap();

    restore(&place.beside("copy.db"), place.path(), true).unwrap();

    assert_eq!(content(&place.open(), &companies).await, before);
}

#[tokio::test]
async fn a_database_beyond_use_can_be_replaced() {
    let place = Place::seeded().await;
    let before = content(&place.open(), &COMPANIES.map(company)).await;
    backup(place.path(), &place.beside("copy.db")).unwrap();
    fs::write(place.path(), "garbage ".repeat(2_000)).unwrap();
    fs::write(place.beside("core.db-wal"), "more garbage").unwrap();

    restore(&place.beside("copy.db"), place.path(), true).unwrap();

    assert_eq!(content(&place.open(), &COMPANIES.map(company)).await, before);
}

#[tokio::test]
async fn who_followed_the_feed_before_a_restore_learns_that_it_is_another() {
    let place = Place::seeded().await;
    let epoch = async || place.open().feed(FeedPosition::default(), 1).await.unwrap().epoch;
    let before = epoch().await;
    assert_eq!(epoch().await, before);
    backup(place.path(), &place.beside("copy.db")).unwrap();

    restore(&place.beside("copy.db"), place.path(), true).unwrap();

    assert_ne!(epoch().await, before);
}
