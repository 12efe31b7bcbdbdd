//! Companies of one shape have one answer, but for whose it is and since when.

use domain::{CompanyId, Evaluation, ItemKey, ItemKind, ItemRef, Shape, Standing, Status, Terms, Window};
use proptest::prelude::*;

use crate::commands::steps;
use crate::free::{Free, free, of_one_age};
use crate::world::{COMPANIES, Done, HALF_DAY, Told, World, at, id, told};

fn stranger() -> CompanyId {
    CompanyId::new(id(1_000)).unwrap()
}

/// Whether a company's shape, once stored, has its answer, and holds as long as it says.
fn stands_for_it(free: &Free) -> Result<(), TestCaseError> {
    let (shape, until) = Shape::of(&free.standing, free.now);
    let alike = Shape::from_stored(shape.as_str().to_owned()).standing(stranger()).unwrap();
    let of = |standing: &Standing, instant: i64| told(&Evaluation::of(standing, &free.catalog, at(instant)));
    let of_shape: Told = of(&alike, 40);

    prop_assert_eq!(Shape::of(&alike, at(40)), (shape.clone(), None));
    for instant in free.now.micros()..until.map_or(45, domain::Timestamp::micros) {
        prop_assert_eq!(&of(&free.standing, instant), &of_shape, "{} at {}", shape.as_str(), instant);
        prop_assert_eq!(&Shape::of(&free.standing, at(instant)).0, &shape);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_shape_has_the_answer_of_its_companies_until_it_may_be_another(free in free()) {
        stands_for_it(&free)?;
    }

    #[test]
    fn so_has_one_of_rows_that_are_all_of_one_age(free in of_one_age()) {
        stands_for_it(&free)?;
    }

    #[test]
    fn the_order_of_rows_and_whose_they_are_shape_nothing(free in free()) {
        let mut other = Standing { company_id: stranger(), ..free.standing.clone() };
        other.terms.reverse();
        other.grants.reverse();
        prop_assert_eq!(Shape::of(&other, free.now), Shape::of(&free.standing, free.now));
    }

    #[test]
    fn a_write_stores_the_shape_that_it_makes(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            if let Done::Wrote(whose, changes) = world.play(step) {
                let standing = world.states[whose].standing();
                prop_assert_eq!((&changes.shape, changes.shape_until), {
                    let (shape, until) = Shape::of(&standing, changes.at);
                    (&shape.clone(), until)
                });
            }
        }
    }

    #[test]
    fn a_stored_shape_stands_for_its_companies_in_worlds_that_commands_made(steps in steps(), ahead in 0..60_i64) {
        let world = World::after(&steps);
        for whose in 0..COMPANIES {
            let instant = at(world.now + ahead * HALF_DAY);
            let standing = world.states[whose].standing();
            let alike = Shape::of(&standing, instant).0.standing(stranger()).unwrap();
            let [own, of_shape] =
                [&standing, &alike].map(|standing| told(&Evaluation::of(standing, &world.catalog, instant)));
            prop_assert_eq!(own, of_shape);
        }
    }

    #[test]
    fn what_is_no_shape_is_none_and_no_accident(text in "[apmf:@*=~ 0-9x]{0,30}") {
        let shape = Shape::from_stored(text);
        if let Some(standing) = shape.standing(stranger()) {
            let again = Shape::of(&standing, at(0)).0;
            prop_assert_eq!(again.standing(stranger()).unwrap().terms.len(), standing.terms.len());
        }
    }
}

#[test]
fn a_shape_reads_as_documented() {
    let row = |kind, key: &str, created, quantity| Terms {
        item: ItemRef { kind, key: ItemKey::parse(key).unwrap() },
        status: Status::Active,
        window: Window::default(),
        quantity,
        assigned_revision: 2,
        created_at: at(created),
    };
    let terms = vec![
        row(ItemKind::Addon, "finance", 5, 3),
        row(ItemKind::Addon, "ai", 9, 1),
        row(ItemKind::Package, "basic", 5, 1),
    ];
    let standing = Standing {
        company_id: stranger(),
        write_seq: 1,
        version_base: 0,
        last_write_at: at(0),
        terms,
        grants: Vec::new(),
    };
    assert_eq!(Shape::of(&standing, at(9)).0.as_str(), "p:basic@2 ~a:finance@2*3 a:ai@2*1");
}
