//! What was counted: plain numbers, for whatever metrics the program has.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the calls of a client came to since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Calls made; each once, however many attempts it took.
    pub calls: u64,
    /// Attempts after the first of a call.
    pub retries: u64,
    /// Calls that the service answered with 304, so that no body was sent.
    pub not_modified: u64,
    /// Calls that ended in an error, refusals among them.
    pub failed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct CallCounters {
    pub(crate) calls: Count,
    pub(crate) retries: Count,
    pub(crate) not_modified: Count,
    pub(crate) failed: Count,
}

impl CallCounters {
    pub(crate) fn counts(&self) -> CallCounts {
        CallCounts {
            calls: self.calls.get(),
            retries: self.retries.get(),
            not_modified: self.not_modified.get(),
            failed: self.failed.get(),
        }
    }
}
