//! The version moves whenever the answer does, never goes back, and moves for nobody else.

use domain::{Command, Entitlements, ItemRef, Patch, SetHolding, Status, apply, decide, resolve};
use proptest::prelude::*;

use crate::world::{COMPANIES, Done, World, at, command, owned, steps, text};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_differ_have_versions_that_differ_and_the_later_is_larger(steps in steps()) {
        let mut world = World::new();
        let mut seen: Vec<Vec<Entitlements>> = vec![Vec::new(); COMPANIES];
        for step in &steps {
            world.play(step);
            for (whose, seen) in seen.iter_mut().enumerate().filter(|(whose, _)| world.states[*whose].is_known()) {
                let answer = world.answer(whose, world.now);
                for earlier in seen.iter() {
                    prop_assert!(earlier.version <= answer.version, "went back: {earlier:#?} {answer:#?}");
                    let differ = owned(earlier) != owned(&answer);
                    prop_assert!(!differ || earlier.version < answer.version, "one version: {earlier:#?} {answer:#?}");
                }
                seen.push(answer);
            }
        }
    }

    #[test]
    fn a_catalog_change_moves_the_version_of_exactly_those_who_hold_what_changed(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let before = world.clone();
            let Done::Changed(change) = world.play(step) else { continue };
            for whose in (0..COMPANIES).filter(|whose| world.states[*whose].is_known()) {
                let [old, new] = [&before, &world].map(|world| world.answer(whose, world.now).version);
                let touched = before.held(whose) != world.held(whose);
                prop_assert_eq!(old < new, touched, "{} to {}: {:#?}", old, new, change);
                let reached = world.states[whose].holdings.iter().any(|row| {
                    row.terms.status.is_entitling()
                        && change.reach.iter().any(|reach| {
                            reach.item == row.terms.item
                                && (reach.assigned_from..=reach.assigned_to).contains(&row.terms.assigned_revision)
                        })
                });
                prop_assert_eq!(reached, touched, "the history says otherwise: {:#?}", change);
            }
        }
    }

    #[test]
    fn a_changing_write_gives_exactly_one_more_and_a_first_write_gives_one(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let before = world.clone();
            let Done::Wrote(whose, changes) = world.play(step) else { continue };
            let known = before.states[whose].is_known();
            let previous = if known { before.answer(whose, before.now).version } else { 0 };
            prop_assert_eq!(changes.version, previous + 1);
            prop_assert_eq!(world.answer(whose, world.now).version, previous + 1);
            prop_assert_eq!(changes.version_before, previous);
            prop_assert_eq!(world.states[whose].write_seq, before.states[whose].write_seq + 1);
        }
    }

    #[test]
    fn a_write_that_says_what_is_stored_changes_nothing(steps in steps(), command in command()) {
        let world = World::after(&steps);
        let state = &world.states[0];
        let set = decide(&command, state, &world.catalog, at(world.now), &text("law"));
        if let (Ok(Some(changes)), Command::SetHolding(_)) = (set, &command) {
            let after = apply(state.clone(), &changes);
            let again = decide(&command, &after, &world.catalog, at(world.now), &text("somebody else"));
            prop_assert_eq!(again, Ok(None));
        }
        for row in &state.holdings {
            let mut keep = saying(row.terms.item.clone(), row.terms.status);
            keep.starts_at = row.terms.window.starts_at.map_or(Patch::Clear, Patch::Set);
            let kept = decide(&Command::SetHolding(keep), state, &world.catalog, at(world.now), &text("law"));
            prop_assert_eq!(kept, Ok(None));
        }
    }

    #[test]
    fn a_clock_that_steps_back_revives_nothing(steps in steps(), back in 0..5_000_i64) {
        let world = World::after(&steps);
        for state in world.states.iter().filter(|state| state.is_known()) {
            let standing = state.standing();
            let last = resolve(&standing, &world.catalog, state.last_write_at);
            let earlier = at(state.last_write_at.micros() - back);
            prop_assert_eq!(resolve(&standing, &world.catalog, earlier), last);
        }
    }
}

fn saying(item: ItemRef, status: Status) -> SetHolding {
    SetHolding {
        item,
        status,
        starts_at: Patch::Keep,
        ends_at: Patch::Keep,
        grace_ends_at: Patch::Keep,
        quantity: None,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    }
}
