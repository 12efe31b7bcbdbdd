//! The embedded store, on SQLite: nothing to install, one file.
//!
//! [`SqliteStore`] keeps the contract of [`::store::Store`]; [`migrate`], [`backup()`] and [`restore()`] care for the file. Every SQL statement
//! stands whole in the file of what it does, under the same file name as in the PostgreSQL store.

mod backup;
#[cfg(test)]
mod checked;
mod column;
mod commit;
mod commit_catalog;
mod connection;
mod failure;
mod feed;
#[cfg(test)]
mod groups;
mod history;
mod keys;
mod load;
mod load_catalog;
mod lock;
mod now;
mod read;
mod readers;
mod replies;
mod restore;
mod schema;
mod store;
mod writer;

pub use crate::{
    backup::backup,
    restore::restore,
    schema::{MigrationReport, migrate, schema_version},
    store::SqliteStore,
};
