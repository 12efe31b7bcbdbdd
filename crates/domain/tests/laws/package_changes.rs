//! What is told of a change of package is what happens, and one that is taken back never was.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ChangePackage, Command, CompanyState, Evaluation, FeatureValue, ItemKey, PackageChangeReport, Status, Timestamp,
    apply, decide,
};
use proptest::prelude::*;

use crate::beginning::{CREDIT, LIMITS, feature};
use crate::commands::{change, steps, steps_with_packages};
use crate::world::{COMPANIES, Owned, World, at, text, told};

/// The add-ons that a company owns and that work.
fn owned_and_working(state: &CompanyState, world: &World, instant: i64) -> BTreeSet<ItemKey> {
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, &world.catalog, at(instant));
    evaluation.operative().filter(|addon| addon.owned.is_some()).map(|addon| addon.key.clone()).collect()
}

/// Every instant from one on at which something may change for one of two states, and the one right before each.
fn instants(world: &World, states: [&CompanyState; 2], from: i64) -> BTreeSet<i64> {
    let rows = states.into_iter().flat_map(|state| &state.holdings).map(|row| row.terms.window);
    let grants = states.into_iter().flat_map(|state| &state.grants).map(|grant| grant.terms.window);
    let edges = rows.chain(grants).flat_map(|window| [window.starts_at, window.ends_at, window.grace_ends_at]);
    let edges = edges.flatten().map(Timestamp::micros).flat_map(|edge| [edge - 1, edge]);
    edges.filter(|edge| *edge >= from.max(world.now)).chain([from]).collect()
}

fn with_state(world: &World, whose: usize, state: &CompanyState) -> World {
    let mut world = world.clone();
    world.states[whose] = state.clone();
    world
}

/// The limits that are less at some instant from the change on, as of the first, and the credits of which more is left than comes with what the
/// company has then.
fn exceeded(world: &World, states: [&CompanyState; 2], effective: i64) -> BTreeMap<String, (u64, u64)> {
    let amount = |value: Option<&FeatureValue>| match value {
        Some(FeatureValue::Unlimited) => u64::MAX,
        Some(FeatureValue::Amount(amount)) => *amount,
        Some(FeatureValue::On | FeatureValue::Off) | None => 0,
    };
    let mut exceeded = BTreeMap::new();
    for instant in instants(world, states, effective) {
        let [was, is] =
            states.map(|state| told(&Evaluation::of(&state.standing(), &world.catalog, at(instant))).features);
        let limits = LIMITS.iter().map(|key| (*key, amount(was.get(*key))));
        let balance = states[0].credits.balance(&feature(CREDIT), at(effective));
        let credits = was.get(CREDIT).filter(|_| instant == effective).map(|_| (CREDIT, balance));
        let both = limits.chain(credits).map(|(key, before)| (key.to_owned(), (before, amount(is.get(key)))));
        for (key, less) in both.filter(|(_, (before, after))| after < before) {
            exceeded.entry(key).or_insert(less);
        }
    }
    exceeded
}

