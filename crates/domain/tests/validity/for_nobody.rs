//! Add-ons that nobody could ever buy.

use std::collections::BTreeMap;

use domain::{Availability, Entry, FeatureValue, Item, ItemKind, Lifecycle, Reach};

use crate::shelf::{Shelf, addons, all, any, feature, first, items, modules, stocked, term, terms};

const NOBODY: &str = "no packages and add-ons that a company may hold together satisfy its compatibility, its requires and its \
                      conflicts at once; change its rules, or make it a draft [requirements 000 §4]";

fn nobody(field: &str) -> Vec<String> {
    vec![format!("addon report: {field}: add-on `report` can never work for anybody: {NOBODY}")]
}

fn everybody() -> Vec<String> {
    Vec::new()
}

/// The breaches of a stocked shelf with the add-on `report`.
fn report(say: impl FnOnce(&mut Item)) -> Vec<String> {
    with_report(stocked(), say)
}

fn with_report(mut shelf: Shelf, say: impl FnOnce(&mut Item)) -> Vec<String> {
    shelf.addon("report", say);
    shelf.breaches()
}

fn second_base() -> Shelf {
    let mut shelf = stocked();
    shelf.package("artist", |artist| first(artist).modules = modules(&["core"]));
    shelf
}

#[test]
fn an_addon_that_works_neither_alone_nor_with_anything_is_for_nobody() {
    assert_eq!(report(|report| first(report).rules.standalone = Some(false)), nobody("compatiblePackages"));
    assert_eq!(report(|report| first(report).rules.standalone = Some(true)), everybody());
    assert_eq!(report(|_| ()), everybody());
}

#[test]
fn what_is_not_for_sale_may_be_for_nobody() {
    for lifecycle in [Lifecycle::Draft, Lifecycle::Inactive, Lifecycle::Deprecated, Lifecycle::Archived] {
        let breaches = report(|report| {
            report.lifecycle = lifecycle;
            first(report).rules.standalone = Some(false);
        });
        assert_eq!(breaches, everybody(), "{lifecycle:?}");
    }
}

#[test]
fn nobody_has_two_base_packages() {
    let needing = |needs: &[&str]| with_report(second_base(), |report| first(report).rules.requires = Some(all(needs)));
    assert_eq!(needing(&["package:basic", "package:artist"]), nobody("requires"));
    assert_eq!(needing(&["package:artist", "base"]), everybody());
    let compatible = with_report(second_base(), |report| {
        first(report).rules.compatible_packages = items(&["basic"]);
        first(report).rules.requires = Some(any(&["package:artist"]));
    });
    assert_eq!(compatible, nobody("requires"));
}

#[test]
fn nobody_has_what_is_a_draft_or_archived() {
    for (lifecycle, expected) in [
        (Lifecycle::Draft, nobody("compatiblePackages")),
        (Lifecycle::Archived, nobody("compatiblePackages")),
        (Lifecycle::Inactive, everybody()),
        (Lifecycle::Deprecated, everybody()),
    ] {
        let mut shelf = stocked();
        shelf.package("team", |team| team.lifecycle = lifecycle);
        let breaches = with_report(shelf, |report| first(report).rules.compatible_packages = items(&["team"]));
        assert_eq!(breaches, expected, "{lifecycle:?}");
    }
}

#[test]
fn nobody_has_a_base_where_there_is_none() {
    let breaches = with_report(Shelf::new(), |report| first(report).rules.requires = Some(any(&["base"])));
    assert_eq!(breaches, nobody("requires"));
}

#[test]
fn an_addon_that_needs_another_is_for_nobody_where_that_is() {
    let mut shelf = stocked();
    shelf.addon("data", |data| {
        data.lifecycle = Lifecycle::Deprecated;
        first(data).rules.standalone = Some(false);
    });
    let breaches = with_report(shelf, |report| first(report).rules.requires = Some(any(&["addon:data"])));
    assert_eq!(breaches, nobody("requires"));
}

