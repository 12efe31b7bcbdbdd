//! Credits of what begins later: they are there from its first instant on, and not at all when it is cancelled before.

use domain::{
    ChangePackage, ChangeSet, ChangeType, Combine, Command, CreditMove, FeatureKind, FeatureValue, Patch, SetHolding,
    Status, Timestamp, Uuid,
};

use crate::offer::{feature_key, offer};
use crate::story::{Story, addon, between, day, package, right_before, text, to};

/// A small package that leads to a large one with 50 mails, and a refill of 100.
fn begin() -> Story {
    let mut story = Story::begin();
    story.feature("mails", FeatureKind::Credit, Combine::Sum);
    story.offer(&addon("refill"), offer().feature("mails", FeatureValue::Amount(100)));
    story.offer(&package("small"), offer().modules(&["basic"]));
    let large = offer().modules(&["basic", "market"]).feature("mails", FeatureValue::Amount(50));
    story.offer(&package("large"), large.downgrades(&["small"]));
    story.edit(&package("small"), offer().upgrades(&["large"]));
    story
}

fn balance(story: &Story, at: Timestamp) -> u64 {
    story.state.credits.balance(&feature_key("mails"), at)
}

fn planned(number: i64) -> Command {
    Command::ChangePackage(ChangePackage {
        fresh: Uuid::from_u128(7_000),
        package: package("large").key,
        from: None,
        effective_at: Some(day(number)),
        deactivate_invalidated: false,
        source: Patch::Keep,
        external_reference: Patch::Keep,
    })
}

fn scheduled(number: i64, reference: &str) -> SetHolding {
    SetHolding {
        starts_at: Patch::Set(day(number)),
        external_reference: Patch::Set(text(reference)),
        ..to(&addon("refill"), Status::Active)
    }
}

fn write(story: &mut Story, set: SetHolding) {
    story.try_write(set).unwrap().unwrap();
}

fn told(changes: &ChangeSet) -> Vec<(CreditMove, u64, u64)> {
    changes.credit_entries.iter().map(|entry| (entry.kind, entry.amount, entry.balance)).collect()
}

#[test]
fn credits_of_a_planned_change_are_there_when_it_takes_effect_and_not_before() {
    let mut story = begin();
    story.activate(&[package("small")]);

    let changes = story.command(&planned(10));

    assert_eq!(told(&changes), [(CreditMove::Grant, 50, 0)], "the balance is not more for it");
    assert_eq!(changes.credit_entries[0].starts_at, Some(day(10)));
    assert_eq!((balance(&story, right_before(10)), balance(&story, day(10))), (0, 50));
}

#[test]
fn what_has_not_begun_cannot_be_used() {
    let mut story = begin();
    story.activate(&[package("small")]);
    story.command(&planned(10));
    let consume = |amount| {
        let (entry, feature) = (Uuid::from_u128(1), feature_key("mails"));
        let (reason, external_reference) = (None, None);
        Command::ConsumeCredits(domain::ConsumeCredits { entry, feature, amount, reason, external_reference })
    };

    let refusal = story.on(right_before(10)).try_command(&consume(1)).unwrap_err();
    assert_eq!(refusal.breaches[0].rule, "balance");

    let changes = story.on(day(10)).command(&consume(50));
    assert_eq!(told(&changes), [(CreditMove::Consume, 50, 0)]);
}

#[test]
fn a_planned_change_that_is_taken_back_takes_its_credits_back_and_brings_them_when_it_is_planned_again() {
    let mut story = begin();
    story.activate(&[package("small")]);
    story.command(&planned(10));

    let changes = story.command(&Command::CancelPackageChange);

    assert_eq!(told(&changes), [(CreditMove::TakeBack, 50, 0)]);
    assert!(changes.events().iter().any(|event| event.change_type == ChangeType::CreditTakenBack));
    assert_eq!(balance(&story, day(99)), 0);
    let again = story.command(&planned(20));
    assert_eq!(told(&again), [(CreditMove::Grant, 50, 0)]);
    assert_eq!((balance(&story, right_before(20)), balance(&story, day(99))), (0, 50));
}

#[test]
fn what_has_begun_stays_whatever_becomes_of_the_row() {
    let mut story = begin();
    write(&mut story, scheduled(5, "pay_1"));
    write(story.on(day(5)), to(&addon("refill"), Status::Cancelled));
    assert_eq!(balance(&story, day(6)), 100);
}

