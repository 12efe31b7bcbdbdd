//! Black-box tests of the program `platform-core`: what operators, scripts and callers may rely on, asked of the built program itself.
//! Everything that a test starts ends with it.
//!
//! `PLATFORM_CORE_TEST_PROGRAM` names another build of the program to test; `PLATFORM_CORE_KILL_CYCLES` and `PLATFORM_CORE_KILL_SEED` say
//! how often and with which dice the program is killed.

mod catalog_backfill;
mod catalog_documents;
mod catalog_plans;
mod catalogs;
mod check_config;
mod dev;
mod disk_full;
mod draining;
mod failover;
mod keys;
mod kills;
mod migrating;
mod nodes;
mod outage;
mod resets;
mod roll_outs;
mod secrets;
mod serving;
mod snapshots;
mod support;
mod upkeep;
mod usage;
mod webhook_kills;
