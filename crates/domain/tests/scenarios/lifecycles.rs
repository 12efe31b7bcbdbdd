//! Lifecycles, visibility, and who may assign and retire.

use domain::{Lifecycle, Patch, RefusalCode, SetHolding, Status, Visibility};

use crate::offer::offer;
use crate::story::{Story, addon, between, day, package, text, to};

use Lifecycle::{Active, Archived, Deprecated, Draft, Inactive};

/// A story with an add-on in a stage of its life.
fn with_item_at(stage: Lifecycle) -> Story {
    let mut story = Story::begin();
    let first = if stage == Draft { Draft } else { Active };
    story.offer(&addon("item"), offer().lifecycle(first));
    match stage {
        Draft | Active => {}
        Inactive | Deprecated => story.lead(&addon("item"), stage),
        Archived => {
            story.lead(&addon("item"), Inactive);
            story.lead(&addon("item"), Archived);
        }
    }
    story
}

#[test]
fn every_way_through_life_and_no_other() {
    let ways = [
        (Draft, Active),
        (Draft, Archived),
        (Active, Inactive),
        (Active, Deprecated),
        (Inactive, Active),
        (Inactive, Archived),
        (Deprecated, Active),
        (Deprecated, Archived),
    ];
    for from in Lifecycle::ALL {
        for to in Lifecycle::ALL.iter().filter(|to| *to != from) {
            let mut story = with_item_at(*from);
            let command = story.edit_of(&addon("item"), offer().lifecycle(*to));

            let changed = story.try_change(&command);

            if ways.contains(&(*from, *to)) {
                assert_eq!(changed, Ok(true), "{from:?} to {to:?}");
            } else {
                let refusal = changed.unwrap_err();
                assert_eq!(refusal.code, RefusalCode::Conflict, "{from:?} to {to:?}");
                assert!(refusal.message.contains(from.as_str()), "{}", refusal.message);
            }
        }
    }
}

#[test]
fn is_active_is_the_short_form_of_the_lifecycle() {
    for (from, is_active, to) in [
        (Draft, true, Active),
        (Active, false, Inactive),
        (Inactive, true, Active),
        (Deprecated, true, Active),
        (Deprecated, false, Deprecated),
        (Draft, false, Draft),
    ] {
        let mut story = with_item_at(from);
        let mut edit = offer();
        edit.0.is_active = Some(is_active);
        let command = story.edit_of(&addon("item"), edit);

        assert_eq!(story.try_change(&command), Ok(from != to), "{from:?} {is_active}");
        assert_eq!(story.catalog.item(&addon("item")).unwrap().lifecycle, to);
    }
    let mut story = with_item_at(Active);
    let mut contradicting = offer().lifecycle(Deprecated);
    contradicting.0.is_active = Some(true);
    let command = story.edit_of(&addon("item"), contradicting);
    assert_eq!(story.try_change(&command).unwrap_err().code, RefusalCode::Validation);
}

#[test]
fn a_new_item_is_no_archived_one() {
    let mut story = Story::begin();
    let command = story.creation_of(&addon("item"), offer().lifecycle(Archived));
    assert_eq!(story.try_change(&command).unwrap_err().breaches[0].rule, "lifecycleStatus");
}

#[test]
fn what_is_deprecated_or_inactive_stays_in_force_and_is_renewed_but_not_newly_assigned() {
    for stage in [Deprecated, Inactive] {
        let mut story = with_item_at(Active);
        story.write(between(&addon("item"), 0, 30));
        story.lead(&addon("item"), stage);
        assert_eq!((story.on(day(20)).addons(), story.version()), ("item".to_owned(), 1), "{stage:?}");

        story.write(SetHolding { ends_at: Patch::Set(day(60)), ..to(&addon("item"), Status::Active) });
        story.write(to(&addon("item"), Status::Paused));
        story.write(to(&addon("item"), Status::Active));
        assert_eq!(story.on(day(59)).addons(), "item", "{stage:?}");

        let mut newcomer = story.another_company();
        for status in [Status::Active, Status::Trial, Status::Paused] {
            assert_eq!(newcomer.refused(to(&addon("item"), status)), ["item_active"], "{stage:?} {status:?}");
        }
        story.write(to(&addon("item"), Status::Cancelled));
        assert_eq!(story.refused(to(&addon("item"), Status::Active)), ["item_active"], "{stage:?}, once cancelled");
    }
}

#[test]
fn a_draft_is_assigned_to_nobody() {
    let mut story = with_item_at(Draft);
    assert_eq!(story.refused(to(&addon("item"), Status::Active)), ["item_active"]);
    assert_eq!(story.refused(to(&addon("item"), Status::Paused)), ["item_active"]);
}

#[test]
fn a_paused_row_cannot_be_used_to_get_what_is_not_sold() {
    let mut story = with_item_at(Active);
    story.write(between(&addon("item"), 0, 10));
    story.lead(&addon("item"), Inactive);

    let ended = SetHolding { ends_at: Patch::Clear, ..to(&addon("item"), Status::Paused) };

    assert_eq!(story.on(day(11)).refused(ended), ["item_active"], "a row that has ended and would be resumable again");
}

#[test]
fn what_entitles_somebody_is_not_archived_and_the_refusal_says_how_many() {
    let mut story = with_item_at(Active);
    story.write(between(&addon("item"), 5, 30));
    story.lead(&addon("item"), Deprecated);
    let archive = story.edit_of(&addon("item"), offer().lifecycle(Archived));

    let refusal = story.try_change(&archive).unwrap_err();
    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Conflict, "holders"));
    assert!(refusal.message.contains("entitles 1 "), "{}", refusal.message);

    assert_eq!(story.on(day(30)).try_change(&archive), Ok(true), "once it has ended");
}

