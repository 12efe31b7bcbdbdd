//! Grants: overrides of a feature or a module for one company.

use domain::{AddGrant, Combine, Command, FeatureKind, FeatureValue, Granted, ModuleKey, RefusalCode, Uuid};

use crate::offer::{feature_key, offer};
use crate::story::{Story, addon, day, package, right_before, text};

use FeatureValue::{Amount, Off, On, Unlimited};

fn storage(value: FeatureValue) -> Granted {
    Granted::Feature(feature_key("storage"), value)
}

fn retention(value: FeatureValue) -> Granted {
    Granted::Feature(feature_key("retention"), value)
}

fn finance() -> Granted {
    Granted::Module(ModuleKey::parse("finance").unwrap())
}

/// A company whose package gives a toggle and a limit.
fn begin() -> Story {
    let mut story = Story::begin();
    story.feature("retention", FeatureKind::Toggle, Combine::Sum).feature("storage", FeatureKind::Limit, Combine::Sum);
    story.feature("mails", FeatureKind::Credit, Combine::Sum);
    story.edit(&package("basic"), offer().feature("retention", On).feature("storage", Amount(5)));
    story.activate(&[package("basic")]);
    story
}

#[test]
fn a_grant_of_a_feature_overrides_what_is_owned() {
    let mut story = begin();
    assert_eq!(story.features(), "retention=On storage=Amount(5)");

    let more = story.grant(storage(Unlimited));
    assert_eq!(story.features(), "retention=On storage=Unlimited");
    story.command(&Command::RemoveGrant(more));
    story.grant(storage(Amount(2)));
    assert_eq!(story.features(), "retention=On storage=Amount(2)", "also when it is less");
}

#[test]
fn a_grant_of_off_switches_off_what_is_owned() {
    let mut story = begin();
    story.grant(retention(Off));
    assert_eq!(story.features(), "retention=Off storage=Amount(5)");
}

#[test]
fn of_several_grants_the_newest_wins_and_the_others_come_back_when_it_ends() {
    let mut story = begin();
    story.grant(storage(Amount(100)));
    story.on(day(1)).grant_between(storage(Amount(50)), Some(day(2)), Some(day(4)));
    let newest = story.on(day(2)).grant(storage(Amount(10)));

    assert_eq!(story.features(), "retention=On storage=Amount(10)");
    story.command(&Command::RemoveGrant(newest));
    assert_eq!(story.features(), "retention=On storage=Amount(50)");
    assert_eq!(story.on(day(4)).features(), "retention=On storage=Amount(100)");
}

#[test]
fn a_grant_holds_within_its_window_and_its_boundaries_move_the_version() {
    let mut story = begin();
    story.grant_between(storage(Amount(9)), Some(day(3)), Some(day(5)));
    assert_eq!((story.version(), story.answer().valid_until), (2, Some(day(3))));

    assert_eq!(story.on(right_before(3)).features(), "retention=On storage=Amount(5)");
    assert_eq!((story.on(day(3)).features(), story.version()), ("retention=On storage=Amount(9)".to_owned(), 3));
    assert_eq!((story.on(day(5)).features(), story.version()), ("retention=On storage=Amount(5)".to_owned(), 4));
}

#[test]
fn a_grant_of_a_module_enables_it_without_package_or_addon_and_is_no_basic() {
    let mut story = Story::begin();
    let id = story.grant(finance());
    assert_eq!((story.enabled(), story.addons(), story.version()), ("finance".to_owned(), String::new(), 1));
    assert_eq!(story.eligible(), "finance.*");
    story.grant(Granted::Module(ModuleKey::parse("basic").unwrap()));
    let answer = story.answer();
    assert_eq!((answer.has_basic, answer.base_package, story.enabled()), (false, None, "basic finance".to_owned()));

    story.switch_module("finance", false);
    assert_eq!(story.enabled(), "basic", "an inactive module is enabled for nobody");
    story.switch_module("finance", true);
    story.command(&Command::RemoveGrant(id));
    assert_eq!(story.enabled(), "basic");
}

#[test]
fn what_was_removed_cannot_be_removed_again() {
    let mut story = begin();
    let id = story.grant(storage(Amount(7)));
    let changes = story.command(&Command::RemoveGrant(id));
    assert_eq!(changes.events()[0].change_type, domain::ChangeType::GrantRemoved);

    assert_eq!(story.try_command(&Command::RemoveGrant(id)).unwrap_err().code, RefusalCode::NotFound);
    assert_eq!(story.another_company().try_command(&Command::RemoveGrant(id)).unwrap_err().code, RefusalCode::NotFound);
}

#[test]
fn a_grant_that_makes_no_sense_is_refused() {
    let mut story = begin();
    let mut refused = |granted: Granted, starts: Option<i64>, ends: Option<i64>| {
        let (starts_at, ends_at) = (starts.map(day), ends.map(day));
        let add = AddGrant { id: Uuid::from_u128(5), granted, starts_at, ends_at, reason: text("x"), source: None };
        let refusal = story.on(day(5)).try_command(&Command::AddGrant(add)).unwrap_err();
        (refusal.code, refusal.breaches.iter().map(|breach| breach.rule).collect::<Vec<_>>())
    };
    let invalid = |rules: &[&'static str]| (RefusalCode::Validation, rules.to_vec());

    assert_eq!(refused(storage(On), None, None), invalid(&["value"]));
    assert_eq!(refused(retention(Amount(1)), None, None), invalid(&["value"]));
    assert_eq!(refused(retention(Unlimited), None, None), invalid(&["value"]));
    assert_eq!(refused(storage(Amount(domain::MAX_AMOUNT + 1)), None, None), invalid(&["value"]));
    assert_eq!(refused(Granted::Feature(feature_key("mails"), Amount(1)), None, None), invalid(&["featureKey"]));
    assert_eq!(refused(Granted::Feature(feature_key("nothing"), On), None, None), invalid(&["featureKey"]));
    assert_eq!(refused(Granted::Module(ModuleKey::parse("nothing").unwrap()), None, None), invalid(&["moduleKey"]));
    assert_eq!(refused(finance(), Some(9), Some(9)), invalid(&["endsAt"]));
    assert_eq!(refused(finance(), None, Some(5)), invalid(&["endsAt"]));
}

#[test]
fn an_integration_is_told_by_a_grant_that_rules_may_require() {
    let mut story = begin();
    story.offer(&addon("report"), offer().requires(crate::offer::term("feature:retention")));
    story.activate(&[addon("report")]);

    story.grant_between(retention(Off), Some(day(2)), Some(day(3)));

    assert_eq!(story.on(day(2)).stopped(), "report: requires feature:retention", "off overrides for rules as well");
    assert_eq!(story.on(day(3)).addons(), "report");
}
