//! At most one base package is in force at every instant.

use domain::{ItemKind, ItemRef, ModuleKind};
use proptest::prelude::*;

use crate::commands::{steps, steps_with_packages};
use crate::world::{COMPANIES, World, at};

/// The packages in force with a base module, counted from the rows alone.
fn base_packages(world: &World, whose: usize, instant: i64) -> Vec<ItemRef> {
    let rows = world.states[whose].holdings.iter().map(|row| &row.terms);
    let packages = rows.filter(|terms| terms.item.kind == ItemKind::Package && terms.in_force(at(instant)));
    packages
        .filter(|terms| {
            let revision = world.catalog.item(&terms.item).unwrap().effective(terms.assigned_revision).unwrap();
            revision.definition.modules.iter().any(|key| world.catalog.module(key).unwrap().kind == ModuleKind::Base)
        })
        .map(|terms| terms.item.clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_base_package_is_in_force_now_and_at_every_instant_to_come(
        steps in prop_oneof![1 => steps().boxed(), 3 => steps_with_packages().boxed()],
    ) {
        let mut world = World::new();
        for step in &steps {
            world.play(step);
            for whose in 0..COMPANIES {
                for instant in world.instants_to_come(whose).into_iter().chain([world.now]) {
                    let in_force = base_packages(&world, whose, instant);
                    prop_assert!(in_force.len() <= 1, "at {}: {:?}", instant, in_force);
                    let told = world.answer(whose, instant).base_package;
                    let active = in_force.first().map(|item| &item.key);
                    prop_assert!(told.is_none() || told.as_ref() == active, "at {}: {:?}", instant, told);
                }
            }
        }
    }
}
