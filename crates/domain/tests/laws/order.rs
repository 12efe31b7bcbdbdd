//! The order in which rows are given decides nothing.

use domain::{Standing, resolve};
use proptest::prelude::*;

use crate::world::{World, at, steps};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_never_matters(steps in steps(), ahead in 0..6_000_i64, seed in any::<u64>()) {
        let world = World::after(&steps);
        for state in &world.states {
            let sorted = state.standing();
            let mut terms = sorted.terms.clone();
            // Any order: by a number drawn for each place.
            terms.sort_by_cached_key(|terms| {
                let place = sorted.terms.iter().position(|other| other.item == terms.item).unwrap_or(0) as u64;
                (seed ^ (place + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
            let shuffled = Standing { terms, ..sorted.clone() };

            let instant = at(world.now + ahead);

            prop_assert_eq!(resolve(&shuffled, &world.catalog, instant), resolve(&sorted, &world.catalog, instant));
        }
    }
}
