//! Base modules, requirements by themselves, and what a package says of add-ons.

use domain::{Availability, CommercialType, Lifecycle, Requirement};

use crate::shelf::{Shelf, addons, all, any, first, items, modules, stocked, term, terms, toggles};

fn base_package(commercial_type: Option<CommercialType>, named: &[&str]) -> Vec<String> {
    let mut shelf = stocked();
    shelf.package("team", |team| {
        team.profile.commercial_type = commercial_type;
        first(team).modules = modules(named);
    });
    shelf.breaches()
}

#[test]
fn a_base_package_includes_exactly_one_base_module() {
    assert_eq!(base_package(Some(CommercialType::Base), &["basic"]), Vec::<String>::new());
    assert_eq!(
        base_package(Some(CommercialType::Base), &["finance"]),
        [
            "package team: moduleKeys: package `team` has commercialType `base`, so it includes exactly one base module; name it \
          [requirements 002 §5]"
        ]
    );
    for commercial_type in [None, Some(CommercialType::Base), Some(CommercialType::Premium)] {
        assert_eq!(
            base_package(commercial_type, &["basic", "core", "finance"]),
            [
                "package team: moduleKeys: a package includes at most one base module, not basic, core [requirements 001]"
            ]
        );
    }
    assert_eq!(base_package(Some(CommercialType::Premium), &["basic", "ai"]), Vec::<String>::new());
    assert_eq!(base_package(Some(CommercialType::Vertical), &["finance"]), Vec::<String>::new());
    assert_eq!(base_package(None, &[]), Vec::<String>::new());
}

#[test]
fn an_addon_never_includes_a_base_module() {
    let mut shelf = stocked();
    shelf.addon("persona", |persona| first(persona).modules = modules(&["basic", "finance"]));
    assert_eq!(
        shelf.breaches(),
        [
            "addon persona: moduleKeys: `basic` is a base module; an add-on never includes one, a package does [requirements 001]"
        ]
    );
}

fn requiring(requires: Option<Requirement>) -> Vec<String> {
    let mut shelf = stocked();
    shelf.addon("report", |report| first(report).rules.requires = requires);
    shelf.breaches()
}

fn nested(depth: usize) -> Requirement {
    (1..depth).fold(term("base"), |inner, _| Requirement::All(vec![inner]))
}

#[test]
fn a_requirement_is_small() {
    let many = |count| Some(Requirement::Any(vec![term("base"); count]));
    assert_eq!(requiring(Some(nested(8))), Vec::<String>::new());
    assert_eq!(requiring(many(100)), Vec::<String>::new());
    assert_eq!(
        requiring(Some(nested(9))),
        [
            "addon report: requires: requires of add-on `report` is nested 9 deep, but at most 8; flatten it [limits of the catalog]"
        ]
    );
    assert_eq!(
        requiring(many(101)),
        [
            "addon report: requires: requires of add-on `report` has 101 terms, but at most 100 are kept; leave some out \
          [limits of the catalog]"
        ]
    );
}

#[test]
fn a_requirement_has_no_empty_part() {
    let empty = Requirement::Any(vec![Requirement::All(Vec::new()), term("base"), Requirement::Any(Vec::new())]);
    assert_eq!(
        requiring(Some(empty)),
        [
            "addon report: requires: requires of add-on `report` has an empty `all`; name its terms, or leave it out \
             [requirements 000 §5]",
            "addon report: requires: requires of add-on `report` has an empty `any`; name its terms, or leave it out \
             [requirements 000 §5]",
        ]
    );
}

#[test]
fn lists_of_terms_are_small() {
    let many = |count: usize| (0..count).map(|number| format!("feature:f{number}")).collect::<Vec<_>>();
    let many = many(101);
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut shelf = stocked();
    shelf.addon("report", |report| {
        first(report).rules.conflicts_with = terms(&many);
        report.profile.redundant_with = terms(&many);
    });
    let told = shelf.breaches();
    let told: Vec<&String> = told.iter().filter(|line| line.contains("at most")).collect();
    assert_eq!(
        told,
        [
            "addon report: conflictsWith: conflictsWith of add-on `report` has 101 terms, but at most 100 are kept; leave some out \
             [limits of the catalog]",
            "addon report: redundantWith: redundantWith of add-on `report` has 101 terms, but at most 100 are kept; leave some out \
             [limits of the catalog]",
        ]
    );
}

