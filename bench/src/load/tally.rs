//! What came back in a round.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Histogram;

/// What came back in a round.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Latencies of all answers.
    pub latencies: Histogram,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// How long the round took.
    pub elapsed: Duration,
}

impl Tally {
    pub(super) fn record(&mut self, status: u16, latency: Duration) {
        self.latencies.record(latency);
        *self.statuses.entry(status).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
    }

    /// All answers.
    pub fn requests(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Answers that are no success, by status.
    pub fn failures(&self) -> BTreeMap<u16, u64> {
        self.statuses.iter().filter(|(status, _)| !(200..300).contains(*status)).map(|(k, v)| (*k, *v)).collect()
    }
}
