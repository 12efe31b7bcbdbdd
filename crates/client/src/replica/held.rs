//! What the replica holds of a company: the answer now, and those to come.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use api::response::EntitlementsView;

use super::{
    Source,
    keys::{Keys, Sets},
};

/// An answer, and for how long it holds: from `from` until before `until`, in microseconds of the database's clock.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) view: EntitlementsView,
    modules: Arc<Keys>,
    addons: Arc<Keys>,
}

impl Segment {
    pub(crate) fn of(view: EntitlementsView, sets: &Sets) -> Self {
        Self {
            from: view.as_of.micros(),
            until: view.valid_until.map_or(i64::MAX, api::Instant::micros),
            modules: sets.shared(view.enabled_modules.iter().map(String::as_str)),
            addons: sets.shared(view.addons.iter().map(|addon| addon.key.as_str())),
            view,
        }
    }

    pub(crate) fn has_module(&self, key: &str) -> bool {
        self.modules.has(key)
    }

    pub(crate) fn has_addon(&self, key: &str) -> bool {
        self.addons.has(key)
    }
}

/// What the replica holds of a company. Replaced as a whole.
#[derive(Debug)]
pub(crate) struct Held {
    /// In time order, each beginning where the one before ends; empty for a company that was never written.
    pub(crate) segments: Box<[Segment]>,
    /// Why it was loaded.
    pub(crate) source: Source,
    /// How many changes of the catalog had been heard of when it was asked for.
    pub(crate) round: u64,
    /// The instant of the first change that was heard of and is not in it; `i64::MAX` when there is none.
    overdue: AtomicI64,
}

impl Held {
    pub(crate) fn new(
        view: Option<EntitlementsView>,
        upcoming: Vec<EntitlementsView>,
        round: u64,
        source: Source,
        sets: &Sets,
    ) -> Self {
        let segments = view.into_iter().chain(upcoming).map(|view| Segment::of(view, sets)).collect();
        Self { segments, source, round, overdue: AtomicI64::new(i64::MAX) }
    }

    /// The version that it was loaded with; 0 of a company that was never written.
    pub(crate) fn version(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.view.entitlement_version)
    }

    /// The instant that it was loaded for.
    pub(crate) fn as_of(&self) -> i64 {
        self.segments.first().map_or(i64::MIN, |segment| segment.from)
    }

    /// Which segments hold somewhere from the earliest to the latest that the clock may show; `None` past what is known.
    pub(crate) fn at(&self, earliest: i64, latest: i64) -> Option<(usize, usize)> {
        let place = |instant: i64| self.segments.partition_point(|segment| segment.until <= instant);
        let last = place(latest);
        (last < self.segments.len()).then(|| (place(earliest), last))
    }

    /// Whether a change of an instant that led to a version is in it already.
    pub(crate) fn contains(&self, at: i64, version: u64) -> bool {
        let place = self.segments.partition_point(|segment| segment.until <= at);
        self.segments.get(place).is_some_and(|segment| version <= segment.view.entitlement_version)
    }

    /// A change of that instant was heard of and is not in it.
    pub(crate) fn lacks(&self, at: i64) {
        self.overdue.fetch_min(at, Ordering::SeqCst);
    }

    pub(crate) fn overdue(&self) -> i64 {
        self.overdue.load(Ordering::Relaxed)
    }

    /// When to ask for what comes after what is known: once the last answer to come has begun, or, where it is the only one, in the middle of
    /// its time. `None` when nothing ends by itself.
    pub(crate) fn ask_again_at(&self) -> Option<i64> {
        let last = self.segments.last().filter(|last| last.until != i64::MAX)?;
        Some(if self.segments.len() > 1 { last.from } else { last.from.midpoint(last.until) })
    }
}

#[cfg(test)]
mod tests {
    use api::{Instant, response::AddonView};

    use super::*;

    pub(crate) fn view(from: i64, until: Option<i64>, version: u64, modules: &[&str]) -> EntitlementsView {
        let instant = |micros| Instant::from_micros(micros).unwrap();
        let addon = |key: &&str| AddonView {
            key: (*key).to_owned(),
            status: api::ItemStatus::Active,
            starts_at: None,
            ends_at: None,
        };
        EntitlementsView {
            company_id: uuid::Uuid::max(),
            has_basic: true,
            base_package: None,
            addons: modules.iter().map(addon).collect(),
            enabled_modules: modules.iter().map(|key| (*key).to_owned()).collect(),
            entitlement_version: version,
            updated_at: instant(0),
            valid_until: until.map(instant),
            as_of: instant(from),
        }
    }

    fn held() -> Held {
        let upcoming = vec![view(100, Some(200), 6, &["basic"]), view(200, None, 7, &[])];
        Held::new(
            Some(view(0, Some(100), 5, &["basic", "ai", "market"])),
            upcoming,
            0,
            Source::Loaded,
            &Sets::default(),
        )
    }

    #[test]
    fn a_boundary_is_crossed_at_its_instant_and_not_before() {
        let held = held();
        for (earliest, latest, places) in [
            (0, 99, (0, 0)),
            (99, 100, (0, 1)),
            (100, 100, (1, 1)),
            (150, 250, (1, 2)),
            (-9, 5, (0, 0)),
            (900, 900, (2, 2)),
        ] {
            assert_eq!(held.at(earliest, latest), Some(places), "{earliest} {latest}");
        }
        let ending = Held::new(Some(view(0, Some(100), 5, &[])), Vec::new(), 0, Source::Loaded, &Sets::default());
        assert_eq!((ending.at(99, 99), ending.at(99, 100)), (Some((0, 0)), None));
    }

    #[test]
    fn a_change_is_known_when_the_version_of_its_instant_is() {
        let held = held();
        assert!(held.contains(50, 5) && held.contains(-5, 4) && held.contains(100, 6) && held.contains(200, 7));
        assert!(!held.contains(50, 6) && !held.contains(99, 6) && !held.contains(200, 8));
        assert!(!Held::new(None, Vec::new(), 0, Source::Loaded, &Sets::default()).contains(0, 1));
    }

    #[test]
    fn modules_and_addons_are_found_whatever_their_order() {
        let held = held();
        let first = &held.segments[0];
        for key in ["basic", "ai", "market"] {
            assert!(first.has_module(key) && first.has_addon(key), "{key}");
        }
        for key in ["", "a", "finance", "markets"] {
            assert!(!first.has_module(key) && !first.has_addon(key), "{key}");
        }
    }

    #[test]
    fn more_is_asked_for_before_what_is_known_ends() {
        assert_eq!(held().ask_again_at(), None);
        let two = Held::new(
            Some(view(0, Some(100), 5, &[])),
            vec![view(100, Some(200), 6, &[])],
            0,
            Source::Loaded,
            &Sets::default(),
        );
        assert_eq!(two.ask_again_at(), Some(100));
        let one = Held::new(Some(view(0, Some(100), 5, &[])), Vec::new(), 0, Source::Loaded, &Sets::default());
        assert_eq!(one.ask_again_at(), Some(50));
    }
}
