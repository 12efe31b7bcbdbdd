//! The valid cases of requirements 004 §3.2 and the examples of its §10.6, by name.

use domain::{ItemRef, Status};

use crate::story::{Story, addon, between, day, package, right_before, to};

/// A company that has these, and what it then owns: whether it has Basic, its add-ons, its modules.
fn owning(items: &[ItemRef]) -> (bool, String, String) {
    let mut story = Story::begin();
    story.activate(items);
    let answer = story.answer();
    assert_eq!(answer.base_package.is_some(), answer.has_basic);
    assert_eq!(answer.version, items.len() as u64);
    (answer.has_basic, story.addons(), story.enabled())
}

fn owned(has_basic: bool, addons: &str, modules: &str) -> (bool, String, String) {
    (has_basic, addons.to_owned(), modules.to_owned())
}

#[test]
fn basic_only() {
    assert_eq!(owning(&[package("basic")]), owned(true, "", "basic"));
}

#[test]
fn finance_only() {
    assert_eq!(owning(&[addon("finance")]), owned(false, "finance", "finance"));
}

#[test]
fn market_only() {
    assert_eq!(owning(&[addon("market")]), owned(false, "market", "market"));
}

#[test]
fn basic_and_finance() {
    assert_eq!(owning(&[addon("finance"), package("basic")]), owned(true, "finance", "basic finance"));
}

#[test]
fn basic_and_finance_and_market() {
    let items = [addon("market"), package("basic"), addon("finance")];
    assert_eq!(owning(&items), owned(true, "finance market", "basic finance market"));
}

#[test]
fn venue_and_ai_only() {
    assert_eq!(owning(&[addon("venue"), addon("ai")]), owned(false, "ai venue", "ai venue"));
}

#[test]
fn no_active_basic_but_active_addons() {
    for status in [Status::Inactive, Status::Cancelled, Status::Expired, Status::Paused] {
        let mut story = Story::begin();
        story.activate(&[package("basic"), addon("touring"), addon("market")]);

        story.write(to(&package("basic"), status));

        let answer = story.answer();
        assert_eq!((answer.has_basic, answer.base_package), (false, None));
        assert_eq!((story.addons(), story.enabled()), ("market touring".to_owned(), "market touring".to_owned()));
    }
}

#[test]
fn example_a_basic_inactive_finance_and_market_active() {
    let mut story = Story::begin();
    story.write(to(&package("basic"), Status::Inactive));

    story.activate(&[addon("finance"), addon("market")]);

    assert_eq!((story.answer().has_basic, story.enabled()), (false, "finance market".to_owned()));
}

#[test]
fn example_b_basic_active_finance_active() {
    let mut story = Story::begin();

    story.activate(&[package("basic"), addon("finance")]);

    assert_eq!((story.answer().has_basic, story.enabled()), (true, "basic finance".to_owned()));
    assert_eq!(story.answer().base_package, Some(package("basic").key));
}

#[test]
fn a_trial_entitles_like_an_active_row() {
    let mut story = Story::begin();

    story.write(to(&package("basic"), Status::Trial));

    assert_eq!((story.answer().has_basic, story.enabled()), (true, "basic".to_owned()));
}

#[test]
fn an_addon_ends_at_its_end_even_with_no_sweeper() {
    let mut story = Story::begin();
    story.write(between(&addon("finance"), 0, 30));
    let before = story.on(right_before(30)).answer();

    let after = story.on(day(30)).answer();

    assert_eq!((before.enabled_modules.len(), before.version, before.valid_until), (1, 1, Some(day(30))));
    assert_eq!((after.enabled_modules.len(), after.version, after.valid_until), (0, 2, None));
    assert_eq!(after.updated_at, day(30));
}

#[test]
fn an_addon_with_a_start_to_come_begins_at_its_start() {
    let mut story = Story::begin();
    story.write(between(&addon("finance"), 3, 30));

    assert_eq!(story.enabled(), "");
    assert_eq!(story.answer().valid_until, Some(day(3)));
    assert_eq!(story.on(right_before(3)).enabled(), "");
    assert_eq!(story.on(day(3)).enabled(), "finance");
    assert_eq!(story.version(), 2);
}

#[test]
fn a_grace_period_follows_the_end() {
    let mut story = Story::begin();
    let mut set = between(&addon("finance"), 0, 30);
    set.grace_ends_at = domain::Patch::Set(day(37));
    story.write(set);

    assert_eq!(story.on(day(30)).enabled(), "finance");
    assert_eq!(story.version(), 1);
    assert_eq!(story.on(right_before(37)).enabled(), "finance");
    assert_eq!(story.on(day(37)).enabled(), "");
    assert_eq!(story.version(), 2);
}
