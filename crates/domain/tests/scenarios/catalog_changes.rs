//! What catalog changes do to those who hold what changes, and to nobody else.

use domain::{Breach, CatalogCommand, ModuleKind, Patch, Reach, RefusalCode};

use crate::offer::offer;
use crate::story::{Story, addon, day, package, text};

#[test]
fn a_change_that_reaches_existing_holders_reaches_them_at_once() {
    let mut story = Story::begin();
    story.activate(&[addon("finance"), addon("venue")]);

    story.on(day(5)).remap(&addon("finance"), &["finance", "ai"], Reach::Existing);

    assert_eq!((story.enabled(), story.version()), ("ai finance venue".to_owned(), 3));
    assert_eq!(story.answer().updated_at, day(5));
    assert_eq!(story.state.write_seq, 2, "no row was written");
}

#[test]
fn a_change_for_the_future_reaches_only_assignments_from_then_on() {
    let mut holder = Story::begin();
    holder.activate(&[addon("finance")]);

    holder.remap(&addon("finance"), &["finance", "ai"], Reach::Future);
    let mut newcomer = Story::begin();
    newcomer.catalog = holder.catalog.clone();
    newcomer.activate(&[addon("finance")]);

    assert_eq!((holder.enabled(), holder.version()), ("finance".to_owned(), 1));
    assert_eq!((newcomer.enabled(), newcomer.version()), ("ai finance".to_owned(), 1));
}

#[test]
fn a_later_change_for_existing_holders_reaches_those_of_every_revision() {
    let mut story = Story::begin();
    story.activate(&[addon("finance")]);
    story.remap(&addon("finance"), &["finance", "ai"], Reach::Future);

    story.remap(&addon("finance"), &["venue"], Reach::Existing);

    assert_eq!((story.enabled(), story.version() > 1), ("venue".to_owned(), true));
}

#[test]
fn a_change_of_something_else_moves_no_version() {
    let mut story = Story::begin();
    story.activate(&[package("basic"), addon("finance")]);

    story.remap(&addon("venue"), &["venue", "ai"], Reach::Existing);
    story.switch_module("ai", false);
    story.switch_item(&addon("touring"), false);
    story.sell(&addon("new"), &["finance"]);

    assert_eq!((story.version(), story.enabled()), (2, "basic finance".to_owned()));
}

#[test]
fn a_module_that_is_switched_off_is_enabled_for_nobody_until_it_is_switched_on() {
    let mut story = Story::begin();
    story.activate(&[package("basic"), addon("finance")]);
    let versions = [story.version()];

    story.switch_module("finance", false);
    assert_eq!((story.enabled(), story.addons()), ("basic".to_owned(), "finance".to_owned()));
    let versions = [versions[0], story.version()];
    story.switch_module("finance", true);
    assert_eq!(story.enabled(), "basic finance");

    assert!(versions[0] < versions[1] && versions[1] < story.version());
}

#[test]
fn a_base_module_that_is_switched_off_takes_basic_away() {
    let mut story = Story::begin();
    story.activate(&[package("basic"), addon("finance")]);

    story.switch_module("basic", false);

    let answer = story.answer();
    assert_eq!((answer.has_basic, answer.base_package, story.enabled()), (false, None, "finance".to_owned()));
}

#[test]
fn a_new_name_makes_no_revision_and_moves_no_version() {
    let mut story = Story::begin();
    story.activate(&[addon("finance")]);
    let mut command = story.update(&addon("finance"), Some(&["finance"]), Reach::Existing);
    if let CatalogCommand::UpdateItem { edit, .. } = &mut command {
        (edit.name, edit.description) = (Some(text("Finance & Tax")), Patch::Set(text("for the books")));
    }

    assert_eq!(story.try_change(&command), Ok(true));
    assert_eq!(story.try_change(&command), Ok(false), "the second time nothing changes");

    assert_eq!(story.catalog.item(&addon("finance")).unwrap().revisions.len(), 1);
    assert_eq!(story.version(), 1);
}

#[test]
fn a_catalog_that_makes_no_sense_is_refused_with_every_reason() {
    let mut story = Story::begin();
    story.module("core", ModuleKind::Base);
    let mut refused = |item, modules: &[&str]| {
        let command = story.creation(&item, modules);
        let refusal = story.try_change(&command).unwrap_err();
        (refusal.code, refusal.breaches.len())
    };

    assert_eq!(refused(addon("fresh"), &["nowhere", "venue", "venue", "basic"]), (RefusalCode::Validation, 3));
    assert_eq!(refused(package("fresh"), &["basic", "core"]), (RefusalCode::Validation, 1));
    assert_eq!(refused(addon("finance"), &["finance"]), (RefusalCode::Conflict, 1));
    story.sell(&addon("live-sales"), &[]);
    let command = story.creation(&addon("live_sales"), &[]);
    let refusal = story.try_change(&command).unwrap_err();
    assert!(refusal.message.contains("`live-sales`"), "{}", refusal.message);
}

#[test]
fn a_key_that_is_taken_hides_nothing_else_that_is_wrong() {
    let mut story = Story::begin();
    story.offer(&package("team_one"), offer());
    let commands = [
        story.creation_of(&package("team-one"), offer()),
        story.creation_of(&package("team_one"), offer().modules(&["nowhere"])),
        story.creation_of(&package("team-july"), offer().modules(&["elsewhere"])),
    ];

    let refusal = story.try_changes(&commands).unwrap_err();

    let told = |breach: &Breach| {
        let item = breach.subject.clone().unwrap_or_default();
        assert!(breach.source.is_some(), "{breach:?}");
        format!("{item}: {}", breach.rule)
    };
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert_eq!(
        refusal.breaches.iter().map(told).collect::<Vec<_>>(),
        [
            "package team-one: key",
            "package team_one: key",
            "package team_one: moduleKeys",
            "package team-july: moduleKeys",
            "package team-july: key"
        ]
    );
    assert_eq!(
        story.try_changes(&commands[1..2]).unwrap_err().message.split(" (and").next(),
        Some("package key already exists")
    );
}
