//! What time it is in the database.
//!
//! The replica has no use for the machine's wall clock. Every heartbeat, and every answer, brings an instant that the database's clock had
//! already shown when it was written: from its arrival on, counted by a clock that only runs forward, the database's clock shows at least so
//! much. A probe, a request that is answered with such an instant, bounds it from the other side: that instant was not shown before the
//! request was sent, give or take what the node itself lags behind its database (`margin`). So the database's clock stands between an
//! *earliest* and a *latest* instant. Both bounds are widened by what two quartz clocks may drift apart.
//!
//! Whoever asks gets what holds at both: what ended by the latest instant is gone, and what begins is there from the earliest on. Within the
//! few milliseconds between the two an answer says no where either side does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// Two clocks drift apart by at most one part in so many: 100 parts in a million, several times what hardware does.
const DRIFT_PARTS: i64 = 10_000;
/// A probe that contradicts by so much what was heard says that the clock was set back. More than any node lags behind its database.
const STEP_US: i64 = 1_000_000;
/// What is known of the database's clock is forgotten after one to two of these, in microseconds: so a clock that was set back is followed.
const WINDOW_US: i64 = 10_000_000;

/// A clock that only runs forward. It says nothing of the time of day.
#[derive(Clone, Debug)]
pub struct MonotonicClock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System(Instant),
    Manual(Arc<AtomicI64>),
}

impl MonotonicClock {
    /// The machine's.
    pub fn system() -> Self {
        Self(Kind::System(Instant::now()))
    }

    /// One that stands still until it is advanced: for tests that look at what happens at an instant.
    pub fn manual() -> Self {
        Self(Kind::Manual(Arc::default()))
    }

    /// Advances a manual clock, and its clones with it. The machine's clock cannot be advanced: nothing happens.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(micros) = &self.0 {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Microseconds since it was made.
    pub(crate) fn micros(&self) -> i64 {
        match &self.0 {
            Kind::System(began) => i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX),
            Kind::Manual(micros) => micros.load(Ordering::SeqCst),
        }
    }
}

/// The database's clock, as it is known at some moment of the monotonic one. All in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hands {
    /// The moment.
    set_at: i64,
    /// What it shows at least.
    earliest: i64,
    /// How much more it shows at most.
    width: i64,
    /// What had been shown once is not taken back: where the database's clock was set back, this one stands still until it is there again.
    floor: i64,
}

impl Hands {
    /// What the database's clock shows at least and at most, at a moment of the monotonic clock.
    pub(crate) fn at(&self, moment: i64) -> (i64, i64) {
        let passed = moment - self.set_at;
        let drift = passed / DRIFT_PARTS;
        let earliest = (self.earliest + passed - drift).max(self.floor);
        (earliest, (self.earliest + passed + drift + self.width).max(earliest))
    }
}

/// What was learnt of the database's clock: the difference between it and the monotonic one.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: i64,
    least: Option<i64>,
    most: Option<i64>,
}

/// Learns what time it is in the database.
#[derive(Debug)]
pub(crate) struct Estimate {
    margin: i64,
    now: Window,
    before: Option<Window>,
    hands: Option<Hands>,
}

impl Estimate {
    pub(crate) fn new(margin: Duration) -> Self {
        let margin = i64::try_from(margin.as_micros()).unwrap_or(i64::MAX / 4);
        Self { margin, now: Window { began: 0, least: None, most: None }, before: None, hands: None }
    }

    /// An instant that the database's clock had shown came at a moment. The instants of one stream never go back.
    pub(crate) fn heard(&mut self, instant: i64, moment: i64) -> Option<Hands> {
        let least = instant - moment;
        self.now.least = Some(self.now.least.map_or(least, |known| known.max(least)));
        self.set(moment)
    }

