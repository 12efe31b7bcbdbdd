//! The store on a throwaway PostgreSQL.

mod catalogs;
mod conformance;
mod failures;
mod feed_kills;
mod feed_order;
mod hosts;
mod migrations;
mod plans;
mod restoring;
mod roles;
mod support;
mod tampering;
mod upgrading;
mod watching;
mod writes;
