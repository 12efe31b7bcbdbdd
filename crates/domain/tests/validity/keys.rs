//! Keys, aliases, namespaces, and what a package key must not carry.

use domain::{ItemKind, Lifecycle, ModuleKind};

use crate::shelf::{Shelf, first, items, module, modules, stocked};

fn breaches_of_package(key: &str) -> Vec<String> {
    let mut shelf = Shelf::new();
    shelf.package(key, |_| ());
    shelf.breaches()
}

fn words(key: &str) -> Vec<String> {
    let kinds = ["a price", "a campaign", "a version", "a region"];
    let breaches = breaches_of_package(key);
    let word = |breach: &String| (*kinds.iter().find(|kind| breach.contains(**kind)).unwrap()).to_owned();
    breaches.iter().map(word).collect()
}

#[test]
fn the_good_examples_of_package_keys_are_good() {
    for key in ["basic", "premium-market", "artist-enterprise"] {
        assert_eq!(breaches_of_package(key), Vec::<String>::new(), "{key}");
    }
}

#[test]
fn the_bad_examples_of_package_keys_are_refused_with_the_reason() {
    let reason = "a key stays for ever, so leave it out: prices and campaigns are the billing provider's, versions are revisions";
    let bad = |key: &str, what: &str, token: &str| {
        format!("package {key}: key: package key `{key}` carries {what} in `{token}`; {reason} [requirements 002 §4.3]")
    };
    assert_eq!(breaches_of_package("basic-99usd"), [bad("basic-99usd", "a price", "99usd")]);
    assert_eq!(
        breaches_of_package("promo-july"),
        [bad("promo-july", "a campaign", "promo"), bad("promo-july", "a campaign", "july")]
    );
    let key = "sg-premium-special-v2";
    assert_eq!(
        breaches_of_package(key),
        [bad(key, "a region", "sg"), bad(key, "a campaign", "special"), bad(key, "a version", "v2")]
    );
}

#[test]
fn package_keys_carry_no_price() {
    for key in ["basic-99", "basic_99usd", "usd99-basic", "basic-eur", "basic-9-usd", "basic-cad20"] {
        assert!(words(key).iter().all(|word| word == "a price") && !words(key).is_empty(), "{key}");
    }
}

#[test]
fn package_keys_carry_no_campaign_no_version_and_no_region() {
    for key in ["summer-basic", "basic-discount", "launch_team", "black-friday-team", "team-blackfriday", "deal-team"] {
        assert_eq!(words(key), ["a campaign"], "{key}");
    }
    for key in ["team-v2", "team_v10", "team-2024", "team-1999", "team-version2"] {
        assert_eq!(words(key), ["a version"], "{key}");
    }
    for key in ["team-apac", "emea-team", "us-team", "team_uk", "eu-team", "latam-team"] {
        assert_eq!(words(key), ["a region"], "{key}");
    }
}

#[test]
fn words_that_only_look_like_prices_campaigns_versions_or_regions_are_good() {
    let good = [
        "basic_artist",
        "free",
        "solo",
        "team",
        "enterprise",
        "one",
        "market-only",
        "wide",
        "plus",
        "basic2",
        "basic_promoter",
        "sales-suite",
        "all-in-one",
        "b2b",
        "vision",
        "v",
        "cad-studio",
        "salesforce",
        "pro-it",
        "specialist",
        "usdata",
        "top",
    ];
    for key in good {
        assert_eq!(breaches_of_package(key), Vec::<String>::new(), "{key}");
    }
}

#[test]
fn keys_of_addons_and_of_archived_packages_may_carry_anything() {
    let mut shelf = Shelf::new();
    shelf.addon("refill-100", |_| ());
    shelf.package("promo-july", |package| package.lifecycle = Lifecycle::Archived);
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

#[test]
fn keys_that_differ_only_by_hyphen_and_underscore_collide_and_the_later_one_is_told() {
    let mut shelf = Shelf::new();
    shelf.extras(&["base_two", "base-two"]);
    shelf.package("a_b", |_| ());
    shelf.package("a-b", |_| ());
    shelf.addon("a-b", |_| ());
    assert_eq!(
        shelf.breaches()[..2],
        [
            "module base-two: key: module key `base-two` differs from `base_two` only by `-` and `_`; choose another key \
             [requirements 004 §21.2]",
            "module base-two: namespace: namespace `base-two` of module `base-two` differs only by `-` and `_` from the namespace \
             `base_two` of module `base_two`; choose another namespace [requirements 000 §7.1]",
        ]
    );
    assert_eq!(
        shelf.breaches()[2..],
        [
            "package a-b: key: package key `a-b` differs from `a_b` only by `-` and `_`; choose another key [requirements 004 §21.2]"
        ]
    );
}

#[test]
fn an_alias_is_neither_a_key_nor_an_alias_of_another_entry() {
    let mut shelf = stocked();
    shelf.module(ModuleKind::Addon, "touring", |touring| touring.aliases = modules(&["finance", "tours"]));
    shelf.module(ModuleKind::Addon, "travel", |travel| travel.aliases = modules(&["tours"]));
    shelf.package("team", |team| team.profile.aliases = items(&["basic", "group"]));
    assert_eq!(
        shelf.breaches(),
        [
            "module touring: aliases: alias `finance` of module `touring` is the key `finance` of module `finance`; choose another \
             alias [requirements 004 §21.2]",
            "module travel: aliases: alias `tours` of module `travel` is the alias `tours` of module `touring`; choose another \
             alias [requirements 004 §21.2]",
            "package team: aliases: alias `basic` of package `team` is the key `basic` of package `basic`; choose another alias \
             [requirements 004 §21.2]",
        ]
    );
}

#[test]
fn a_package_and_an_addon_may_share_a_key_and_an_alias_may_be_another_spelling_of_its_own_key() {
    let mut shelf = stocked();
    shelf.addon("basic", |addon| addon.profile.aliases = items(&["extended"]));
    shelf.module(ModuleKind::Addon, "venue_marketplace", |module| module.aliases = modules(&["venue-marketplace"]));
    shelf.change(ItemKind::Package, "basic", |basic| basic.profile.aliases = items(&["promoter", "promoters"]));
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}

#[test]
fn two_modules_never_share_a_namespace() {
    let mut shelf = stocked();
    shelf.module(ModuleKind::Addon, "promoter", |promoter| promoter.namespace_aliases = modules(&["finance"]));
    shelf.module(ModuleKind::Addon, "tickets", |tickets| tickets.namespace = module("ai"));
    assert_eq!(
        shelf.breaches(),
        [
            "module tickets: namespace: namespace `ai` of module `tickets` is the namespace `ai` of module `ai`; choose another \
             namespace [requirements 000 §7.1]",
            "module promoter: namespaceAliases: namespace alias `finance` of module `promoter` is the namespace `finance` of \
             module `finance`; choose another namespace alias [requirements 000 §7.1]",
        ]
    );
}

#[test]
fn a_renamed_family_is_kept_as_a_namespace_alias() {
    let mut shelf = Shelf::new();
    shelf.module(ModuleKind::Base, "promoter", |promoter| promoter.namespace_aliases = modules(&["basic"]));
    shelf.permissions("promoter", &["promoter.events.read", "basic.vendors.read"]);
    shelf.package("basic_promoter", |package| first(package).modules = modules(&["promoter"]));
    assert_eq!(shelf.breaches(), Vec::<String>::new());
}
