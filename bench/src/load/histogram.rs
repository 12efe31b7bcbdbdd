//! Latencies, counted by size: 32 steps to each doubling, so that a quantile is right to about three parts in a hundred.

use std::time::Duration;

const STEPS: usize = 32;
const STEP_BITS: u32 = 5;

/// How often each latency was seen.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; STEPS * 64], total: 0, longest_ns: 0 }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.counts[slot(ns)] += 1;
        self.total += 1;
        self.longest_ns = self.longest_ns.max(ns);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.longest_ns = self.longest_ns.max(other.longest_ns);
    }

    /// The latency that `permille` of a thousand did not exceed; zero when nothing was counted.
    pub fn quantile(&self, permille: u64) -> Duration {
        let rank = (self.total * permille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (slot, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(upper(slot).min(self.longest_ns));
            }
        }
        Duration::ZERO
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest_ns)
    }
}

fn slot(ns: u64) -> usize {
    let octave = (u64::BITS - ns.leading_zeros()).saturating_sub(STEP_BITS + 1);
    let within = usize::try_from(ns >> octave).unwrap_or(0);
    usize::try_from(octave).unwrap_or(0) * STEPS + within
}

/// The largest latency that falls into a slot.
fn upper(slot: usize) -> u64 {
    if slot < 2 * STEPS {
        return slot as u64;
    }
    let octave = slot / STEPS - 1;
    let within = (slot - octave * STEPS) as u64;
    (within << octave) + ((1 << octave) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_falls_into_a_slot_whose_upper_end_is_close_above_it() {
        for ns in (0..200).chain([1_000, 86_000, 999_999, 1 << 40, u64::MAX >> 1]) {
            let upper = upper(slot(ns));

            assert!(upper >= ns && upper - ns <= ns / 32, "{ns} {upper}");
        }
    }

    #[test]
    fn quantiles_are_ranks() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|us| histogram.record(Duration::from_micros(us)));

        let near = |permille: u64, us: u64| {
            let ratio = histogram.quantile(permille).as_secs_f64() * 1e6 / f64::from(u32::try_from(us).unwrap());
            assert!((0.99..1.04).contains(&ratio), "{permille} {ratio}");
        };
        near(500, 500);
        near(990, 990);
        assert_eq!(histogram.quantile(1000), Duration::from_millis(1));
        assert_eq!(histogram.longest(), Duration::from_millis(1));
    }
}
