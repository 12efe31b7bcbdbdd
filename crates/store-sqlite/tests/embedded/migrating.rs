//! Migrations: explicit, forward only, safe to repeat and to race.

use std::{sync::Barrier, thread};

use crate::support::{Place, message};
use store::{SCHEMA_VERSION, StoreError};
use store_sqlite::{MigrationReport, SqliteStore, migrate, schema_version};

#[test]
fn a_new_database_is_brought_to_this_version_and_a_second_run_changes_nothing() {
    let place = Place::empty();

    assert_eq!(migrate(place.path()), Ok(MigrationReport { from: 0, to: SCHEMA_VERSION }));
    assert_eq!(migrate(place.path()), Ok(MigrationReport { from: SCHEMA_VERSION, to: SCHEMA_VERSION }));

    assert_eq!(schema_version(place.path()), Ok(SCHEMA_VERSION));
}

#[test]
fn many_migrations_at_once_migrate_once() {
    for _ in 0..10 {
        let place = Place::empty();
        let start = Barrier::new(6);

        let reports: Vec<MigrationReport> = thread::scope(|scope| {
            let race = || {
                start.wait();
                migrate(place.path())
            };
            let runs: Vec<_> = (0..6).map(|_| scope.spawn(race)).collect();
            runs.into_iter().map(|run| run.join().unwrap().unwrap()).collect()
        });

        assert_eq!(reports.iter().filter(|report| report.from == 0).count(), 1, "{reports:?}");
        assert!(SqliteStore::open(place.path()).is_ok());
    }
}

#[test]
fn a_current_database_may_be_migrated_under_a_running_server() {
    let place = Place::migrated();
    let _server = place.open();

    assert!(migrate(place.path()).is_ok());
}

#[test]
fn a_migration_that_was_edited_after_it_ran_is_noticed() {
    let place = Place::migrated();
    place.tamper("UPDATE schema_migrations SET checksum = checksum + 1");

    let told = message(SqliteStore::open(place.path()));

    assert!(told.contains("migration 1"), "{told}");
    assert!(matches!(migrate(place.path()), Err(StoreError::Defect(_))));
}

#[test]
fn a_missing_folder_is_named() {
    let place = Place::empty();

    let told = message(migrate(&place.beside("nowhere/core.db")));

    assert!(told.contains("nowhere/core.db"), "{told}");
}

#[test]
fn the_database_uses_a_write_ahead_log_and_checks_its_foreign_keys() {
    let place = Place::migrated();
    let connection = rusqlite::Connection::open(place.path()).unwrap();

    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    let orphan =
        "INSERT INTO package_modules (package_id, module_id, created_at) VALUES (zeroblob(16), zeroblob(16), 0)";
    assert!(connection.execute(orphan, ()).is_err());
}
