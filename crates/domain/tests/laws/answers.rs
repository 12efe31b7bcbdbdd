//! An answer holds until the instant that it names, and not beyond.

use domain::{Entitlements, Timestamp};
use proptest::prelude::*;

use crate::commands::steps;
use crate::world::{COMPANIES, World};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_and_its_version_hold_until_valid_until_and_the_version_moves_there(steps in steps(), part in 0.0..1.0) {
        let world = World::after(&steps);
        for whose in (0..COMPANIES).filter(|whose| world.states[*whose].is_known()) {
            let first = world.answer(whose, world.now);
            let until = first.valid_until.map_or(Timestamp::MAX.micros() + 1, Timestamp::micros);
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any instant in between will do")]
            let between = world.now + ((until - world.now) as f64 * part) as i64;
            for instant in [world.now + 1, between, until - 1] {
                let instant = instant.clamp(world.now, until - 1);
                let later = Entitlements { as_of: first.as_of, ..world.answer(whose, instant) };
                prop_assert_eq!(&later, &first, "at {}", instant);
                prop_assert_eq!(world.owned(whose, instant).rest, world.owned(whose, world.now).rest, "at {}", instant);
            }
            if let Some(until) = first.valid_until {
                let next = world.answer(whose, until.micros());
                prop_assert!(next.version > first.version, "{:#?}", next);
                prop_assert_eq!(next.updated_at, until);
            }
        }
    }
}