#[test]
fn addons_do_not_need_each_other_in_a_circle() {
    let mut shelf = stocked();
    for (key, needs) in [("a", "addon:c"), ("b", "addon:a"), ("c", "addon:b"), ("d", "addon:a"), ("e", "base")] {
        shelf.addon(key, |addon| first(addon).rules.requires = Some(any(&[needs, "feature:retention"])));
    }
    assert_eq!(
        shelf.breaches(),
        [
            "addon a: requires: add-ons need each other in a circle: `a` requires `c` requires `b` requires `a`; take one step out \
          [requirements 000 §5]"
        ]
    );
}

#[test]
fn every_circle_is_told_unless_it_shares_an_addon_with_one_that_is() {
    let mut shelf = stocked();
    for (key, needs) in [("a", "b"), ("b", "a"), ("x", "y"), ("y", "z"), ("z", "x")] {
        let needs = format!("addon:{needs}");
        shelf.addon(key, |addon| first(addon).rules.requires = Some(any(&[&needs, "feature:retention"])));
    }
    let told = shelf.breaches();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("`a` requires `b` requires `a`"), "{told:?}");
    assert!(told[1].contains("`x` requires `y` requires `z` requires `x`"), "{told:?}");
}

#[test]
fn a_diamond_and_a_long_chain_are_no_circles() {
    let mut shelf = stocked();
    for (key, needs) in [("a", vec!["addon:b", "addon:c"]), ("b", vec!["addon:d"]), ("c", vec!["addon:d"])] {
        shelf.addon(key, |addon| first(addon).rules.requires = Some(all(&needs)));
    }
    shelf.addon("d", |_| ());
    for number in 0..2_000 {
        let needs = format!("addon:link{}", number + 1);
        shelf.addon(&format!("link{number}"), |addon| first(addon).rules.requires = Some(any(&[&needs])));
    }
    shelf.addon("link2000", |_| ());
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

#[test]
fn an_addon_neither_requires_itself_nor_conflicts_with_itself_or_what_it_gives() {
    let mut shelf = stocked();
    shelf.addon("report", |report| {
        let definition = first(report);
        definition.modules = modules(&["finance"]);
        definition.features = toggles(&["retention"]);
        definition.rules.requires = Some(any(&["addon:report", "base"]));
        definition.rules.conflicts_with = terms(&["addon:report", "module:finance", "feature:retention", "module:ai"]);
    });
    assert_eq!(
        shelf.breaches(),
        [
            "addon report: requires: add-on `report` requires itself; take `addon:report` out [requirements 000 §5]",
            "addon report: conflictsWith: add-on `report` conflicts with `module:finance`, which it gives itself; take one of them \
             out [requirements 000 §5]",
            "addon report: conflictsWith: add-on `report` conflicts with itself; take `addon:report` out [requirements 000 §5]",
            "addon report: conflictsWith: add-on `report` conflicts with `feature:retention`, which it gives itself; take one of \
             them out [requirements 000 §5]",
        ]
    );
}

/// A package with the module `basic` that says this of an add-on that is compatible with those packages and modules.
fn offered(availability: Availability, packages: &[&str], companions: &[&str], lifecycle: Lifecycle) -> Vec<String> {
    let mut shelf = stocked();
    shelf.package("other", |_| ());
    shelf.addon("report", |report| {
        first(report).rules.compatible_packages = items(packages);
        first(report).rules.compatible_modules = modules(companions);
    });
    shelf.package("team", |team| {
        team.lifecycle = lifecycle;
        first(team).modules = modules(&["core"]);
        first(team).addons = addons(&[("report", availability)]);
    });
    shelf.breaches()
}

#[test]
fn a_package_allows_and_includes_only_what_works_with_it() {
    let (active, draft) = (Lifecycle::Active, Lifecycle::Draft);
    for (availability, verb) in [(Availability::Allowed, "allows"), (Availability::Included, "includes")] {
        assert_eq!(offered(availability, &[], &[], active), Vec::<String>::new(), "alone");
        assert_eq!(offered(availability, &["team"], &["ai"], active), Vec::<String>::new(), "with the package");
        assert_eq!(offered(availability, &["other"], &["core"], active), Vec::<String>::new(), "with its module");
        assert_eq!(offered(availability, &["other"], &["ai"], draft), Vec::<String>::new(), "in a draft");
        assert_eq!(
            offered(availability, &["other"], &["ai"], active),
            [format!(
                "package team: addons: package `team` {verb} add-on `report`, which works neither alone nor with it; name the \
                 package among its compatiblePackages, or one of the package's modules among its compatibleModules \
                 [requirements 002 §6.3]"
            )]
        );
    }
    assert_eq!(offered(Availability::Forbidden, &["other"], &["ai"], active), Vec::<String>::new());
}

#[test]
fn an_addon_may_work_with_a_module_of_another_that_the_package_includes() {
    let mut shelf = stocked();
    shelf.addon("finance", |finance| first(finance).modules = modules(&["finance"]));
    shelf.addon("report", |report| first(report).rules.compatible_modules = modules(&["finance"]));
    shelf.package("team", |team| {
        first(team).addons = addons(&[("finance", Availability::Included), ("report", Availability::Allowed)]);
    });
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

/// A package with the module `core` and the toggle, that includes `one`, which conflicts with the term, and `two`, which has `finance`.
fn included(conflict: &str, availability_of_two: Availability) -> Vec<String> {
    let mut shelf = stocked();
    shelf.features(domain::FeatureKind::Toggle, &["export"]);
    shelf.addon("two", |two| {
        first(two).modules = modules(&["finance"]);
        first(two).features = toggles(&["export"]);
    });
    shelf.addon("one", |one| first(one).rules.conflicts_with = terms(&[conflict]));
    shelf.package("team", |team| {
        first(team).modules = modules(&["core"]);
        first(team).features = toggles(&["retention"]);
        first(team).addons = addons(&[("one", Availability::Included), ("two", availability_of_two)]);
    });
    shelf.breaches()
}

#[test]
fn what_comes_with_a_package_does_not_conflict() {
    let told = |term: &str, why: &str| {
        format!(
            "package team: addons: package `team` includes add-on `one`, which conflicts with `{term}`, and {why}; let it go without \
             one of them [requirements 000 §5]"
        )
    };
    for term in ["package:team", "base", "module:core", "feature:retention"] {
        assert_eq!(included(term, Availability::Included), [told(term, "the package itself brings that")]);
    }
    for term in ["addon:two", "module:finance", "feature:export"] {
        assert_eq!(
            included(term, Availability::Included),
            [told(term, "add-on `two`, which it includes as well, brings that")]
        );
        assert_eq!(included(term, Availability::Allowed), Vec::<String>::new(), "{term}");
    }
    assert_eq!(included("module:ai", Availability::Included), Vec::<String>::new());
}

#[test]
fn a_conflict_counts_whichever_of_two_included_addons_declares_it() {
    for (declares, other) in [("aa", "bb"), ("bb", "aa")] {
        let mut shelf = stocked();
        shelf.addon(other, |_| ());
        let term = format!("addon:{other}");
        shelf.addon(declares, |addon| first(addon).rules.conflicts_with = terms(&[&term]));
        shelf.package("team", |team| {
            first(team).addons = addons(&[("aa", Availability::Included), ("bb", Availability::Included)]);
        });
        let told = shelf.breaches();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(&format!("includes add-on `{declares}`, which conflicts with `{term}`")), "{told:?}");
    }
}

#[test]
fn every_breach_is_told_at_once_and_always_in_the_same_order() {
    let mut shelf = Shelf::new();
    shelf.package("promo-99", |promo| first(promo).modules = modules(&["gone"]));
    shelf.addon("x", |x| first(x).rules.requires = Some(all(&["addon:x", "addon:gone"])));
    let told = shelf.breaches();
    assert_eq!(told, shelf.breaches());
    let starts: Vec<&str> = told.iter().map(|line| &line[..line.find("; ").unwrap()]).collect();
    assert_eq!(
        starts,
        [
            "package promo-99: key: package key `promo-99` carries a campaign in `promo`",
            "package promo-99: key: package key `promo-99` carries a price in `99`",
            "package promo-99: moduleKeys: module `gone` does not exist",
            "addon x: requires: add-on `gone` does not exist",
            "addon x: requires: add-on `x` requires itself",
            "addon x: requires: add-on `x` can never work for anybody: no packages and add-ons that a company may hold together \
             satisfy its compatibility, its requires and its conflicts at once",
        ]
    );
}