fn check_report(world: &World, whose: usize, after: &CompanyState, effective: i64) -> Result<(), TestCaseError> {
    let before = &world.states[whose];
    let report = PackageChangeReport::of(before, after, &world.catalog, at(effective));
    let mut lost_access = false;
    let (mut lost, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for instant in instants(world, [before, after], effective) {
        let [was, is] = [before, after].map(|state| owned_and_working(state, world, instant));
        lost.extend(was.difference(&is).cloned());
        kept.extend(was.intersection(&is).cloned());
        let [was, is] =
            [before, after].map(|state| told(&Evaluation::of(&state.standing(), &world.catalog, at(instant))));
        lost_access |= was.modules.iter().any(|module| !is.modules.contains(module))
            || !was.permissions.is_subset(&is.permissions)
            || !was.families.is_subset(&is.families);
    }
    let invalidated: BTreeSet<ItemKey> = report.invalidated.iter().map(|(key, ..)| key.clone()).collect();
    prop_assert_eq!(&invalidated, &lost, "{:#?}", report);
    prop_assert_eq!(report.access_review_required, lost_access, "{:#?}", report);
    prop_assert_eq!(report.preserved, &kept - &lost);
    let number = |value: FeatureValue| if let FeatureValue::Amount(amount) = value { amount } else { u64::MAX };
    let limits =
        report.limits.iter().map(|one| (one.feature.to_string(), (number(one.before), one.after.map_or(0, number))));
    prop_assert_eq!(limits.collect::<BTreeMap<_, _>>(), exceeded(world, [before, after], effective));
    for (key, instant, _) in &report.invalidated {
        prop_assert!(owned_and_working(before, world, instant.micros()).contains(key));
        prop_assert!(!owned_and_working(after, world, instant.micros()).contains(key));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_report_of_a_change_is_what_happens_and_taking_it_back_leaves_no_trace(
        steps in prop_oneof![1 => steps().boxed(), 3 => steps_with_packages().boxed()],
        change in change(),
    ) {
        let mut world = World::after(&steps);
        for whose in 0..COMPANIES {
            let asked = world.with_fresh_ids(whose, &Command::ChangePackage(change.clone()));
            let before = world.states[whose].clone();
            let decided = decide(&asked, &before, &world.catalog, at(world.now), &text("law"));
            let Ok(Some(changes)) = decided else { continue };
            let after = apply(before.clone(), &changes);
            let effective = change.effective_at.map_or(world.now, Timestamp::micros);
            check_report(&world, whose, &after, effective)?;
            if effective <= world.now {
                continue;
            }
            let balances = |state: &CompanyState, instant| state.credits.balance(&feature(CREDIT), at(instant));
            for instant in [world.now, effective - 1] {
                prop_assert_eq!(balances(&before, instant), balances(&after, instant), "nothing comes before the change");
            }
            let cancel = Command::CancelPackageChange;
            let cancelled = decide(&cancel, &after, &world.catalog, at(world.now + 1), &text("law")).unwrap().unwrap();
            let back = with_state(&world, whose, &apply(after.clone(), &cancelled));
            for instant in instants(&world, [&before, &after], world.now + 1) {
                let [was, is]: [Owned; 2] = [&world, &back].map(|world| world.owned(whose, instant));
                prop_assert_eq!(was, is, "at {}: {:#?}", instant, asked);
                let [was, is] = [&before, &back.states[whose]].map(|state| balances(state, instant));
                prop_assert_eq!(was, is, "credits at {}: {:#?}", instant, asked);
            }
            let again = decide(&cancel, &back.states[whose], &world.catalog, at(world.now + 2), &text("law"));
            prop_assert!(again.is_err());
        }
    }

    #[test]
    fn a_change_ends_one_package_where_it_begins_the_other(
        steps in prop_oneof![1 => steps().boxed(), 3 => steps_with_packages().boxed()],
        change in change(),
    ) {
        let mut world = World::after(&steps);
        for whose in 0..COMPANIES {
            let change = ChangePackage { deactivate_invalidated: false, ..change.clone() };
            let asked = world.with_fresh_ids(whose, &Command::ChangePackage(change));
            let decided = decide(&asked, &world.states[whose], &world.catalog, at(world.now), &text("law"));
            let Ok(Some(changes)) = decided else { continue };
            let [old, new] = changes.holdings.as_slice() else { panic!("two rows: {changes:#?}") };
            let was = old.before.as_ref().unwrap();
            let (ends, begins) = (old.after.terms.window.ends_at, new.after.terms.window.starts_at);
            prop_assert!(ends.is_some() && ends == begins);
            let begins = begins.unwrap();
            prop_assert!(was.terms.in_force(begins) && new.after.terms.in_force(begins) && !old.after.terms.in_force(begins));
            prop_assert_eq!(new.after.terms.window.closes_at(), was.terms.window.closes_at(), "no time is won or lost");
            prop_assert_eq!(new.after.terms.status == Status::Trial, was.terms.status == Status::Trial);
        }
    }
}