#[test]
fn a_chain_of_addons_is_for_those_who_have_them_all() {
    let mut shelf = stocked();
    shelf.addon("second", |second| first(second).rules.requires = Some(all(&["addon:first", "module:finance"])));
    shelf.addon("first", |one| first(one).rules.compatible_packages = items(&["basic"]));
    let breaches = with_report(shelf, |report| first(report).rules.requires = Some(all(&["addon:second", "base"])));
    assert_eq!(breaches, everybody());
}

#[test]
fn what_every_package_that_it_works_with_forbids_is_for_nobody() {
    let mut shelf = stocked();
    shelf.addon("report", |report| first(report).rules.compatible_packages = items(&["basic"]));
    let forbid = |basic: &mut Item| first(basic).addons = addons(&[("report", Availability::Forbidden)]);
    shelf.change(ItemKind::Package, "basic", forbid);
    assert_eq!(shelf.breaches(), nobody("compatiblePackages"));

    shelf.package("team", |_| ());
    shelf.change(ItemKind::Addon, "report", |report| {
        first(report).rules.compatible_packages = items(&["basic", "team"]);
    });
    assert_eq!(shelf.breaches(), everybody());
}

#[test]
fn what_holders_of_an_earlier_revision_may_still_have_is_for_them() {
    let mut shelf = stocked();
    shelf.addon("report", |report| first(report).rules.compatible_packages = items(&["basic"]));
    let forbidden_from = |reach: Reach| {
        move |basic: &mut Item| {
            let mut second = basic.revisions[0].clone();
            (second.number, second.reach) = (2, reach);
            second.definition.addons = addons(&[("report", Availability::Forbidden)]);
            basic.revisions.truncate(1);
            basic.revisions.push(second);
        }
    };
    shelf.change(ItemKind::Package, "basic", forbidden_from(Reach::Future));
    assert_eq!(shelf.breaches(), everybody());
    shelf.change(ItemKind::Package, "basic", forbidden_from(Reach::Existing));
    assert_eq!(shelf.breaches(), nobody("compatiblePackages"));
}

#[test]
fn a_base_package_of_an_earlier_revision_is_one_to_its_holders() {
    let mut shelf = stocked();
    shelf.change(ItemKind::Package, "basic", |basic| {
        let mut second = basic.revisions[0].clone();
        (second.number, second.reach, second.definition.modules) = (2, Reach::Future, modules(&["finance"]));
        basic.revisions.push(second);
    });
    assert_eq!(with_report(shelf, |report| first(report).rules.requires = Some(term("base"))), everybody());
}

#[test]
fn what_conflicts_with_what_it_needs_is_for_nobody() {
    for term in ["module:finance", "feature:retention", "base", "package:basic"] {
        let breaches = report(|report| {
            first(report).rules.requires = Some(all(&[term]));
            first(report).rules.conflicts_with = terms(&[term]);
        });
        assert_eq!(breaches, nobody("requires"), "{term}");
    }
    let mut shelf = stocked();
    shelf.addon("data", |data| first(data).rules.conflicts_with = terms(&["addon:report"]));
    let breaches = with_report(shelf, |report| first(report).rules.requires = Some(any(&["addon:data"])));
    assert_eq!(breaches, nobody("requires"), "the other way round");
}

#[test]
fn what_conflicts_with_the_only_package_that_it_works_with_is_for_nobody() {
    for term in ["package:basic", "module:basic", "base"] {
        let breaches = report(|report| {
            first(report).rules.compatible_packages = items(&["basic"]);
            first(report).rules.conflicts_with = terms(&[term]);
        });
        assert_eq!(breaches, nobody("compatiblePackages"), "{term}");
    }
}

#[test]
fn a_fact_that_is_granted_may_be_required_though_nothing_gives_it() {
    for term in ["feature:retention", "feature:storage", "module:ai"] {
        assert_eq!(report(|report| first(report).rules.requires = Some(any(&[term]))), everybody(), "{term}");
    }
}

