//! Counts of entitlement lookups. Each thread counts for itself and they are added up when somebody asks: at a hundred thousand lookups a
//! second, processors that take one counter from one another would pay more for counting than for looking up.

use std::{
    array,
    fmt::{self, Debug},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::MetricType,
    registry::Registry,
};
use thread_local::ThreadLocal;

/// Where the answer to an entitlement lookup came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupSource {
    /// From memory.
    Memory,
    /// Confirmed by, or read from, the database.
    Database,
    /// There is no such company.
    Unknown,
    /// It could not be known.
    Failed,
}

/// The sources as labels, in the order of [`LookupSource`].
const SOURCES: [&str; 4] = ["memory", "database", "unknown", "failed"];

/// The longest lookup that each bucket of the histogram counts, in nanoseconds.
const LONGEST_NS: [u64; 15] = [
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    u64::MAX,
];

/// The lookups of all threads.
#[derive(Clone, Default)]
pub(super) struct Lookups(Arc<ThreadLocal<Lane>>);

/// The lookups of one thread, in memory that no other thread's counts share a cache line with.
#[derive(Default)]
#[repr(align(128))]
struct Lane {
    sources: [AtomicU64; SOURCES.len()],
    buckets: [AtomicU64; LONGEST_NS.len()],
    sum_ns: AtomicU64,
}

impl Lookups {
    /// Makes them known to whoever asks for metrics.
    pub(super) fn register(&self, registry: &mut Registry) {
        let (by_source, seconds) = (BySource(self.clone()), Seconds(self.clone()));
        registry.register("entitlement_lookups", "Entitlement lookups by where the answer came from", by_source);
        registry.register("entitlement_lookup_seconds", "Time to answer a lookup", seconds);
    }

    /// Counts a lookup.
    pub(super) fn count(&self, source: LookupSource, took: Duration) {
        let Lane { sources, buckets, sum_ns } = self.0.get_or_default();
        let [memory, database, unknown, failed] = sources;
        let counter = match source {
            LookupSource::Memory => memory,
            LookupSource::Database => database,
            LookupSource::Unknown => unknown,
            LookupSource::Failed => failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(bucket) = LONGEST_NS.iter().position(|longest| took_ns <= *longest).and_then(|at| buckets.get(at)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        sum_ns.fetch_add(took_ns, Ordering::Relaxed);
    }

    fn sum(&self, of: impl Fn(&Lane) -> Option<&AtomicU64>) -> u64 {
        self.0.iter().filter_map(of).map(|counter| counter.load(Ordering::Relaxed)).sum()
    }
}

struct BySource(Lookups);

impl EncodeMetric for BySource {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (at, source) in SOURCES.iter().enumerate() {
            let count = self.0.sum(|lane| lane.sources.get(at));
            encoder.encode_family(&[("source", *source)])?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

struct Seconds(Lookups);

impl EncodeMetric for Seconds {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let seconds = |ns: u64| if ns == u64::MAX { f64::INFINITY } else { Duration::from_nanos(ns).as_secs_f64() };
        let buckets: [(f64, u64); LONGEST_NS.len()] = array::from_fn(|at| {
            (LONGEST_NS.get(at).map_or(f64::INFINITY, |ns| seconds(*ns)), self.0.sum(|lane| lane.buckets.get(at)))
        });
        let sum = Duration::from_nanos(self.0.sum(|lane| Some(&lane.sum_ns))).as_secs_f64();
        let count = buckets.iter().map(|(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl Debug for BySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BySource")
    }
}

impl Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seconds")
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn what_several_threads_counted_is_told_as_one() {
        let (lookups, mut registry) = (Lookups::default(), Registry::default());
        lookups.register(&mut registry);

        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| lookups.count(LookupSource::Memory, Duration::from_micros(10)));
            }
        });
        lookups.count(LookupSource::Database, Duration::from_millis(500));
        lookups.count(LookupSource::Failed, Duration::from_secs(10));

        let mut told = String::new();
        encode(&mut told, &registry).unwrap();
        for line in [
            "entitlement_lookups_total{source=\"memory\"} 3",
            "entitlement_lookups_total{source=\"database\"} 1",
            "entitlement_lookups_total{source=\"unknown\"} 0",
            "entitlement_lookups_total{source=\"failed\"} 1",
            "entitlement_lookup_seconds_sum 10.50003",
            "entitlement_lookup_seconds_count 5",
            "entitlement_lookup_seconds_bucket{le=\"0.000005\"} 0",
            "entitlement_lookup_seconds_bucket{le=\"0.00001\"} 3",
            "entitlement_lookup_seconds_bucket{le=\"1.0\"} 4",
            "entitlement_lookup_seconds_bucket{le=\"+Inf\"} 5",
        ] {
            assert!(told.lines().any(|told| told == line), "{line} in {told}");
        }
    }
}
