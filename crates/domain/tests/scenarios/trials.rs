//! Trials and days of grace.

use domain::{ChangePackage, Command, Patch, SetHolding, Status, Uuid};

use crate::offer::{Offer, offer};
use crate::story::{Story, addon, between, day, package, to};

fn trial(key: &str) -> SetHolding {
    to(&addon(key), Status::Trial)
}

fn with_trial(what: Offer) -> Story {
    let mut story = Story::begin();
    story.offer(&addon("item"), what.trial(14));
    story
}

#[test]
fn a_trial_that_names_no_end_gets_the_days_of_its_definition() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    assert_eq!(story.answer().addons[0].ends_at, Some(day(14)));
    assert_eq!(story.on(day(14)).addons(), "");

    let mut later = with_trial(offer());
    later.write(SetHolding { starts_at: Patch::Set(day(5)), ..trial("item") });
    assert_eq!(later.row(&addon("item")).terms.window.ends_at, Some(day(19)), "from its start");

    let mut named = with_trial(offer());
    named.write(SetHolding { ends_at: Patch::Set(day(3)), ..trial("item") });
    assert_eq!(named.row(&addon("item")).terms.window.ends_at, Some(day(3)), "unless the write names one");
}

#[test]
fn a_repeated_trial_write_changes_nothing_whenever_it_comes() {
    for ends_at in [Patch::Keep, Patch::Clear] {
        let mut story = with_trial(offer());
        let write = || SetHolding { ends_at: ends_at.clone(), ..trial("item") };
        story.write(write());

        assert_eq!(story.on(day(7)).try_write(write()), Ok(None), "{ends_at:?}, on trial");
        assert_eq!(story.on(day(20)).try_write(write()), Ok(None), "{ends_at:?}, after its end");
    }
}

#[test]
fn a_company_has_one_trial_for_life() {
    for end in [Status::Cancelled, Status::Expired, Status::Inactive, Status::Active] {
        let mut story = with_trial(offer());
        story.write(trial("item"));
        story.on(day(3)).write(to(&addon("item"), end));

        assert_eq!(story.refused(trial("item")), ["one_trial"], "after {end:?}");
    }
    let mut ended = with_trial(offer());
    ended.write(trial("item"));
    let again = SetHolding { ends_at: Patch::Set(day(90)), ..trial("item") };
    assert_eq!(ended.on(day(14)).refused(again), ["one_trial"], "after its end");
    let mut other = ended.another_company();
    other.write(trial("item"));
}

#[test]
fn a_company_that_bought_at_once_may_have_its_trial_later() {
    let mut story = with_trial(offer());
    story.write(between(&addon("item"), 0, 10));
    story.on(day(20)).write(SetHolding { starts_at: Patch::Clear, ends_at: Patch::Clear, ..trial("item") });
    assert_eq!(story.row(&addon("item")).terms.window.ends_at, Some(day(34)));
}

#[test]
fn without_trial_days_trials_are_the_callers_business() {
    let mut story = Story::begin();
    for _ in 0..2 {
        story.write(trial("finance"));
        assert_eq!(story.answer().addons[0].ends_at, None);
        story.write(to(&addon("finance"), Status::Cancelled));
    }
}

#[test]
fn a_group_shares_one_trial() {
    let mut story = with_trial(offer().trial_group("line"));
    story.offer(&addon("other"), offer().trial(7).trial_group("line"));
    story.offer(&package("bundle"), offer().modules(&["venue"]).trial(7).trial_group("line"));
    story.offer(&addon("apart"), offer().trial(7));
    story.write(trial("item"));

    assert_eq!(story.refused(trial("other")), ["one_trial"], "while the first goes on");
    assert_eq!(story.refused(to(&package("bundle"), Status::Trial)), ["one_trial"]);
    let refusal = story.on(day(30)).try_write(trial("other")).unwrap_err();
    assert!(refusal.message.contains("`line`") && refusal.message.contains("`item`"), "{}", refusal.message);
    story.write(trial("apart"));
}

#[test]
fn a_paused_trial_is_resumed_until_its_first_end() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    story.on(day(3)).write(to(&addon("item"), Status::Paused));
    assert_eq!(story.addons(), "");

    story.on(day(9)).write(trial("item"));

    assert_eq!((story.addons(), story.row(&addon("item")).terms.window.ends_at), ("item".to_owned(), Some(day(14))));
}

#[test]
fn a_pause_makes_no_second_trial_also_when_the_end_is_cleared() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    story.on(day(3)).write(SetHolding { ends_at: Patch::Clear, ..to(&addon("item"), Status::Paused) });

    story.on(day(10)).write(trial("item"));

    assert_eq!(story.row(&addon("item")).terms.window.ends_at, Some(day(14)));
}

#[test]
fn a_paused_trial_that_has_ended_is_not_resumed() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    story.on(day(3)).write(to(&addon("item"), Status::Paused));

    let longer = SetHolding { ends_at: Patch::Set(day(40)), ..trial("item") };

    assert_eq!(story.on(day(15)).refused(longer), ["one_trial"]);
}

