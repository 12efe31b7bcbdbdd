//! One conformance suite for every store: a case for each promise of [`crate::Store`].
//!
//! A store's test target names a function that makes a fresh store, and has the suite expanded to one test per case:
//!
//! ```ignore
//! async fn fresh() -> store::conformance::Fresh { … }
//! store::conformance_tests!(fresh);
//! ```
//!
//! Where a fresh store is dear, [`run_all`] runs every case in one test.

mod differential;
mod oracle;
mod suite;
pub mod world;

pub mod catalogs;
pub mod censuses;
pub mod companies;
pub mod credits;
pub mod deliveries;
pub mod endpoints;
pub mod exactness;
pub mod feeds;
pub mod grants;
pub mod histories;
pub mod keyrings;
pub mod lists;
pub mod logs;
pub mod races;
pub mod replies;
pub mod systems;
pub mod undertakings;
pub mod watching;

use std::{any::Any, sync::Arc};

pub use differential::{Plan, differential};
pub use suite::{CASES, run_all};

use crate::Store;

/// A store that nothing was ever written to, migrated, with whatever must live as long as it does (a folder, a cluster).
pub struct Fresh {
    store: Arc<dyn Store>,
    _keep: Box<dyn Any + Send + Sync>,
}

impl Fresh {
    /// A fresh store, and what must outlive it.
    pub fn new(store: Arc<dyn Store>, keep: impl Any + Send + Sync) -> Self {
        Self { store, _keep: Box::new(keep) }
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}
