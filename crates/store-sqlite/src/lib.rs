//! The embedded store, on SQLite: nothing to install, one file.
//!
//! [`SqliteStore`] keeps the contract of [`::store::Store`]; [`migrate`], [`backup()`] and [`restore()`] care for the file. Every SQL statement
//! stands whole in the file of what it does, under the same file name as in the PostgreSQL store.

mod backup;
mod census;
mod change_requests;
#[cfg(test)]
mod checked;
mod column;
mod commit;
mod commit_catalog;
mod commit_parts;
mod commit_system;
mod companies;
mod connection;
mod failure;
mod feed;
#[cfg(test)]
mod groups;
mod history;
mod holders;
mod keys;
mod ledger;
mod load;
mod load_catalog;
mod lock;
mod log;
mod now;
mod put_entries;
mod read;
mod readers;
mod replies;
mod restore;
mod roll_outs;
mod schema;
mod store;
mod wal;
mod watch;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhook_outcomes;
mod webhooks;
mod writer;

pub use crate::{
    backup::backup,
    restore::restore,
    schema::{MigrationReport, migrate, schema_version},
    store::SqliteStore,
};
