//! The store on PostgreSQL (15 and later).
//!
//! Reads and writes of companies are batched: callers queue, a few connections each take everything that waits and ask the database in
//! one statement (`ask`, `commit`). The rest goes through a small pool (`connections`). SQL is checked when it is compiled, against
//! descriptions in `.sqlx`; `scripts/prepare-sql.sh` renews them.

mod ask;
mod catalog;
mod census;
mod change_requests;
mod commit;
mod commit_batch;
mod commit_catalog;
mod commit_columns;
mod commit_lane;
mod commit_parts;
mod commit_system;
mod companies;
mod connect;
mod connections;
mod failure;
mod feed;
mod history;
mod holders;
mod instant;
mod keys;
mod lane;
mod ledger;
mod limits;
mod load;
mod log;
mod migrate;
mod put_entries;
mod queue;
mod read;
mod replies;
mod roll_outs;
mod shape;
mod store_impl;
mod target;
mod watch;
mod webhook_deliveries;
mod webhook_endpoints;
mod webhook_outcomes;
mod webhooks;

pub use migrate::{grant_service_role, migrate, schema_version};
pub use store_impl::PostgresStore;
pub use target::check_url;
