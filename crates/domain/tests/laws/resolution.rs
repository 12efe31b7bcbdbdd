//! What works is what the definition says, whatever is added to or taken from a company.

use std::collections::BTreeSet;

use domain::{
    Evaluation, FeatureKind, FeatureValue, GrantTerms, Granted, ItemKind, Standing, Stop, Terms, Window, resolve,
};
use proptest::{prelude::*, sample::select};

use crate::beginning::{items, modules};
use crate::commands::steps;
use crate::free::{Free, free, peaceful, row_of};
use crate::naive::{Naive, Truth};
use crate::world::{COMPANIES, Told, World, at, id, told};

fn of(free: &Free, standing: &Standing) -> Told {
    told(&Evaluation::of(standing, &free.catalog, free.now))
}

/// Something that a company may get.
#[derive(Clone, Debug)]
enum Gift {
    Row(Terms),
    Module(GrantTerms),
}

fn gift() -> impl Strategy<Value = Gift> {
    let row = select(items()).prop_flat_map(row_of).prop_map(|mut terms| {
        (terms.status, terms.window) = (domain::Status::Active, Window::default());
        Gift::Row(terms)
    });
    let module = select(modules()).prop_map(|key| {
        Gift::Module(GrantTerms {
            id: id(99),
            granted: Granted::Module(key),
            window: Window::default(),
            created_at: at(9),
        })
    });
    prop_oneof![2 => row, 1 => module]
}

/// The company with the gift; `None` where it has a row of that kind already, or where the gift is no addition: an own row of an add-on
/// that is included, at a revision of its own, is another definition of it.
fn with(free: &Free, gift: &Gift) -> Option<Standing> {
    let mut standing = free.standing.clone();
    match gift {
        Gift::Row(terms) => {
            if standing.terms.iter().any(|known| known.item == terms.item) {
                return None;
            }
            let item = free.catalog.item(&terms.item)?;
            let naive = Naive::of(&free.standing, &free.catalog, free.now);
            let is_included = terms.item.kind == ItemKind::Addon && naive.is_included(terms.item.key.as_str());
            if is_included && item.effective(terms.assigned_revision) != item.included_revision() {
                return None;
            }
            standing.terms.push(terms.clone());
        }
        Gift::Module(grant) => standing.grants.push(grant.clone()),
    }
    Some(standing)
}