#[test]
fn everything_that_stands_in_the_way_of_an_archive_is_told_at_once() {
    let mut story = Story::begin();
    story.offer(&package("item"), offer().modules(&["finance"]));
    story.write(to(&package("item"), Status::Active));
    story.offer(&addon("extra"), offer().with_packages(&["item"]));
    story.lead(&package("item"), Deprecated);

    let refusal = story.try_change(&story.edit_of(&package("item"), offer().lifecycle(Archived))).unwrap_err();

    let told: Vec<_> =
        refusal.breaches.iter().map(|one| (one.rule, one.subject.as_deref(), one.source.is_some())).collect();
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert_eq!(
        told,
        [("holders", Some("package item"), true), ("compatiblePackages", Some("addon extra"), true)],
        "{refusal}"
    );
}

#[test]
fn a_way_that_leads_nowhere_hides_nothing_else_that_is_wrong() {
    let mut story = with_item_at(Deprecated);
    let command = story.edit_of(&addon("item"), offer().lifecycle(Draft).conflicts(&["addon:item", "module:nowhere"]));

    let refusal = story.try_change(&command).unwrap_err();

    let told: Vec<_> = refusal.breaches.iter().map(|one| one.rule).collect();
    assert_eq!(
        (refusal.code, told),
        (RefusalCode::Conflict, vec!["lifecycleStatus", "conflictsWith", "conflictsWith"])
    );
}

#[test]
fn what_was_archived_while_a_row_was_paused_is_not_resumed() {
    for item in [package("item"), addon("item")] {
        let mut story = Story::begin();
        story.offer(&item, offer().modules(&["venue"]));
        story.activate(std::slice::from_ref(&item));
        story.write(to(&item, Status::Paused));
        story.lead(&item, Deprecated);
        story.lead(&item, Archived);

        assert_eq!(story.refused(to(&item, Status::Active)), ["item_active"]);
        assert_eq!(story.enabled(), "");
        story.write(to(&item, Status::Cancelled));
    }
}

#[test]
fn what_is_for_migration_or_internal_use_is_assigned_only_from_there() {
    for (visibility, source) in [(Visibility::MigrationOnly, "migration"), (Visibility::InternalOnly, "internal")] {
        let mut story = Story::begin();
        story.offer(&addon("item"), offer().visible(visibility));
        let from = |source: &str| SetHolding { source: Patch::Set(text(source)), ..to(&addon("item"), Status::Active) };

        assert_eq!(story.refused(to(&addon("item"), Status::Active)), ["visibility"]);
        assert_eq!(story.refused(from("billing_sync")), ["visibility"]);
        story.write(from(source));

        story.write(from("billing_sync"));
        assert_eq!(story.addons(), "item", "a renewal may come from anywhere");
    }
    let mut story = Story::begin();
    story.offer(&addon("item"), offer().visible(Visibility::AdminOnly));
    story.activate(&[addon("item")]);
}

#[test]
fn only_its_assigners_assign_an_item_and_anybody_renews_and_ends_it() {
    let mut story = Story::begin();
    story.offer(&addon("item"), offer().governed(&["ann"], &[]));

    let refusal = story.try_write(to(&addon("item"), Status::Active)).unwrap_err();
    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Forbidden, "governance.assigners"));

    story.by("ann").activate(&[addon("item")]);
    story.by("bob").write(SetHolding { ends_at: Patch::Set(day(9)), ..to(&addon("item"), Status::Active) });
    story.write(to(&addon("item"), Status::Cancelled));
    let refusal = story.try_write(to(&addon("item"), Status::Active)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Forbidden);
}

#[test]
fn only_its_retirers_retire_an_item() {
    for stage in [Inactive, Deprecated] {
        let mut story = Story::begin();
        story.offer(&addon("item"), offer().governed(&[], &["ann"]));
        let retire = story.edit_of(&addon("item"), offer().lifecycle(stage));
        // Not even by naming oneself in the same breath.
        let seize = story.edit_of(&addon("item"), offer().lifecycle(stage).governed(&[], &["bob"]));

        for command in [&retire, &seize] {
            let refusal = story.by("bob").try_change(command).unwrap_err();
            assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Forbidden, "governance.retirers"));
        }
        assert_eq!(story.by("ann").try_change(&retire), Ok(true));
        let revive = story.edit_of(&addon("item"), offer().lifecycle(Active));
        assert_eq!(story.by("bob").try_change(&revive), Ok(true), "to sell it again is nobody's privilege");
    }
}

#[test]
fn whichever_way_it_is_said_only_its_retirers_retire_an_item_or_archive_it() {
    let mut story = Story::begin();
    story.offer(&addon("item"), offer().governed(&[], &["ann"]));
    let mut off = offer();
    off.0.is_active = Some(false);
    let off = story.edit_of(&addon("item"), off);
    let refusal = story.by("bob").try_change(&off).unwrap_err();
    assert_eq!(refusal.breaches[0].rule, "governance.retirers", "the short form is no way around");
    assert_eq!(story.by("ann").try_change(&off), Ok(true));

    let archive = story.edit_of(&addon("item"), offer().lifecycle(Archived));
    let refusal = story.by("bob").try_change(&archive).unwrap_err();
    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Forbidden, "governance.retirers"));
    assert_eq!(story.by("ann").try_change(&archive), Ok(true));
}
