//! The order in which rows and grants are given decides nothing.

use domain::{Catalog, Evaluation, Shape, Standing, Timestamp, resolve};
use proptest::prelude::*;

use crate::commands::steps;
use crate::free::free;
use crate::world::{HALF_DAY, World, at, told};

/// The same rows and grants in any order: by a number drawn for each place.
fn shuffled(standing: &Standing, seed: u64) -> Standing {
    let draw = |place: usize| (seed ^ (place as u64 + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut terms: Vec<_> = standing.terms.iter().cloned().enumerate().collect();
    terms.sort_by_key(|(place, _)| draw(*place));
    let mut grants: Vec<_> = standing.grants.iter().cloned().enumerate().collect();
    grants.sort_by_key(|(place, _)| draw(*place));
    Standing {
        terms: terms.into_iter().map(|(_, terms)| terms).collect(),
        grants: grants.into_iter().map(|(_, grant)| grant).collect(),
        ..standing.clone()
    }
}

fn same(one: &Standing, other: &Standing, catalog: &Catalog, instant: Timestamp) -> Result<(), TestCaseError> {
    prop_assert_eq!(resolve(one, catalog, instant), resolve(other, catalog, instant));
    let of = |standing| told(&Evaluation::of(standing, catalog, instant));
    prop_assert_eq!(of(one), of(other));
    prop_assert_eq!(Shape::of(one, instant), Shape::of(other, instant));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_and_grants_never_matters(free in free(), seed in any::<u64>()) {
        same(&shuffled(&free.standing, seed), &free.standing, &free.catalog, free.now)?;
    }

    #[test]
    fn nor_does_it_in_worlds_that_commands_made(steps in steps(), ahead in 0..60_i64, seed in any::<u64>()) {
        let world = World::after(&steps);
        for state in &world.states {
            let sorted = state.standing();
            same(&shuffled(&sorted, seed), &sorted, &world.catalog, at(world.now + ahead * HALF_DAY))?;
        }
    }
}
