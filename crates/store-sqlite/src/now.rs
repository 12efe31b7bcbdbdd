//! The store's time: a clock that never goes back while the store is open.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::Timestamp;
use store::model::Clock;

/// Gives instants that never go back, whatever the machine's clock does.
#[derive(Clone)]
pub(crate) struct Now {
    clock: Arc<dyn Clock>,
    latest: Arc<AtomicI64>,
}

impl Now {
    pub(crate) fn of(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: Arc::new(AtomicI64::new(0)) }
    }

    /// The clock's instant, or the latest one that was given out.
    pub(crate) fn get(&self) -> Timestamp {
        let read = self.clock.now().micros();
        Timestamp::clamped(self.latest.fetch_max(read, Ordering::AcqRel).max(read))
    }
}
