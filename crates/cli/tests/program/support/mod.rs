//! What the tests have in common.

mod audit;
mod clusters;
mod dice;
mod home;
mod http;
mod ledger;
mod load;
mod obeyed;
mod process;
mod proxy;
mod served;
mod wait;

pub(crate) use audit::{Audited, audit, audit_beside};
pub(crate) use clusters::{cluster, durable_cluster};
pub(crate) use dice::Dice;
pub(crate) use home::Home;
pub(crate) use http::{Answer, Client, Unanswered, connect, read_answer};
pub(crate) use ledger::Ledger;
pub(crate) use load::{Acked, Writer, under_load};
pub(crate) use obeyed::{Acknowledged, STALENESS_BOUND};
pub(crate) use process::{Said, bound, output_of, path_of_program, program, run, run_with, signal};
pub(crate) use proxy::Proxy;
pub(crate) use served::Served;
pub(crate) use wait::{pause, until};

/// Within this a request is answered, 503 if need be, when the database is gone or hangs: the second that callers are promised, and half of one
/// for a machine that is busy with other tests.
pub(crate) const ANSWERED_WITHIN: std::time::Duration = std::time::Duration::from_millis(1_500);

/// Within this everything is normal again once the database is back.
pub(crate) const NORMAL_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// How long a test waits for what has no deadline of its own.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
