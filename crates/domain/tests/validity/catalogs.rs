//! The catalogs of the requirements are valid.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AddonKind, Availability, CommercialType, FeatureKind, FeatureValue, Item, Lifecycle, ModuleKind, Requirement,
};

use crate::{
    completeness::{complete_addon, complete_package},
    shelf::{Shelf, addons, any, feature, first, items, modules, permissions, terms, toggles},
};

#[test]
fn the_bootstrap_catalog_is_valid() {
    let mut shelf = Shelf::new();
    let extras = ["finance", "market", "touring", "venue", "ai"];
    shelf.bases(&["basic"]);
    shelf.extras(&extras);
    shelf.package("basic", |basic| first(basic).modules = modules(&["basic"]));
    for key in extras {
        shelf.addon(key, |addon| first(addon).modules = modules(&[key]));
    }
    assert_eq!(shelf.breaches(), Vec::<String>::new());
    assert_eq!(shelf.duplicates(), Vec::<String>::new());
    assert!(!shelf.incomplete().is_empty(), "minimal bodies do not say everything");
}

fn unlocker(shelf: &mut Shelf, key: &str) {
    shelf.addon(key, |addon| {
        complete_addon(addon);
        addon.profile.addon_kind = Some(AddonKind::ModuleUnlocker);
        first(addon).modules = modules(&[key]);
        first(addon).rules.standalone = Some(true);
    });
}

/// The add-ons of requirements 000 and the packages of 002 with the modules of 001, completely defined.
fn personas() -> Shelf {
    let mut shelf = Shelf::new();
    shelf.module(ModuleKind::Base, "promoter", |promoter| {
        promoter.aliases = modules(&["basic"]);
        promoter.namespace_aliases = modules(&["basic"]);
    });
    shelf.bases(&["artist", "vendor", "venue"]);
    shelf.extras(&["finance", "ai", "touring", "venue_marketplace", "market"]);
    shelf.permissions(
        "promoter",
        &["basic.vendors.read", "basic.vendors.search", "basic.venues.read", "basic.venues.search"],
    );
    shelf.permissions("ai", &["ai.sales-reports.read", "ai.marketing-insights.read"]);
    shelf.features(FeatureKind::Toggle, &["ticketing-data"]);
    for key in ["finance", "ai", "touring", "venue_marketplace"] {
        unlocker(&mut shelf, key);
    }
    let bundles = ["basic", "basic_promoter", "basic_artist", "premium-market"];
    let directory = |shelf: &mut Shelf, key: &str, listed: &[&str]| {
        shelf.addon(key, |addon| {
            complete_addon(addon);
            first(addon).permissions = permissions(listed);
            first(addon).rules.compatible_packages = items(&bundles);
        });
    };
    directory(&mut shelf, "vendor-directory", &["basic.vendors.read", "basic.vendors.search"]);
    directory(&mut shelf, "venue-directory", &["basic.venues.read", "basic.venues.search"]);
    shelf.addon("live-ticket-sales", |addon| addon.lifecycle = Lifecycle::Archived);
    shelf.addon("ai-sales-report", |addon| {
        complete_addon(addon);
        addon.profile.addon_kind = Some(AddonKind::ReportingEnhancer);
        addon.profile.redundant_with = terms(&["module:ai"]);
        first(addon).permissions = permissions(&["ai.sales-reports.read", "ai.marketing-insights.read"]);
        first(addon).rules.compatible_packages = items(&bundles);
        first(addon).rules.requires = Some(any(&["module:finance", "feature:ticketing-data"]));
    });
    let bought = [
        ("vendor-directory", Availability::Allowed),
        ("venue-directory", Availability::Allowed),
        ("ai-sales-report", Availability::Allowed),
    ];
    let package = |shelf: &mut Shelf, key: &str, kind: CommercialType, bundled: &[&str]| {
        shelf.package(key, |package| {
            complete_package(package);
            package.profile.commercial_type = Some(kind);
            first(package).modules = modules(bundled);
            first(package).addons = addons(&bought);
        });
    };
    package(&mut shelf, "basic", CommercialType::Base, &["promoter"]);
    package(&mut shelf, "basic_promoter", CommercialType::Base, &["promoter"]);
    package(&mut shelf, "basic_artist", CommercialType::Vertical, &["artist", "ai"]);
    package(&mut shelf, "premium-market", CommercialType::Premium, &["promoter", "market", "ai"]);
    shelf
        .change(domain::ItemKind::Package, "basic", |basic| basic.profile.upgrade_targets = items(&["premium-market"]));
    shelf
}

