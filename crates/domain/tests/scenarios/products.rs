//! The products of requirements 000, 001 and 002, by name.

use domain::{Combine, CommercialType, FeatureKind, FeatureValue, Granted, Lifecycle, ModuleKind, Patch, Status};

use crate::offer::{Offer, any, feature_key, offer, term};
use crate::story::{Story, addon, between, day, package, to};

const DIRECTORIES: [(&str, [&str; 2]); 2] = [
    ("vendor-directory", ["basic.vendors.read", "basic.vendors.search"]),
    ("venue-directory", ["basic.venues.read", "basic.venues.search"]),
];
const TICKETING: [&str; 3] = ["finance.ticketing.read", "finance.ticketing.write", "basic.events.ticketing-manage"];
const REPORTS: [&str; 2] = ["ai.sales-reports.read", "ai.marketing-insights.read"];

fn of_type(what: Offer, kind: CommercialType) -> Offer {
    let Offer(mut edit) = what;
    edit.own.commercial_type = Patch::Set(kind);
    Offer(edit)
}

/// The persona catalogue: the add-ons of requirements 000 §3 and the packages of 002 §10, with ticketing as 001 settles it.
fn persona() -> Story {
    let mut story = Story::begin();
    story.module("artist", ModuleKind::Base);
    story.feature("ticketing-data", FeatureKind::Toggle, Combine::Sum);
    for (key, permissions) in DIRECTORIES {
        story.permissions(&permissions);
        story.offer(&addon(key), offer().permissions(&permissions).with_modules(&["basic", "artist"]));
    }
    story.permissions(&TICKETING).permissions(&REPORTS);
    let ticketing = offer().permissions(&TICKETING).feature("ticketing-data", FeatureValue::On);
    story.offer(&addon("live-ticket-sales"), ticketing.with_modules(&["basic"]).lifecycle(Lifecycle::Draft));
    story.lead(&addon("live-ticket-sales"), Lifecycle::Archived);
    let sources = any(&[term("module:finance"), term("feature:ticketing-data")]);
    story.offer(
        &addon("ai-sales-report"),
        offer().permissions(&REPORTS).with_modules(&["basic", "artist"]).requires(sources),
    );
    let directories = ["vendor-directory", "venue-directory", "ai-sales-report"];
    let basic = offer().modules(&["basic"]).allows(&directories);
    story.edit(&package("basic"), of_type(basic, CommercialType::Base));
    let artist = offer().modules(&["artist", "ai"]).allows(&directories);
    story.offer(&package("basic_artist"), of_type(artist, CommercialType::Base));
    let premium = offer().modules(&["basic", "market", "ai"]).allows(&directories).downgrades(&["basic"]);
    story.offer(&package("premium-market"), of_type(premium, CommercialType::Premium));
    story.edit(&package("basic"), offer().upgrades(&["premium-market"]));
    story
}

#[test]
fn the_directories_are_slices_of_basic_and_enable_no_module() {
    for (key, permissions) in DIRECTORIES {
        let mut story = persona();
        assert_eq!(story.refused(to(&addon(key), Status::Active)), ["compatible"], "not alone");
        story.activate(&[package("basic"), addon(key)]);

        assert_eq!((story.enabled(), story.addons()), ("basic".to_owned(), key.to_owned()));
        assert_eq!(story.eligible(), format!("basic.* {}", permissions.join(" ")));
    }
    let mut story = persona();
    story.activate(&[addon("venue")]);
    assert_eq!(
        story.refused(to(&addon("venue-directory"), Status::Active)),
        ["compatible"],
        "distinct from the module"
    );
}

#[test]
fn live_ticket_sales_is_over_and_sold_to_nobody() {
    let mut story = persona();
    story.activate(&[package("basic")]);
    assert_eq!(story.refused(to(&addon("live-ticket-sales"), Status::Active)), ["item_active"]);
    assert_eq!(story.catalog.item(&addon("live-ticket-sales")).unwrap().lifecycle, Lifecycle::Archived);
}

#[test]
fn the_sales_report_needs_finance_or_the_data_of_a_ticketing_platform() {
    let mut story = persona();
    story.activate(&[package("basic")]);
    assert_eq!(story.refused(to(&addon("ai-sales-report"), Status::Active)), ["requires"]);

    story.write(between(&addon("finance"), 0, 10));
    story.activate(&[addon("ai-sales-report")]);
    assert!(story.eligible().contains("ai.sales-reports.read"));
    assert_eq!(story.on(day(10)).stopped(), "ai-sales-report: requires (module:finance or feature:ticketing-data)");
    assert!(!story.eligible().contains("ai.sales-reports.read"));

    // The company connects its ticketing platform: an integration fact.
    story.grant(Granted::Feature(feature_key("ticketing-data"), FeatureValue::On));
    assert_eq!((story.addons(), story.enabled()), ("ai-sales-report".to_owned(), "basic".to_owned()));
    assert!(story.eligible().contains("ai.marketing-insights.read ai.sales-reports.read"));
}

#[test]
fn the_sales_report_is_no_disconnected_capability() {
    let mut story = persona();
    story.activate(&[addon("finance")]);
    assert_eq!(story.refused(to(&addon("ai-sales-report"), Status::Active)), ["compatible"]);
    assert_eq!(story.refused(to(&addon("ai-sales-report"), Status::Trial)), ["compatible"]);
}

#[test]
fn basic_means_eligibility_for_its_family_and_for_addons_that_are_bought() {
    let mut story = persona();
    story.activate(&[package("basic")]);
    assert_eq!(
        (story.enabled(), story.eligible(), story.addons()),
        ("basic".to_owned(), "basic.*".to_owned(), String::new())
    );
    assert_eq!(story.answer().base_package, Some(package("basic").key));
}

#[test]
fn basic_artist_is_a_base_package_of_its_own_persona() {
    let mut story = persona();
    story.activate(&[package("basic_artist"), addon("vendor-directory")]);
    assert_eq!((story.enabled(), story.addons()), ("artist ai".to_owned(), "vendor-directory".to_owned()));
    assert_eq!(story.answer().base_package, Some(package("basic_artist").key));
    assert_eq!(story.refused(to(&package("basic"), Status::Active)), ["one_base_package"]);
}

#[test]
fn premium_market_is_a_bundle_on_basic_and_no_replacement_for_finance() {
    let mut story = persona();
    story.activate(&[package("premium-market"), addon("venue-directory")]);
    assert_eq!((story.enabled(), story.answer().has_basic), ("basic ai market".to_owned(), true));
    assert!(!story.eligible().contains("finance"));
    assert_eq!(story.refused(to(&package("basic"), Status::Active)), ["one_base_package"]);
}

#[test]
fn standalone_modules_are_bought_without_any_package() {
    let mut story = persona();
    story.activate(&[addon("finance"), addon("ai"), addon("touring"), addon("venue")]);
    assert_eq!((story.enabled(), story.answer().has_basic), ("ai finance touring venue".to_owned(), false));
}
