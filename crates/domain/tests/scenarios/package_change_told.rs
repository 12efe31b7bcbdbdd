//! What is told of a change of package before it is made (requirements 002 §6.5).

use domain::{
    ChangePackage, Command, Direction, FeatureValue, Granted, ModuleKey, PackageChangeReport, Patch, ReducedLimit,
    SetHolding, Status, apply, decide, direction,
};

use crate::offer::{feature_key, offer};
use crate::package_change::{begin, change_to, make};
use crate::story::{Story, addon, day, package, text, to};

/// What is told of a change before it is made.
pub(crate) fn told(story: &Story, change: &ChangePackage) -> (Direction, PackageChangeReport) {
    let effective = change.effective_at.unwrap_or(story.now);
    let command = Command::ChangePackage(change.clone());
    let changes = decide(&command, &story.state, &story.catalog, story.now, &text("admin")).unwrap().unwrap();
    let after = apply(story.state.clone(), &changes);
    (
        direction(change, &story.state, &story.catalog, story.now).unwrap(),
        PackageChangeReport::of(&story.state, &after, &story.catalog, effective),
    )
}

fn keys(keys: &std::collections::BTreeSet<domain::ItemKey>) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_report_names_what_is_preserved_invalidated_redundant_and_reduced() {
    let mut story = begin();
    story.activate(&[package("middle"), addon("insight"), addon("listing")]);
    let (up, down) = (told(&story, &change_to("large")).1, told(&story, &change_to("small")).1);

    assert_eq!(
        (keys(&up.preserved), keys(&up.redundant)),
        ("insight listing".to_owned(), "insight listing".to_owned())
    );
    assert_eq!((up.invalidated.len(), up.limits.len(), up.access_review_required), (0, 0, false));

    assert_eq!((keys(&down.preserved), keys(&down.redundant)), ("listing".to_owned(), String::new()));
    let [(key, at, rule)] = down.invalidated.try_into().unwrap();
    assert_eq!((key, at), (addon("insight").key, day(0)));
    assert!(rule.contains("works with none"), "{rule}");
    let seats = ReducedLimit {
        feature: feature_key("seats"),
        before: FeatureValue::Amount(10),
        after: Some(FeatureValue::Amount(3)),
    };
    assert_eq!((down.limits, down.access_review_required), (vec![seats], true));
}

#[test]
fn what_is_planned_already_is_told_of_like_what_is_there() {
    let mut story = begin();
    let more = offer().standalone(true).feature("seats", FeatureValue::Amount(5));
    story.offer(&addon("desks"), more);
    story.edit(&addon("stage"), offer().with_packages(&["small"]).feature("seats", FeatureValue::Amount(90)));
    story.activate(&[package("small")]);
    story.grant_between(Granted::Module(ModuleKey::parse("market").unwrap()), Some(day(4)), None);
    for key in ["insight", "desks", "stage"] {
        story.write(SetHolding { starts_at: Patch::Set(day(5)), ..to(&addon(key), Status::Active) });
    }

    let (large, middle) = (told(&story, &change_to("large")).1, told(&story, &change_to("middle")).1);

    assert_eq!((keys(&large.preserved), keys(&large.redundant)), ("desks insight".to_owned(), "insight".to_owned()));
    let [(key, at, _)] = middle.invalidated.try_into().unwrap();
    assert_eq!((key, at), (addon("stage").key, day(5)));
    let seats = ReducedLimit {
        feature: feature_key("seats"),
        before: FeatureValue::Amount(3 + 5 + 90),
        after: Some(FeatureValue::Amount(10 + 5)),
    };
    assert_eq!(middle.limits, [seats], "ten are more than three today, and fewer than what was planned");
}

#[test]
fn a_change_to_a_package_without_credits_says_what_balance_is_left() {
    let mut story = begin();
    story.try_write(to(&package("large"), Status::Active)).unwrap();
    let limits = told(&story, &change_to("middle")).1.limits;
    let mails = ReducedLimit { feature: feature_key("mails"), before: FeatureValue::Amount(50), after: None };
    assert!(limits.contains(&mails), "{limits:?}");
}

#[test]
fn a_limit_that_stays_or_grows_is_not_told_and_one_that_ends_being_unlimited_is() {
    let mut story = begin();
    story.offer(&package("same"), offer().modules(&["basic"]).feature("seats", FeatureValue::Amount(3)));
    story.edit(&package("small"), offer().upgrades(&["same", "middle", "large"]));
    story.activate(&[package("small")]);
    for key in ["same", "middle", "large"] {
        assert_eq!(told(&story, &change_to(key)).1.limits, [], "{key}");
    }
    make(&mut story, change_to("large"));
    let limits = told(&story, &change_to("middle")).1.limits;
    let seats = ReducedLimit {
        feature: feature_key("seats"),
        before: FeatureValue::Unlimited,
        after: Some(FeatureValue::Amount(10)),
    };
    assert!(limits.contains(&seats), "{limits:?}");
}