#[test]
fn the_persona_catalog_is_valid_and_complete() {
    let shelf = personas();
    assert_eq!(shelf.breaches(), Vec::<String>::new());
    assert_eq!(shelf.incomplete(), Vec::<String>::new());
    assert_eq!(shelf.duplicates(), Vec::<String>::new());
}

fn tier(shelf: &mut Shelf, key: &str, limits: [Option<u64>; 2], included: &[&str]) {
    let value = |limit: Option<u64>| limit.map_or(FeatureValue::Unlimited, FeatureValue::Amount);
    let others = ["recipe_variations", "data_retention", "batchbot_access", "batchbot_refill_100"];
    let said = |key: &&str| {
        let availability = if included.contains(key) { Availability::Included } else { Availability::Allowed };
        (crate::shelf::item(key), availability)
    };
    shelf.package(key, |tier: &mut Item| {
        let definition = first(tier);
        definition.modules = modules(&["maker"]);
        definition.features =
            BTreeMap::from([(feature("users"), value(limits[0])), (feature("recipes"), value(limits[1]))]);
        definition.addons = others.iter().map(said).collect();
    });
}

#[test]
fn the_maker_catalog_is_valid() {
    let mut shelf = Shelf::new();
    shelf.bases(&["maker"]);
    shelf.extras(&["recipes", "ai"]);
    shelf.permissions("recipes", &["recipes.create_variations"]);
    shelf.permissions("ai", &["ai.batchbot"]);
    shelf.features(FeatureKind::Toggle, &["retention", "recipe_variations", "batchbot_access"]);
    shelf.features(FeatureKind::Limit, &["users", "recipes"]);
    shelf.features(FeatureKind::Credit, &["batchbot_credits"]);
    shelf.addon("recipe_variations", |addon| {
        first(addon).permissions = permissions(&["recipes.create_variations"]);
        first(addon).features = toggles(&["recipe_variations"]);
    });
    shelf.addon("data_retention", |addon| first(addon).features = toggles(&["retention"]));
    shelf.addon("batchbot_access", |addon| {
        first(addon).permissions = permissions(&["ai.batchbot"]);
        first(addon).features = toggles(&["batchbot_access"]);
    });
    shelf.addon("batchbot_refill_100", |addon| {
        first(addon).features = BTreeMap::from([(feature("batchbot_credits"), FeatureValue::Amount(100))]);
        first(addon).rules.requires = Some(Requirement::Any(vec![crate::shelf::term("feature:batchbot_access")]));
    });
    tier(&mut shelf, "free", [Some(1), Some(10)], &[]);
    tier(&mut shelf, "solo", [Some(1), Some(50)], &[]);
    tier(&mut shelf, "team", [Some(10), Some(200)], &["recipe_variations"]);
    tier(&mut shelf, "enterprise", [None, None], &["data_retention", "recipe_variations"]);
    tier(&mut shelf, "exempt", [None, None], &[]);
    assert_eq!(shelf.breaches(), Vec::<String>::new());
    assert_eq!(shelf.duplicates(), Vec::<String>::new());
    let subjects: BTreeSet<String> =
        shelf.incomplete().iter().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
    assert_eq!(subjects.len(), 9, "the tiers and add-ons of its code say less than a strict policy asks: {subjects:?}");
}
