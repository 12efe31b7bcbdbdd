//! Boundaries are recorded, each once, and no answer and no version depends on it; what is coming is what comes.

use std::collections::BTreeMap;

use domain::{Command, Status, Timestamp, timeline, version_at};
use proptest::prelude::*;

use crate::commands::steps;
use crate::world::{COMPANIES, Done, HALF_DAY, Step, World, at};

/// A boundary: whose, of what, when, and whether it is an end.
type Passed = (usize, String, i64, bool);

/// Records everything that is due, and gives what was recorded.
fn sweep(world: &mut World) -> Vec<Passed> {
    let mut recorded = Vec::new();
    for whose in 0..COMPANIES {
        while let Done::Wrote(_, changes) = world.play(&Step::Write(whose, Command::SweepBoundary)) {
            assert_eq!(changes.version, changes.version_before, "a version moved");
            for event in changes.events() {
                let change = event.change_type.as_str();
                let is_end = change.ends_with("_expired");
                assert!(is_end || change.ends_with("_activated"), "the sweeper told of {change}");
                let what = format!("{} {}", event.entity_type.as_str(), event.entity_key.unwrap_or_default());
                recorded.push((whose, what, changes.at.micros(), is_end));
            }
        }
    }
    recorded
}

/// The boundaries in (from, to], looked for by hand.
fn passed(world: &World, from: i64, to: i64) -> Vec<Passed> {
    let mut found = Vec::new();
    for (whose, state) in world.states.iter().enumerate() {
        let rows = state.holdings.iter().filter(|row| matches!(row.terms.status, Status::Active | Status::Trial));
        let rows = rows.map(|row| {
            let what = format!("{} {}", row.terms.item.kind.as_str(), row.terms.item.key);
            (what, row.terms.window.starts_at, row.terms.window.grace_ends_at.or(row.terms.window.ends_at))
        });
        let grants = state.grants.iter().map(|grant| {
            let what = format!("grant {}", grant.terms.granted.key());
            (what, grant.terms.window.starts_at, grant.terms.window.ends_at)
        });
        for (what, start, end) in rows.chain(grants) {
            if start.is_some() && end.is_some() && start >= end {
                continue;
            }
            for (instant, is_end) in [(start, false), (end, true)] {
                let Some(instant) = instant.map(Timestamp::micros).filter(|at| (from + 1..=to).contains(at)) else {
                    continue;
                };
                found.push((whose, what.clone(), instant, is_end));
            }
        }
    }
    found
}

fn counted(all: Vec<Passed>) -> BTreeMap<Passed, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sweeping_changes_no_answer_and_no_version(steps in steps(), later in steps()) {
        let mut plain = World::after(&steps);
        let mut swept = plain.clone();
        sweep(&mut swept);
        for step in &later {
            for whose in 0..COMPANIES {
                for half_days in [0, 1, 2, 5, 12, 40] {
                    let instant = plain.now + half_days * HALF_DAY;
                    prop_assert_eq!(plain.answer(whose, instant), swept.answer(whose, instant));
                }
            }
            // What a write decides depends on what it finds, and that is expired in one of them: what follows is the catalog and time.
            if matches!(step, Step::Write(..)) {
                continue;
            }
            plain.play(step);
            swept.play(step);
            prop_assert_eq!(&plain.catalog, &swept.catalog);
            sweep(&mut swept);
        }
    }

    #[test]
    fn a_write_decides_the_same_whether_what_passed_was_recorded_or_not(steps in steps(), command in crate::commands::command()) {
        let mut plain = World::after(&steps);
        let mut swept = plain.clone();
        sweep(&mut swept);
        swept.ids = plain.ids;
        for whose in 0..COMPANIES {
            plain.play(&Step::Write(whose, command.clone()));
            swept.play(&Step::Write(whose, command.clone()));
            for half_days in 0..80 {
                let instant = plain.now + half_days * HALF_DAY;
                prop_assert_eq!(plain.answer(whose, instant), swept.answer(whose, instant));
            }
        }
    }

    #[test]
    fn every_boundary_that_passes_is_recorded_once_under_its_own_instant(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let before = world.now;
            world.play(step);
            if let Step::Wait(_) = step {
                let expected = counted(passed(&world, before, world.now));
                prop_assert_eq!(counted(sweep(&mut world)), expected);
            }
            prop_assert_eq!(sweep(&mut world), Vec::new(), "it was recorded twice, or before it passed");
        }
    }

    #[test]
    fn what_was_recorded_has_passed_for_good_whatever_the_clock_says_later(steps in steps()) {
        let mut world = World::after(&steps);
        let recorded = sweep(&mut world);
        for (whose, _, boundary, _) in recorded {
            let then = world.answer(whose, boundary);
            for back in [1, HALF_DAY, 40 * HALF_DAY] {
                let earlier = world.answer(whose, boundary - back);
                prop_assert!(earlier.as_of >= at(boundary) && earlier.version >= then.version, "{:?} is before {:?}", earlier, then);
            }
        }
    }

    #[test]
    fn a_row_whose_end_was_recorded_shows_as_expired(steps in steps()) {
        let mut world = World::after(&steps);
        sweep(&mut world);
        for row in world.states.iter().flat_map(|state| &state.holdings) {
            let written = row.origin.updated_at;
            let has_ended = row.terms.status.is_entitling()
                && !row.terms.window.is_empty()
                && row.terms.window.closes_at().is_some_and(|end| end > written && end <= at(world.now));
            if has_ended {
                prop_assert_eq!(row.shown_status(), Status::Expired);
            } else if row.terms.status.is_entitling() && !row.terms.window.has_closed(at(world.now)) {
                prop_assert_eq!(row.shown_status(), row.terms.status);
            }
        }
    }

    #[test]
    fn the_timeline_is_what_comes(steps in steps()) {
        let world = World::after(&steps);
        for whose in 0..COMPANIES {
            let standing = world.states[whose].standing();
            let moments = timeline(&standing, &world.catalog, at(world.now), usize::MAX);
            let mut now = world.answer(whose, world.now);
            let mut owned = world.owned(whose, now.as_of.micros());
            for moment in &moments {
                prop_assert_eq!(now.valid_until, Some(moment.at), "a boundary was left out");
                now = world.answer(whose, moment.at.micros());
                prop_assert_eq!(&now, &moment.entitlements);
                prop_assert_eq!(now.version, version_at(&standing, &world.catalog, moment.at));
                let after = world.owned(whose, moment.at.micros());
                let modules = |owned: &crate::world::Owned| owned.rest.modules.clone();
                let gained: Vec<String> = modules(&after).into_iter().filter(|key| !modules(&owned).contains(key)).collect();
                let lost: Vec<String> = modules(&owned).into_iter().filter(|key| !modules(&after).contains(key)).collect();
                let texts = |all: &std::collections::BTreeSet<domain::ModuleKey>| -> Vec<String> {
                    all.iter().map(ToString::to_string).collect()
                };
                let sorted = |mut all: Vec<String>| { all.sort(); all };
                prop_assert_eq!(texts(&moment.gains.modules), sorted(gained));
                prop_assert_eq!(texts(&moment.losses.modules), sorted(lost));
                let addons: std::collections::BTreeSet<String> =
                    moment.gains.addons.iter().map(ToString::to_string).collect();
                prop_assert_eq!(addons, &after.rest.addons - &owned.rest.addons);
                owned = after;
            }
            prop_assert_eq!(now.valid_until, None, "the last boundary is not the last");
        }
    }
}
