//! The sweeper.

use std::time::Duration;

use super::{
    field::{Number, SectionText},
    section::Section,
};

/// The sweeper, which writes to history and feed what began and ended by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepConfig {
    /// How often it looks; `None` when this node does not sweep.
    pub every: Option<Duration>,
}

const EVERY: Number = Number {
    key: "every_ms",
    unit: "milliseconds",
    default: 250,
    least: 0,
    most: 3_600_000,
    about: "How often this node looks for boundaries that have passed; 0 is never. Any number of nodes may look. No answer and no \
            version depends on it.",
};

pub(super) const TEXT: SectionText = SectionText {
    path: "sweep",
    about: "The sweeper, which writes to history and feed what began and ended by time.",
    fields: &[&EVERY],
};

impl SweepConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let every_ms = root.section_or_empty("sweep").number(&EVERY);
        Self { every: (every_ms > 0).then(|| Duration::from_millis(every_ms)) }
    }
}
