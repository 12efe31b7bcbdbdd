//! Function keys: toggles and limits over packages and add-ons (requirements 003 §2).

use domain::{CatalogCommand, Combine, FeatureEdit, FeatureKind, FeatureValue, MAX_AMOUNT, Reach, SetHolding, Status};

use crate::offer::{feature_key, offer};
use crate::story::{Story, addon, package, to};

use FeatureValue::{Amount, On, Unlimited};

/// Features of every kind, a package with 5 of each limit, and an add-on with 10 more.
fn begin() -> Story {
    let mut story = Story::begin();
    story
        .feature("retention", FeatureKind::Toggle, Combine::Sum)
        .feature("retention-days", FeatureKind::Limit, Combine::Max)
        .feature("storage", FeatureKind::Limit, Combine::Sum);
    story.edit(&package("basic"), offer().feature("retention-days", Amount(5)).feature("storage", Amount(5)));
    let more = offer().feature("retention", On).feature("retention-days", Amount(10)).feature("storage", Amount(10));
    story.offer(&addon("more"), more);
    story
}

#[test]
fn a_toggle_is_on_when_anything_switches_it_on() {
    let mut story = begin();
    story.offer(&addon("same"), offer().feature("retention", On));
    story.activate(&[addon("more"), addon("same")]);
    story.write(to(&addon("more"), Status::Inactive));
    assert_eq!(story.features(), "retention=On");
    story.write(to(&addon("same"), Status::Inactive));
    assert_eq!(story.features(), "");
}

#[test]
fn limits_add_up_or_the_largest_holds() {
    let mut story = begin();
    story.activate(&[package("basic"), addon("more")]);
    assert_eq!(story.features(), "retention=On retention-days=Amount(10) storage=Amount(15)");
}

#[test]
fn an_addon_counts_as_many_times_as_it_is_held() {
    let mut story = begin();
    story.activate(&[package("basic")]);
    story.write(SetHolding { quantity: Some(3), ..to(&addon("more"), Status::Active) });
    assert_eq!(story.features(), "retention=On retention-days=Amount(30) storage=Amount(35)");
    assert_eq!(story.refused(SetHolding { quantity: Some(0), ..to(&addon("more"), Status::Active) }), ["quantity"]);
}

#[test]
fn what_is_owned_and_included_counts_once_more() {
    let mut story = begin();
    story.write(SetHolding { quantity: Some(2), ..to(&addon("more"), Status::Active) });
    story.edit(&package("basic"), offer().includes(&["more"]));
    story.activate(&[package("basic")]);
    assert_eq!(story.features(), "retention=On retention-days=Amount(30) storage=Amount(35)");

    story.write(to(&addon("more"), Status::Cancelled));
    assert_eq!(story.features(), "retention=On retention-days=Amount(10) storage=Amount(15)");
}

#[test]
fn unlimited_beats_every_number_and_sums_stop_at_the_highest() {
    let mut story = begin();
    story.offer(&addon("endless"), offer().feature("storage", Unlimited));
    story.offer(&addon("most"), offer().feature("storage", Amount(MAX_AMOUNT)));
    story.activate(&[addon("more"), addon("most")]);
    assert_eq!(story.features(), format!("retention=On retention-days=Amount(10) storage=Amount({MAX_AMOUNT})"));
    story.activate(&[addon("endless")]);
    assert_eq!(story.features(), "retention=On retention-days=Amount(10) storage=Unlimited");
}

#[test]
fn what_is_not_operative_gives_no_feature() {
    let mut story = begin();
    story.activate(&[addon("more")]);
    story.edit(&package("basic"), offer().forbids(&["more"]));
    story.activate(&[package("basic")]);
    assert_eq!(story.features(), "retention-days=Amount(5) storage=Amount(5)");
}

#[test]
fn another_way_to_combine_reaches_everybody_at_once_and_moves_their_version() {
    let mut story = begin();
    story.activate(&[package("basic"), addon("more")]);
    let mut untouched = story.another_company();
    untouched.activate(&[addon("finance")]);
    let id = story.catalog.feature(&feature_key("storage")).unwrap().id;
    let edit = FeatureEdit { combine: Some(Combine::Max), ..FeatureEdit::default() };

    story.change(&CatalogCommand::UpdateFeature { id, edit });

    assert_eq!(story.features(), "retention=On retention-days=Amount(10) storage=Amount(10)");
    assert!(story.version() > 2);
    untouched.catalog = story.catalog.clone();
    assert_eq!(untouched.version(), 1);
}

#[test]
fn a_feature_taken_away_is_gone_for_existing_holders_too_unless_it_is_for_the_future() {
    for (reach, after) in [(Reach::Existing, ""), (Reach::Future, "retention-days=Amount(5) storage=Amount(5)")] {
        let mut story = begin();
        story.activate(&[package("basic")]);
        story.edit(&package("basic"), offer().no_features().reach(reach));
        assert_eq!(story.features(), after);
    }
}

#[test]
fn attributes_mean_nothing_for_entitlements() {
    let mut story = begin();
    story.activate(&[package("basic")]);
    story.edit(&package("basic"), offer().attribute("retention_policy", "subscribed"));
    assert_eq!((story.features(), story.version()), ("retention-days=Amount(5) storage=Amount(5)".to_owned(), 1));
    assert_eq!(story.catalog.item(&package("basic")).unwrap().revisions.len(), 2, "that of its features, and no more");
}