fn is_less(was: FeatureValue, is: Option<&FeatureValue>) -> bool {
    is.is_none_or(|is| *is < was)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_company_has_is_what_the_definition_says(free in free()) {
        let naive = Naive::of(&free.standing, &free.catalog, free.now);

        let told = of(&free, &free.standing);

        prop_assert_eq!(&told, &naive.told());
        let answer = resolve(&free.standing, &free.catalog, free.now);
        let addons: BTreeSet<String> = answer.addons.iter().map(|addon| addon.key.to_string()).collect();
        let modules: Vec<String> = answer.enabled_modules.iter().map(ToString::to_string).collect();
        prop_assert_eq!((addons, modules), (told.addons, told.modules));
        prop_assert_eq!((answer.has_basic, answer.base_package.map(|key| key.to_string())), (told.base.is_some(), told.base));
    }

    #[test]
    fn so_it_is_after_any_commands_and_at_any_instant(steps in steps(), ahead in 0..60_i64) {
        let world = World::after(&steps);
        let instant = at(world.now + ahead * crate::world::HALF_DAY);
        for whose in 0..COMPANIES {
            let standing = world.states[whose].standing();
            let naive = Naive::of(&standing, &world.catalog, instant);
            prop_assert_eq!(told(&Evaluation::of(&standing, &world.catalog, instant)), naive.told());
        }
    }

    #[test]
    fn what_does_not_work_says_why_and_what_works_says_nothing(free in free()) {
        let naive = Naive::of(&free.standing, &free.catalog, free.now);
        for addon in Evaluation::of(&free.standing, &free.catalog, free.now).addons {
            let works = naive.truth(addon.key.as_str()) == Some(Truth::Works);
            prop_assert_eq!(works, addon.stopped_by.is_empty());
            for stop in &addon.stopped_by {
                if let Stop::Older(other) = stop {
                    let other = naive.truth(other.as_str());
                    prop_assert!(other == Some(Truth::Works) || other == Some(Truth::Open), "{:?}", stop);
                }
            }
        }
    }

    #[test]
    fn where_nothing_forbids_conflicts_or_overrides_a_gift_takes_nothing_away(free in peaceful(), gift in gift()) {
        let Some(standing) = with(&free, &gift) else { return Ok(()) };
        let (was, is) = (of(&free, &free.standing), of(&free, &standing));

        let lost = was.modules.iter().find(|module| !is.modules.contains(*module));
        prop_assert_eq!(lost, None);
        prop_assert!(was.addons.is_subset(&is.addons), "{:?} {:?}", was, is);
        prop_assert!(was.families.is_subset(&is.families) && was.permissions.is_subset(&is.permissions));
        prop_assert!(was.features.iter().all(|(key, value)| !is_less(*value, is.features.get(key))), "{:?} {:?}", was, is);
    }

    #[test]
    fn what_a_gift_takes_away_it_takes_by_a_conflict_or_a_ban(free in free(), gift in gift()) {
        let Some(standing) = with(&free, &gift) else { return Ok(()) };
        let (was, is) = (of(&free, &free.standing), of(&free, &standing));
        let evaluation = Evaluation::of(&standing, &free.catalog, free.now);
        let lost: Vec<_> = evaluation.addons.iter().filter(|addon| was.addons.contains(addon.key.as_str()) && !addon.is_operative()).collect();

        let is_declared = |stop: &Stop<'_>| matches!(stop, Stop::Forbidden(_) | Stop::Conflict(_) | Stop::Older(_));
        let because = lost.iter().flat_map(|addon| &addon.stopped_by).any(is_declared);
        prop_assert!(lost.is_empty() || because, "{:#?}", lost);
        prop_assert!(was.addons.iter().all(|key| is.addons.contains(key) || is.stopped.contains(key)));
        if lost.is_empty() {
            prop_assert!(was.modules.iter().all(|module| is.modules.contains(module)));
            // What a package attached for an add-on that it includes counts whether that works or not, until another package forbids it.
            let forbidden = |evaluation: &Evaluation<'_>| -> BTreeSet<String> {
                let forbids = |stop: &Stop<'_>| matches!(stop, Stop::Forbidden(_));
                let addons = evaluation.addons.iter().filter(|addon| addon.stopped_by.iter().any(forbids));
                addons.map(|addon| addon.key.to_string()).collect()
            };
            let before = forbidden(&Evaluation::of(&free.standing, &free.catalog, free.now));
            let bans = !forbidden(&evaluation).is_subset(&before);
            prop_assert!(bans || was.permissions.is_subset(&is.permissions));
            let overridden = |key: &str| {
                let kind = free.catalog.features().find(|one| one.key.as_str() == key).map(|one| one.kind);
                kind != Some(FeatureKind::Credit)
                    && free.standing.grants.iter().any(|grant| grant.granted.key() == key)
            };
            let mut features = was.features.iter().filter(|(key, _)| !overridden(key));
            prop_assert!(features.all(|(key, value)| !is_less(*value, is.features.get(key))));
        }
    }

    #[test]
    fn to_take_away_what_grants_nothing_changes_nothing(free in free()) {
        let naive = Naive::of(&free.standing, &free.catalog, free.now);
        let was = of(&free, &free.standing);
        for terms in &free.standing.terms {
            let key = terms.item.key.as_str();
            let is_idle = match terms.item.kind {
                // What stands on a contradiction keeps others in it; what is included stays when its row goes.
                ItemKind::Addon if terms.in_force(free.now) => {
                    naive.truth(key) == Some(Truth::Fails) && !naive.is_included(key)
                }
                ItemKind::Addon | ItemKind::Package => !terms.in_force(free.now),
            };
            if is_idle {
                let mut standing = free.standing.clone();
                standing.terms.retain(|known| known.item != terms.item);
                let mut is = of(&free, &standing);
                is.stopped.extend(was.stopped.contains(key).then(|| key.to_owned()));
                prop_assert_eq!(&is, &was, "without {:?}", terms.item);
            }
        }
    }
}