fn change_to(key: &str) -> Command {
    Command::ChangePackage(ChangePackage {
        fresh: Uuid::from_u128(7),
        package: package(key).key,
        from: None,
        effective_at: None,
        deactivate_invalidated: false,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    })
}

/// Two packages, each with a trial, from the one to the other.
fn two_tiers(group: bool) -> Story {
    let mut story = Story::begin();
    let line = |what: Offer| if group { what.trial(14).trial_group("tiers") } else { what.trial(14) };
    story.offer(&package("high"), line(offer().modules(&["ai"])));
    story.offer(&package("low"), line(offer().modules(&["venue"]).upgrades(&["high"])));
    story.edit(&package("high"), offer().downgrades(&["low"]));
    story
}

#[test]
fn a_change_of_package_carries_the_trial_on() {
    for group in [true, false] {
        let mut story = two_tiers(group);
        story.write(to(&package("low"), Status::Trial));

        story.on(day(5)).command(&change_to("high"));

        let terms = &story.row(&package("high")).terms;
        assert_eq!((terms.status, terms.window.ends_at), (Status::Trial, Some(day(14))));
        story.write(to(&package("high"), Status::Paused));
        story.write(to(&package("high"), Status::Trial));
        assert_eq!(story.row(&package("high")).terms.window.ends_at, Some(day(14)));
        story.write(to(&package("high"), Status::Cancelled));
        for key in ["high", "low"] {
            assert_eq!(story.refused(to(&package(key), Status::Trial)), ["one_trial"], "{key}, group {group}");
        }
    }
}

#[test]
fn a_change_of_a_paid_package_uses_up_no_trial() {
    let mut story = two_tiers(false);
    story.write(to(&package("low"), Status::Trial));
    story.on(day(3)).write(SetHolding { ends_at: Patch::Clear, ..to(&package("low"), Status::Active) });
    story.on(day(5)).command(&change_to("high"));
    story.on(day(9)).write(to(&package("high"), Status::Cancelled));

    story.write(SetHolding { starts_at: Patch::Clear, ..to(&package("high"), Status::Trial) });
}

#[test]
fn days_of_grace_follow_the_end_that_a_write_sets() {
    let mut story = Story::begin();
    story.offer(&addon("item"), offer().grace(7));
    let ends = |end| SetHolding { ends_at: Patch::Set(day(end)), ..to(&addon("item"), Status::Active) };
    let grace = |story: &Story| story.row(&addon("item")).terms.window.grace_ends_at;

    story.write(ends(30));
    assert_eq!(grace(&story), Some(day(37)));
    assert_eq!(story.on(day(36)).addons(), "item");
    story.write(ends(60));
    assert_eq!(grace(&story), Some(day(67)), "a renewal moves it");
    story.edit(&addon("item"), offer().grace(3));
    assert_eq!(story.try_write(ends(60)), Ok(None), "fixed at that write");
    story.write(SetHolding { grace_ends_at: Patch::Set(day(61)), ..ends(60) });
    assert_eq!(grace(&story), Some(day(61)), "a write may name it");
    story.write(SetHolding { grace_ends_at: Patch::Clear, ..ends(90) });
    assert_eq!(grace(&story), None, "or do without");
}

#[test]
fn an_end_with_days_of_grace_can_be_cleared() {
    let mut story = Story::begin();
    story.offer(&addon("item"), offer().grace(7));
    story.write(SetHolding { ends_at: Patch::Set(day(30)), ..to(&addon("item"), Status::Active) });

    story.write(SetHolding { ends_at: Patch::Clear, ..to(&addon("item"), Status::Active) });

    assert_eq!(story.row(&addon("item")).terms.window, domain::Window::default());
}

#[test]
fn a_pause_of_a_paid_row_gives_the_trial_back_to_nobody() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    story.on(day(3)).write(SetHolding { ends_at: Patch::Clear, ..to(&addon("item"), Status::Active) });
    story.on(day(5)).write(to(&addon("item"), Status::Paused));
    story.write(SetHolding { quantity: Some(2), ..to(&addon("item"), Status::Paused) });

    assert_eq!(story.refused(trial("item")), ["one_trial"], "it was paid for before the pause");
    story.write(to(&addon("item"), Status::Active));
    assert_eq!(story.addons(), "item");
}

#[test]
fn a_trial_may_be_paused_more_than_once() {
    let mut story = with_trial(offer());
    story.write(trial("item"));
    for (resumed, quantity) in [(4, 4), (8, 8)] {
        story.on(day(resumed - 1)).write(to(&addon("item"), Status::Paused));
        story.write(SetHolding { quantity: Some(quantity), ..to(&addon("item"), Status::Paused) });
        story.on(day(resumed)).write(trial("item"));
    }
    assert_eq!(story.row(&addon("item")).terms.window.ends_at, Some(day(14)));
}
