//! What a gate holds of companies on its way, and lets go.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::Semaphore;

use super::gate::{Gate, OPEN};

impl Gate {
    /// From now on what was read is held on its way back.
    pub(crate) fn hold_reads(&self) {
        *self.reads.lock() = Arc::new(Semaphore::new(0));
    }

    /// Lets everything go back that was read.
    pub(crate) fn release_reads(&self) {
        self.reads.lock().add_permits(OPEN);
    }

    /// From now on what is to be stored of companies is held on its way in.
    pub(crate) fn hold_stores(&self) {
        *self.stores.lock() = Arc::new(Semaphore::new(0));
    }

    /// Lets everything in that is to be stored.
    pub(crate) fn release_stores(&self) {
        self.stores.lock().add_permits(OPEN);
    }

    /// From now on what was stored of companies is held on its way back.
    pub(crate) fn hold_commits(&self) {
        *self.commits.lock() = Arc::new(Semaphore::new(0));
    }

    /// Lets everything go back that was stored.
    pub(crate) fn release_commits(&self) {
        self.commits.lock().add_permits(OPEN);
    }

    /// From now on what is heard of others is held on its way back.
    pub(crate) fn hold_looks(&self) {
        *self.looks.lock() = Arc::new(Semaphore::new(0));
    }

    /// Whether something that was heard of others is on its way back.
    pub(crate) fn has_looked(&self) -> bool {
        self.looking.load(Ordering::SeqCst) > 0
    }

    /// Lets one thing that was heard of others go back.
    pub(crate) fn release_one_look(&self) {
        self.looks.lock().add_permits(1);
    }

    /// The next thing to be stored of a company is not, and the store says so.
    pub(crate) fn fail_once(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }
}
