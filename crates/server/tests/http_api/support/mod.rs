//! A whole service on a free port, and callers that speak to it over the wire. Every answer is held against the OpenAPI document.

mod answer;
mod caller;
mod document;
mod gate;
mod gate_holds;
mod gate_webhooks;
mod log;
mod place;
pub(crate) mod receiver;
mod running;
mod schema;
pub(crate) mod shop;
mod stocked;
mod stream;

use std::time::Duration;

pub(crate) use answer::{Answer, shown};
pub(crate) use caller::{Caller, raw};
pub(crate) use document::{Operation, document, operations};
pub(crate) use gate::Gate;
pub(crate) use log::log;
pub(crate) use place::Place;
pub(crate) use running::{Clocked, Keys, NewCaller, Running, instant, new_key};
pub(crate) use stocked::{ACTOR, Stocked};
pub(crate) use stream::Stream;

/// The longest wait for anything that is expected to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A company of the tests.
pub(crate) fn company(number: u32) -> String {
    format!("0190a5c2-7c1e-7b3a-9a39-{number:012x}")
}

/// A path of that company.
pub(crate) fn of(company_number: u32, rest: &str) -> String {
    format!("/internal/companies/{}/{rest}", company(company_number))
}

/// Looks until a condition holds, and fails when it never does.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
