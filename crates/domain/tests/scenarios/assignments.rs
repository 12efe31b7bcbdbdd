//! Renewals, new assignments, inactive items, one base package.

use domain::{Command, ItemRef, Patch, Reach, RefusalCode, SetHolding, Status};

use crate::offer::{offer, term};
use crate::story::{Story, addon, between, day, package, right_before, to};

#[test]
fn a_renewal_keeps_its_revision_and_a_new_assignment_gets_the_newest() {
    let mut story = Story::begin();
    let finance = addon("finance");
    story.write(between(&finance, 0, 30));
    story.remap(&finance, &["finance", "ai"], Reach::Future);

    story.on(right_before(30)).write(SetHolding { ends_at: Patch::Set(day(60)), ..to(&finance, Status::Active) });
    assert_eq!((story.row(&finance).terms.assigned_revision, story.enabled()), (1, "finance".to_owned()));

    story.on(day(60)).write(SetHolding { ends_at: Patch::Set(day(90)), ..to(&finance, Status::Active) });
    assert_eq!((story.row(&finance).terms.assigned_revision, story.enabled()), (2, "ai finance".to_owned()));
}

#[test]
fn a_row_in_its_grace_period_or_paused_is_renewed() {
    for (status, ends) in [(Status::Active, 10), (Status::Paused, 90)] {
        let mut story = Story::begin();
        let finance = addon("finance");
        let grace_ends_at = Patch::Set(day(ends + 10));
        story.write(SetHolding { grace_ends_at, ..between(&finance, 0, ends) });
        if status == Status::Paused {
            story.write(to(&finance, Status::Paused));
        }
        story.remap(&finance, &["ai"], Reach::Future);

        story.on(day(15)).write(SetHolding { quantity: Some(2), ..to(&finance, Status::Active) });

        assert_eq!(story.row(&finance).terms.assigned_revision, 1, "{status:?}");
    }
}

#[test]
fn a_cancelled_row_that_becomes_active_is_a_new_assignment() {
    let mut story = Story::begin();
    let finance = addon("finance");
    story.activate(std::slice::from_ref(&finance));
    story.remap(&finance, &["ai"], Reach::Future);
    story.write(to(&finance, Status::Cancelled));
    assert_eq!(story.row(&finance).terms.assigned_revision, 1);

    story.write(to(&finance, Status::Active));

    assert_eq!((story.row(&finance).terms.assigned_revision, story.enabled()), (2, "ai".to_owned()));
}

#[test]
fn an_inactive_item_stays_with_those_who_hold_it_and_is_sold_to_nobody() {
    let mut holder = Story::begin();
    let finance = addon("finance");
    holder.write(between(&finance, 0, 30));
    holder.switch_item(&finance, false);
    assert_eq!((holder.enabled(), holder.version()), ("finance".to_owned(), 1));

    holder.on(day(29)).write(SetHolding { ends_at: Patch::Set(day(60)), ..to(&finance, Status::Active) });
    assert_eq!(holder.on(day(59)).enabled(), "finance");

    let again = holder.on(day(60)).try_write(SetHolding { ends_at: Patch::Clear, ..to(&finance, Status::Active) });
    assert_eq!(again.unwrap_err().code, RefusalCode::Conflict);
    let mut newcomer = Story::begin();
    newcomer.switch_item(&finance, false);
    let refusal = newcomer.try_write(to(&finance, Status::Trial)).unwrap_err();
    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Conflict, "item_active"));
    assert!(refusal.message.contains("`finance`"), "{}", refusal.message);
    assert!(newcomer.try_write(to(&finance, Status::Inactive)).unwrap().is_some(), "a row that entitles to nothing");
}

