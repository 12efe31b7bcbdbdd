//! How much a node knows of a database that other nodes write too: how old its knowledge is, and what the database's clock says now.
//!
//! INVARIANT: while the knowledge is younger than the bound, what the cache holds was true at the moment at which it was confirmed, or later.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use domain::Timestamp;

/// `confirmed` before the first look.
const NEVER: i64 = i64::MIN;

/// By how much the two clocks may drift apart between two looks: one part in so many. A clock that is being adjusted runs at most one part in
/// 2,000 too fast or too slow, so two of them differ by at most one in 1,000.
const DRIFT: i64 = 1_000;

/// What a node knows, and since when. Times are microseconds since `base`, on this machine's monotonic clock.
pub(crate) struct Knowledge {
    base: Instant,
    bound: i64,
    /// When the question was asked whose answer was applied last.
    confirmed: AtomicI64,
    /// The catalog's generation then.
    generation: AtomicU64,
    /// What the database's clock is ahead of `base`: at most, had it answered at once when it was asked; and at least, had its answer
    /// taken no time.
    most: AtomicI64,
    least: AtomicI64,
    /// The latest instant that was ever used or told.
    floor: AtomicI64,
}

/// The database's instant now: no earlier than one and no later than the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Between {
    /// It is at least this.
    pub(crate) earliest: Timestamp,
    /// It is at most this.
    pub(crate) latest: Timestamp,
}

impl Knowledge {
    /// Nothing is known; what will be holds for `bound`.
    pub(crate) fn new(bound: Duration) -> Self {
        Self {
            base: Instant::now(),
            bound: micros(bound),
            confirmed: AtomicI64::new(NEVER),
            generation: AtomicU64::new(0),
            most: AtomicI64::new(0),
            least: AtomicI64::new(0),
            floor: AtomicI64::new(0),
        }
    }

    /// Notes that everything which was written before `asked` has been applied, and that the database's clock was at `told` at some moment
    /// between `asked` and `answered`.
    pub(crate) fn confirm(&self, asked: Instant, answered: Instant, told: Timestamp, generation: u64) {
        let (asked, answered) = (self.since_base(asked), self.since_base(answered));
        self.most.store(told.micros().saturating_sub(asked), Ordering::Release);
        self.least.store(told.micros().saturating_sub(answered), Ordering::Release);
        self.not_before(told);
        self.generation.store(generation, Ordering::Release);
        self.confirmed.store(asked, Ordering::Release);
    }

    /// The database's instant now, if the knowledge is within its bound.
    pub(crate) fn now(&self) -> Option<Between> {
        let (now, age) = self.age_at(Instant::now());
        (age <= self.bound).then(|| self.between(now, age))
    }

    /// The latest instant that the database's clock may tell at a moment that has just been, if the knowledge is within its bound. For the
    /// hottest path.
    pub(crate) fn latest(&self, moment: Instant) -> Option<Timestamp> {
        let (now, age) = self.age_at(moment);
        let told = || now.saturating_add(self.most.load(Ordering::Acquire)).saturating_add(age / DRIFT);
        (age <= self.bound).then(|| Timestamp::clamped(told().max(self.floor.load(Ordering::Acquire))))
    }

    /// What the database's clock tells now as far as is known, however long ago that was learnt. For what is not an answer about a company.
    pub(crate) fn estimate(&self) -> Timestamp {
        let (now, age) = self.age_at(Instant::now());
        self.between(now, age.max(0)).latest
    }

    /// Whether the knowledge is within its bound.
    pub(crate) fn is_fresh(&self) -> bool {
        self.age_at(Instant::now()).1 <= self.bound
    }

    /// How old the knowledge is; `None` when there is none.
    pub(crate) fn age(&self) -> Option<Duration> {
        let (_, age) = self.age_at(Instant::now());
        (age != i64::MAX).then(|| Duration::from_micros(u64::try_from(age).unwrap_or(0)))
    }

    /// The catalog's generation when the knowledge was confirmed.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// An instant that the database told, or the latest that was known before: its clock may step back, time does not.
    pub(crate) fn not_before(&self, told: Timestamp) -> Timestamp {
        let before = self.floor.fetch_max(told.micros(), Ordering::AcqRel);
        Timestamp::clamped(before.max(told.micros()))
    }

    fn between(&self, now: i64, age: i64) -> Between {
        let (floor, drift) = (self.floor.load(Ordering::Acquire), age / DRIFT);
        let earliest = now.saturating_add(self.least.load(Ordering::Acquire)).saturating_sub(drift).max(floor);
        let latest = now.saturating_add(self.most.load(Ordering::Acquire)).saturating_add(drift).max(earliest);
        Between { earliest: Timestamp::clamped(earliest), latest: Timestamp::clamped(latest) }
    }

    /// The moment, and how old the knowledge is then; [`i64::MAX`] when there is none.
    fn age_at(&self, moment: Instant) -> (i64, i64) {
        let now = self.since_base(moment);
        let confirmed = self.confirmed.load(Ordering::Acquire);
        (now, if confirmed == NEVER { i64::MAX } else { now.saturating_sub(confirmed) })
    }

    fn since_base(&self, moment: Instant) -> i64 {
        micros(moment.saturating_duration_since(self.base))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::clamped(micros)
    }

    /// Knowledge that was asked for so long ago and came after a round trip.
    fn learnt(bound_ms: u64, ago_ms: u64, round_trip_ms: u64, told: i64) -> Knowledge {
        let now = Instant::now();
        let asked = now.checked_sub(Duration::from_millis(ago_ms)).unwrap();
        let mut knowledge = Knowledge::new(Duration::from_millis(bound_ms));
        knowledge.base = asked;
        knowledge.confirm(asked, asked + Duration::from_millis(round_trip_ms), at(told), 7);
        knowledge
    }

    #[test]
    fn nothing_is_known_before_the_first_look_and_nothing_beyond_the_bound() {
        assert!(!Knowledge::new(Duration::from_mins(1)).is_fresh());
        assert_eq!(Knowledge::new(Duration::from_mins(1)).latest(Instant::now()), None);

        let known = learnt(60_000, 1_000, 1, 1_000_000_000);
        assert!(known.is_fresh() && known.latest(Instant::now()).is_some() && known.generation() == 7);

        let old = learnt(999, 1_000, 1, 1_000_000_000);
        assert!(!old.is_fresh() && old.latest(Instant::now()).is_none() && old.now().is_none());
    }

    #[test]
    fn the_clock_is_known_to_within_the_round_trip_and_the_drift() {
        let known = learnt(3_600_000, 100_000, 20, 1_000_000_000);

        let Between { earliest, latest } = known.now().unwrap();

        let width = latest.micros() - earliest.micros();
        assert!((20_000 + 2 * 100_000..=20_000 + 2 * 101_000).contains(&width), "{width}");
        assert!(latest.micros() >= 1_100_000_000);
        assert_eq!(known.latest(Instant::now()).unwrap().micros() / 1_000_000, latest.micros() / 1_000_000);
    }

    #[test]
    fn a_database_clock_that_steps_back_takes_time_back_for_nobody() {
        let known = learnt(60_000, 0, 0, 5_000_000_000);
        let now = Instant::now();

        known.confirm(now, now, at(1_000_000_000), 7);

        let Between { earliest, latest } = known.now().unwrap();
        assert!(earliest >= at(5_000_000_000) && latest >= earliest);
        assert!(known.latest(Instant::now()).unwrap() >= at(5_000_000_000));
        assert_eq!(known.not_before(at(1_000_000_000)), at(5_000_000_000));
    }
}