    /// A request sent at one moment brought an instant at another.
    pub(crate) fn probed(&mut self, instant: i64, sent: i64, moment: i64) -> Option<Hands> {
        if moment - self.now.began >= WINDOW_US && self.now.most.is_some() {
            let fresh = Window { began: moment, least: None, most: None };
            self.before = Some(std::mem::replace(&mut self.now, fresh));
        }
        let most = instant - sent;
        let least = [self.now.least, self.before.and_then(|before| before.least)].into_iter().flatten().max();
        if least.is_some_and(|least| least - most > STEP_US + self.margin) {
            // The hands stop where they are, rather than run on until what was heard is forgotten.
            (self.now, self.before) = (Window { began: moment, least: None, most: None }, None);
        }
        self.now.most = Some(self.now.most.map_or(most, |known| known.min(most)));
        self.heard(instant, moment)
    }

    /// Where the hands stand; `None` before the first probe.
    fn set(&mut self, moment: i64) -> Option<Hands> {
        let both =
            |of: fn(&Window) -> Option<i64>| [of(&self.now), self.before.as_ref().and_then(of)].into_iter().flatten();
        let most = both(|window| window.most).min()?;
        let least = both(|window| window.least).max()?;
        let earliest = least + moment;
        let width = (most - least).max(0) + self.margin;
        let floor = self.hands.map_or(i64::MIN, |hands| hands.at(moment).0);
        self.hands = Some(Hands { set_at: moment, earliest, width, floor });
        self.hands
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    proptest! {
        /// Whatever the delays, the database's clock stands between the hands, and the earlier one never goes back.
        #[test]
        fn the_databases_clock_is_always_between_the_hands(
            offset in 0..1_000_000_000_000_i64,
            steps in prop::collection::vec((0..3_000_000_i64, 0..200_000_i64, 0..200_000_i64, any::<bool>()), 1..60),
        ) {
            let (mut estimate, mut moment, mut shown) = (Estimate::new(Duration::ZERO), 0, i64::MIN);
            for (passed, there, back, is_probe) in steps {
                let sent = moment + passed;
                let instant = offset + sent + there;
                moment = sent + there + back;
                let hands =
                    if is_probe { estimate.probed(instant, sent, moment) } else { estimate.heard(instant, moment) };
                if let Some(hands) = hands {
                    for later in [0, 1, 777, 5 * SECOND] {
                        let (earliest, latest) = hands.at(moment + later);
                        let truth = offset + moment + later;
                        prop_assert!(earliest <= truth && truth <= latest, "{earliest} {truth} {latest}");
                    }
                    prop_assert!(hands.at(moment).0 >= shown);
                    shown = hands.at(moment).0;
                }
            }
        }
    }

    #[test]
    fn nothing_is_said_before_the_first_probe() {
        assert_eq!(Estimate::new(Duration::ZERO).heard(SECOND, 0), None);
    }

    #[test]
    fn a_clock_that_was_set_back_by_far_stops_the_hands_at_the_next_probe() {
        let mut estimate = Estimate::new(Duration::ZERO);
        for second in 0..=30 {
            estimate.probed((100 + second) * SECOND, second * SECOND, second * SECOND);
        }
        for second in 31..=45 {
            let hands = estimate.probed((80 + second) * SECOND, second * SECOND, second * SECOND).unwrap();
            let (earliest, latest) = hands.at(second * SECOND);
            assert!((130 * SECOND..=131 * SECOND).contains(&earliest) && latest <= 131 * SECOND, "{earliest} {latest}");
        }
        let hands = estimate.probed(140 * SECOND, 60 * SECOND, 60 * SECOND).unwrap();
        assert!(hands.at(60 * SECOND).0 > 139 * SECOND, "once it is there again it is followed");
    }

    #[test]
    fn a_clock_that_was_set_back_is_waited_for_and_then_followed() {
        let mut estimate = Estimate::new(Duration::ZERO);
        let before = estimate.probed(100 * SECOND, 0, 0).unwrap();
        assert_eq!(before.at(0), (100 * SECOND, 100 * SECOND));
        let mut latest = 0;
        for second in 1..40 {
            let moment = second * SECOND;
            let hands = estimate.probed(95 * SECOND + moment, moment, moment).unwrap();
            assert!(hands.at(moment).0 >= 100 * SECOND, "nothing comes to life again");
            latest = hands.at(moment).1;
        }
        assert!((latest - (95 + 39) * SECOND).abs() <= SECOND / 50, "{latest}");
    }
}