#[test]
fn credits_are_never_granted_so_something_must_give_them() {
    let needing = |report: &mut Item| first(report).rules.requires = Some(any(&["feature:batches"]));
    assert_eq!(report(needing), nobody("requires"));
    for (amount, expected) in [(0, nobody("requires")), (1, everybody())] {
        let mut shelf = stocked();
        let gives = BTreeMap::from([(feature("batches"), FeatureValue::Amount(amount))]);
        shelf.addon("refill", |refill| first(refill).features = gives);
        assert_eq!(with_report(shelf, needing), expected, "{amount}");
    }
}

#[test]
fn a_module_that_is_switched_off_may_be_switched_on_again() {
    let mut shelf = stocked();
    let mut finance = shelf.catalog.modules().find(|module| module.key.as_str() == "finance").unwrap().clone();
    finance.is_active = false;
    shelf.catalog.put(Entry::Module(finance));
    shelf.package("team", |team| first(team).modules = modules(&["finance"]));
    let beside_what_is_off = with_report(shelf.clone(), |report| {
        first(report).rules.compatible_packages = items(&["team"]);
        first(report).rules.conflicts_with = terms(&["module:finance"]);
    });
    assert_eq!(beside_what_is_off, everybody(), "it is in nobody's way while it is off");
    let mut core = shelf.catalog.modules().find(|module| module.key.as_str() == "core").unwrap().clone();
    core.is_active = false;
    shelf.catalog.put(Entry::Module(core));
    shelf.package("artist", |artist| first(artist).modules = modules(&["core"]));
    let beside_a_base_that_is_off = with_report(shelf.clone(), |report| {
        first(report).rules.compatible_packages = items(&["artist"]);
        first(report).rules.conflicts_with = terms(&["base"]);
    });
    assert_eq!(beside_a_base_that_is_off, everybody(), "nor is a base");
    let within = with_report(shelf, |report| first(report).rules.compatible_modules = modules(&["finance"]));
    assert_eq!(within, everybody());
}

#[test]
fn a_package_includes_nothing_that_can_work_for_none_of_its_holders() {
    let including = |needs: &str| {
        let mut shelf = second_base();
        shelf.addon("report", |report| first(report).rules.requires = Some(any(&[needs])));
        shelf.change(ItemKind::Package, "basic", |basic| {
            first(basic).addons = addons(&[("report", Availability::Included)]);
        });
        shelf.breaches()
    };
    assert_eq!(
        including("package:artist"),
        [
            "package basic: addons: package `basic` includes add-on `report`, which can work for nobody who has the package: nothing \
          that a company may hold beside it satisfies what the add-on asks; take it out, or change its rules \
          [requirements 000 §5]"
        ]
    );
    for needs in ["package:basic", "base", "module:finance"] {
        assert_eq!(including(needs), everybody(), "{needs}");
    }
}

#[test]
fn a_package_that_forbids_what_an_included_addon_needs_includes_it_in_vain() {
    let mut shelf = stocked();
    shelf.addon("data", |_| ());
    shelf.addon("report", |report| first(report).rules.requires = Some(any(&["addon:data"])));
    shelf.package("team", |team| {
        first(team).addons = addons(&[("report", Availability::Included), ("data", Availability::Forbidden)]);
    });
    let told = shelf.breaches();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("package team: addons: package `team` includes add-on `report`, which can work for nobody")
    );
}

#[test]
fn a_catalog_made_to_be_hard_is_judged_in_time() {
    let mut shelf = Shelf::new();
    shelf.bases(&["basic"]);
    let keys: Vec<String> = (0..300).map(|number| format!("x{number}")).collect();
    for (place, key) in keys.iter().enumerate() {
        shelf.package(key, |package| {
            package.profile.target_customer = Some(crate::shelf::text(key));
            first(package).modules = modules(&["basic"]);
        });
        let (next, conflict) = (format!("addon:x{}", (place + 1) % 300), format!("package:x{place}"));
        shelf.addon(key, |addon| {
            first(addon).rules.requires = Some(all(&[&next]));
            first(addon).rules.conflicts_with = terms(&[&conflict]);
        });
    }
    let told = shelf.breaches();
    assert!(told.iter().any(|line| line.contains("in a circle")), "{told:?}");
}
