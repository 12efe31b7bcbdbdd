//! Packages that differ in nothing but what they cost.

use std::collections::BTreeMap;

use domain::{Availability, CommercialType, FeatureValue, Item, ItemKind, Lifecycle, Visibility};

use crate::shelf::{Shelf, addons, feature, first, modules, permissions, stocked, text, toggles};

/// A shelf with the package `basic` and another with the same modules, of which more is said.
fn beside_basic(say: impl FnOnce(&mut Item)) -> Shelf {
    let mut shelf = stocked();
    shelf.permissions("basic", &["basic.events.read"]);
    shelf.addon("vendors", |_| ());
    shelf.package("cheap", |cheap| {
        first(cheap).modules = modules(&["basic"]);
        say(cheap);
    });
    shelf
}

#[test]
fn a_package_that_differs_in_its_name_alone_is_a_pricing_duplicate() {
    let shelf = beside_basic(|cheap| {
        cheap.name = text("Cheap");
        cheap.description = Some(text("For less"));
        cheap.lifecycle = Lifecycle::Deprecated;
        cheap.profile.visibility = Some(Visibility::AdminOnly);
        cheap.profile.commercial_type = Some(CommercialType::Premium);
        cheap.profile.grace_days = Some(3);
    });
    assert_eq!(
        shelf.duplicates(),
        [
            "package cheap: pricingDuplicates: package `cheap` differs from package `basic` in nothing but its name; let the billing \
          provider keep another price, or say what else it is in its modules, add-ons, targetCustomer or businessProblem \
          [requirements 002 §7.1]"
        ]
    );
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

#[test]
fn another_package_is_one_that_grants_or_serves_something_else() {
    type Say = fn(&mut Item);
    let differences: [(&str, Say); 8] = [
        ("modules", |one| first(one).modules = modules(&["basic", "ai"])),
        ("permissions", |one| first(one).permissions = permissions(&["basic.events.read"])),
        ("features", |one| first(one).features = toggles(&["retention"])),
        ("amounts", |one| first(one).features = BTreeMap::from([(feature("storage"), FeatureValue::Amount(5))])),
        ("add-ons", |one| first(one).addons = addons(&[("vendors", Availability::Allowed)])),
        ("customer", |one| one.profile.target_customer = Some(text("Agencies"))),
        ("problem", |one| one.profile.business_problem = Some(text("Too much work"))),
        ("draft", |one| one.lifecycle = Lifecycle::Draft),
    ];
    for (what, say) in differences {
        assert_eq!(beside_basic(say).duplicates(), Vec::<String>::new(), "{what}");
    }
    assert_eq!(beside_basic(|one| one.lifecycle = Lifecycle::Archived).duplicates(), Vec::<String>::new());
}

#[test]
fn each_duplicate_is_told_once_and_the_first_package_never() {
    let mut shelf = beside_basic(|_| ());
    shelf.package("a-third", |third| first(third).modules = modules(&["basic"]));
    let told = shelf.duplicates();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("package cheap:") && told[1].starts_with("package a-third:"), "{told:?}");
    shelf.change(ItemKind::Package, "basic", |basic| basic.profile.target_customer = Some(text("Promoters")));
    assert_eq!(shelf.duplicates().len(), 1);
}