#[test]
fn a_second_base_package_is_refused_while_the_first_is_in_force() {
    let mut story = Story::begin();
    story.sell(&package("plus"), &["basic", "market"]);
    story.write(between(&package("basic"), 0, 30));

    let refusal = story.try_write(between(&package("plus"), 29, 60)).unwrap_err();
    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Conflict, "one_base_package"));
    assert!(refusal.message.contains("`basic`"), "{}", refusal.message);

    story.write(between(&package("plus"), 30, 60));
    assert_eq!(story.on(right_before(30)).answer().base_package, Some(package("basic").key));
    assert_eq!(story.on(day(30)).answer().base_package, Some(package("plus").key));
}

#[test]
fn a_package_without_a_base_module_stands_beside_the_base_package() {
    let mut story = Story::begin();
    story.sell(&package("premium-market"), &["market"]);

    story.activate(&[package("premium-market"), package("basic")]);

    assert_eq!(story.enabled(), "basic market");
    assert_eq!(story.answer().base_package, Some(package("basic").key));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let mut story = Story::begin();

    let unknown = story.try_write(to(&addon("nothing"), Status::Active)).unwrap_err();
    let never_written = story.try_command(&Command::Repair).unwrap_err();

    assert_eq!((unknown.code, never_written.code), (RefusalCode::NotFound, RefusalCode::NotFound));
    assert!(unknown.message.contains("`nothing`"));
}

#[test]
fn a_window_that_makes_no_sense_is_refused_with_every_reason() {
    let mut story = Story::begin();
    let backwards = SetHolding { grace_ends_at: Patch::Set(day(1)), ..between(&addon("ai"), 10, 5) };

    let refusal = story.try_write(backwards).unwrap_err();

    let rules: Vec<_> = refusal.breaches.iter().map(|breach| breach.rule).collect();
    assert_eq!((refusal.code, rules), (RefusalCode::Validation, vec!["endsAt", "graceEndsAt"]));
    assert!(!story.state.is_known(), "a refused write makes no company known");
}

#[test]
fn a_repair_moves_the_version_by_one_and_owns_nothing_new() {
    let mut story = Story::begin();
    story.activate(&[addon("ai")]);

    let changes = story.try_command(&Command::Repair).unwrap().unwrap();

    assert_eq!(changes.events()[0].change_type, domain::ChangeType::EntitlementRepaired);
    assert_eq!((story.version(), story.enabled()), (2, "ai".to_owned()));
}

#[test]
fn the_first_resume_of_what_was_assigned_paused_is_an_assignment() {
    let mut story = Story::begin();
    story.offer(&package("extra"), offer().modules(&["venue"]).beside_a_base_package());
    story.offer(&addon("report"), offer().requires(term("module:finance")));
    for item in [package("extra"), addon("report")] {
        story.write(to(&item, Status::Paused));
    }
    let resume = |item: &ItemRef| to(item, Status::Active);

    assert_eq!(story.refused(resume(&package("extra"))), ["requires_base_package"]);
    assert_eq!(story.refused(resume(&addon("report"))), ["requires"]);
    story.edit(&addon("report"), offer().modules(&["ai"]).reach(Reach::Future));
    story.activate(&[package("basic"), addon("finance"), package("extra"), addon("report")]);
    assert_eq!(story.row(&addon("report")).terms.assigned_revision, 2, "assigned now, at the newest revision");

    for item in [package("extra"), addon("report")] {
        story.write(to(&item, Status::Paused));
    }
    story.write(to(&addon("finance"), Status::Cancelled));
    story.write(to(&package("basic"), Status::Cancelled));
    story.activate(&[package("extra"), addon("report")]);
    assert_eq!(story.addons(), "", "a resume is not judged again; what does not work comes back by itself");
}

#[test]
fn what_was_ended_is_not_resumed_by_way_of_a_pause() {
    let mut story = Story::begin();
    story.offer(&package("extra"), offer().modules(&["venue"]).beside_a_base_package());
    story.activate(&[package("basic"), package("extra")]);
    story.write(to(&package("extra"), Status::Cancelled));
    story.write(to(&package("basic"), Status::Cancelled));

    story.write(to(&package("extra"), Status::Paused));

    assert_eq!(story.refused(to(&package("extra"), Status::Active)), ["requires_base_package"]);
}
