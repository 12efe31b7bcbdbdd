//! A service by a clock that the test sets, and a wire to it that can be cut.

mod proxy;
mod script;
mod world;

use std::time::Duration;

pub(crate) use proxy::Proxy;
pub(crate) use script::Script;
pub(crate) use world::{World, addon, basic, micros};

/// The longest wait for anything that is expected to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until a condition holds, and fails when it never does.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