#[test]
fn credits_of_a_scheduled_addon_follow_its_start() {
    let mut story = begin();
    write(&mut story, scheduled(10, "pay_1"));
    assert_eq!((balance(&story, right_before(10)), balance(&story, day(10))), (0, 100));

    write(&mut story, scheduled(20, "pay_1"));
    assert_eq!((balance(&story, right_before(20)), balance(&story, day(20))), (0, 100));

    write(story.on(day(3)), SetHolding { starts_at: Patch::Clear, ..to(&addon("refill"), Status::Active) });
    assert_eq!((balance(&story, day(3)), balance(&story, day(99))), (100, 100));
}

#[test]
fn a_scheduled_purchase_that_is_cancelled_brings_nothing_and_may_be_made_again() {
    for status in [Status::Cancelled, Status::Inactive, Status::Expired] {
        let mut story = begin();
        write(&mut story, scheduled(10, "pay_1"));
        let changes = story.try_write(to(&addon("refill"), status)).unwrap().unwrap();
        assert_eq!(told(&changes), [(CreditMove::TakeBack, 100, 0)], "{status:?}");
        assert_eq!(changes.credit_entries[0].external_reference, Some(text("pay_1")));
        assert_eq!(balance(&story, day(99)), 0);

        write(&mut story, scheduled(30, "pay_1"));
        assert_eq!(balance(&story, day(30)), 100, "the same purchase, made after all");
    }
}

#[test]
fn while_a_scheduled_row_is_paused_its_credits_wait() {
    let mut story = begin();
    write(&mut story, scheduled(10, "pay_1"));
    write(&mut story, to(&addon("refill"), Status::Paused));
    assert_eq!(balance(&story, day(99)), 0);

    let changes = story.on(day(15)).try_write(to(&addon("refill"), Status::Active)).unwrap().unwrap();

    assert_eq!(told(&changes), [], "they were granted already");
    assert_eq!(balance(&story, day(15)), 100);
}

#[test]
fn a_new_assignment_takes_back_what_still_waits_for_an_old_one() {
    let mut story = begin();
    write(
        &mut story,
        SetHolding { external_reference: Patch::Set(text("pay_1")), ..between(&addon("refill"), 10, 20) },
    );
    write(&mut story, to(&addon("refill"), Status::Paused));
    let later = SetHolding {
        starts_at: Patch::Clear,
        ends_at: Patch::Clear,
        external_reference: Patch::Set(text("pay_2")),
        ..to(&addon("refill"), Status::Active)
    };

    let changes = story.on(day(30)).try_write(later).unwrap().unwrap();

    assert_eq!(told(&changes), [(CreditMove::TakeBack, 100, 0), (CreditMove::Grant, 100, 100)]);
}

#[test]
fn a_plan_that_leaves_a_scheduled_row_no_time_holds_its_credits_up_until_it_is_taken_back() {
    let mut story = begin();
    story.offer(&package("side"), offer().modules(&["touring"]).feature("mails", FeatureValue::Amount(7)));
    story.edit(&package("side"), offer().upgrades(&["large"]));
    write(&mut story, between(&package("side"), 10, 40));
    let Command::ChangePackage(change) = planned(10) else { return };
    story.command(&Command::ChangePackage(change));
    assert_eq!(balance(&story, day(10)), 50, "of the new package only");

    story.command(&Command::CancelPackageChange);

    assert_eq!((balance(&story, right_before(10)), balance(&story, day(10))), (0, 7));
}

#[test]
fn a_package_brings_the_credits_of_what_it_includes_once_with_its_assignment() {
    let mut story = begin();
    let studio = offer().modules(&["touring"]).feature("mails", FeatureValue::Amount(5)).includes(&["refill"]);
    story.offer(&package("studio"), studio);

    let changes = story.try_write(to(&package("studio"), Status::Active)).unwrap().unwrap();

    assert_eq!(told(&changes), [(CreditMove::Grant, 105, 105)], "one lot: its own and the included add-on's");
    write(&mut story, SetHolding { quantity: Some(2), ..to(&package("studio"), Status::Active) });
    assert_eq!(balance(&story, day(99)), 105, "a change of the row is no purchase");
}

#[test]
fn an_included_addon_that_does_not_work_brings_nothing() {
    let mut story = begin();
    story.offer(&addon("extra"), offer().feature("mails", FeatureValue::Amount(30)).conflicts(&["addon:refill"]));
    story.offer(&package("studio"), offer().modules(&["touring"]).includes(&["extra"]));
    write(&mut story, to(&addon("refill"), Status::Active));
    write(story.on(day(1)), to(&package("studio"), Status::Active));
    assert_eq!(balance(&story, day(1)), 100);
}
