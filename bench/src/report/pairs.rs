//! Rounds of ours and of a floor, taken in turns, and the figures made of them.

use super::{Figure, Target};
use crate::load::Tally;
use crate::number::{median, micros, real};

/// One round of one target.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Requests or transactions a second.
    pub rate: f64,
    /// Latency in the middle, in microseconds; NaN when not known.
    pub p50_us: f64,
    /// Latency that one in a hundred exceeds, in microseconds; NaN when not known.
    pub p99_us: f64,
    /// Processor time of the target for one request, in microseconds; NaN when not known.
    pub cpu_us: f64,
    /// The same of the database server that it asked; NaN when there is none.
    pub database_cpu_us: f64,
}

impl Round {
    /// A round of HTTP.
    pub fn of(tally: &Tally, cpu_us: u64) -> Self {
        let requests = real(tally.requests());
        Self {
            rate: requests / tally.elapsed.as_secs_f64(),
            p50_us: micros(tally.latencies.quantile(500)),
            p99_us: micros(tally.latencies.quantile(990)),
            cpu_us: real(cpu_us) / requests,
            database_cpu_us: f64::NAN,
        }
    }

    /// A round of which only the rate is known.
    pub fn of_rate(rate: f64) -> Self {
        Self { rate, p50_us: f64::NAN, p99_us: f64::NAN, cpu_us: f64::NAN, database_cpu_us: f64::NAN }
    }
}

/// A round of ours, and the floor's right before or after it.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The program's.
    pub ours: Round,
    /// The floor's.
    pub floor: Round,
}

/// What of a round is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Requests a second.
    Rate,
    /// Median latency.
    P50,
    /// Latency that one in a hundred exceeds.
    P99,
    /// Processor time of the target for one request.
    Cpu,
    /// Processor time of its database server for one request.
    DatabaseCpu,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Rate => "requests/s",
            Self::P50 => "p50, µs",
            Self::P99 => "p99, µs",
            Self::Cpu => "CPU/request, µs",
            Self::DatabaseCpu => "database CPU/request, µs",
        }
    }

    fn of(self, round: Round) -> f64 {
        match self {
            Self::Rate => round.rate,
            Self::P50 => round.p50_us,
            Self::P99 => round.p99_us,
            Self::Cpu => round.cpu_us,
            Self::DatabaseCpu => round.database_cpu_us,
        }
    }
}

/// A metric and what it must be.
pub type Criterion = (Metric, Target);

/// The figures of a scenario: medians of the rounds, and the median of the rounds' ratios.
pub fn figures(scenario: &str, floor: &str, pairs: &[Pair], criteria: &[Criterion]) -> Vec<Figure> {
    let figure = |(metric, target): &Criterion| {
        let rounds: Vec<(f64, f64)> = pairs.iter().map(|pair| (metric.of(pair.ours), metric.of(pair.floor))).collect();
        let known = rounds.iter().all(|(_, floor)| !floor.is_nan());
        let of_floor = || median(rounds.iter().map(|(_, floor)| *floor).collect());
        Figure {
            scenario: scenario.to_owned(),
            what: metric.name().to_owned(),
            ours: median(rounds.iter().map(|(ours, _)| *ours).collect()),
            floor: known.then(of_floor),
            floor_name: known.then(|| floor.to_owned()),
            ratio: known.then(|| median(rounds.iter().map(|(ours, floor)| ours / floor).collect())),
            target: *target,
            rounds,
        }
    };
    criteria.iter().map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(ours: f64, floor: f64) -> Pair {
        Pair { ours: Round::of_rate(ours), floor: Round::of_rate(floor) }
    }

    #[test]
    fn the_ratio_is_the_median_of_the_pairs_ratios() {
        let pairs = [pair(50.0, 100.0), pair(90.0, 100.0), pair(400.0, 500.0)];

        let figures = figures("s", "f", &pairs, &[(Metric::Rate, Target::RatioAtLeast(0.8))]);

        assert!((figures[0].ratio.unwrap() - 0.8).abs() < 1e-9, "{figures:?}");
        assert!((figures[0].ours - 90.0).abs() < 1e-9);
        assert_eq!(figures[0].is_met(), Some(true));
    }

    #[test]
    fn what_the_floor_does_not_know_has_no_ratio() {
        let figures = figures("s", "f", &[pair(1.0, 1.0)], &[(Metric::Cpu, Target::Shown)]);

        assert_eq!((figures[0].ratio, figures[0].floor), (None, None));
    }
}
