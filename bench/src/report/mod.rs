//! What was measured, beside its floor, with the ratio and whether it is good enough.

mod figure;
mod pairs;
mod write;

use serde::Serialize;

pub use figure::{Figure, Target};
pub use pairs::{Criterion, Metric, Pair, Round, figures};
pub use write::{as_table, save};

use crate::machine::Machine;

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Companies in both databases.
    pub companies: u64,
    /// The machine before the run.
    pub before: Machine,
    /// The machine after the run.
    pub after: Machine,
    /// Microseconds of one fdatasync before the run.
    pub fdatasync_before_us: f64,
    /// Microseconds of one fdatasync after the run.
    pub fdatasync_after_us: f64,
    /// Everything measured, in order.
    pub figures: Vec<Figure>,
    /// What a reader must know to judge them: answers that were no success, scenarios left out.
    pub remarks: Vec<String>,
}
