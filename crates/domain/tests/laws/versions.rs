//! The version moves whenever the answer does, never goes back, and moves for nobody else.

use domain::{
    CatalogChange, CatalogReach, Command, CompanyState, Granted, ItemRef, Patch, Reached, SetHolding, Status, Uuid,
    apply, decide, resolve,
};
use proptest::prelude::*;

use crate::commands::{command, steps};
use crate::world::{COMPANIES, Done, Owned, World, at, text};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_differ_have_versions_that_differ_and_the_later_is_larger(steps in steps()) {
        let mut world = World::new();
        let mut seen: Vec<Vec<(u64, Owned)>> = vec![Vec::new(); COMPANIES];
        for step in &steps {
            world.play(step);
            for (whose, seen) in seen.iter_mut().enumerate().filter(|(whose, _)| world.states[*whose].is_known()) {
                let (version, owned) = (world.answer(whose, world.now).version, world.owned(whose, world.now));
                for (earlier, had) in seen.iter() {
                    prop_assert!(*earlier <= version, "went back from {} to {}: {:#?}", earlier, version, step);
                    prop_assert!(*had == owned || *earlier < version, "one version: {:#?} {:#?}", had, owned);
                }
                seen.push((version, owned));
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
                prop_assert_eq!(is_reached(&world.states[whose], &change), touched, "the history says otherwise: {:#?}", change);
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
            // Credits and the profile decide no answer.
            let is_quiet = changes.holdings.is_empty()
                && (!changes.credit_entries.is_empty() || changes.profile.is_some())
                && known;
            let expected = if is_quiet { previous } else { previous + 1 };
            prop_assert_eq!(changes.version, expected);
            prop_assert_eq!(world.answer(whose, world.now).version, expected);
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
    fn a_clock_that_steps_back_revives_nothing(steps in steps(), back in 0..5_000_000_i64) {
        let world = World::after(&steps);
        for state in world.states.iter().filter(|state| state.is_known()) {
            let standing = state.standing();
            let last = resolve(&standing, &world.catalog, state.last_write_at);
            let earlier = at(state.last_write_at.micros() - back);
            prop_assert_eq!(resolve(&standing, &world.catalog, earlier), last);
        }
    }
}

/// Whether a catalog change says that it reached a company.
fn is_reached(state: &CompanyState, change: &CatalogChange) -> bool {
    let rows = state.holdings.iter().map(|row| &row.terms).filter(|terms| terms.status.is_entitling());
    let items: Vec<_> = rows.map(|terms| (terms.item.clone(), terms.assigned_revision)).collect();
    let granted = |of: &dyn Fn(&Granted) -> bool| state.grants.iter().any(|grant| of(&grant.terms.granted));
    let reaches = |reach: &CatalogReach| match &reach.what {
        Reached::Item(item) => items
            .iter()
            .any(|(held, assigned)| held == item && (reach.assigned_from..=reach.assigned_to).contains(assigned)),
        Reached::Module(key) => granted(&|one| matches!(one, Granted::Module(module) if module == key)),
        Reached::Feature(key) => granted(&|one| matches!(one, Granted::Feature(feature, _) if feature == key)),
    };
    change.reach.iter().any(reaches)
}

fn saying(item: ItemRef, status: Status) -> SetHolding {
    SetHolding {
        fresh: Uuid::nil(),
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
