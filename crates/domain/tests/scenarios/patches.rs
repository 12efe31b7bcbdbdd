//! What a write does not say stays; what it clears goes; what it sets stands.

use domain::{Patch, SetHolding, Status};

use crate::story::{Story, addon, between, day, text, to};

fn full() -> SetHolding {
    SetHolding {
        grace_ends_at: Patch::Set(day(40)),
        quantity: Some(3),
        source: Patch::Set(text("billing_sync")),
        external_reference: Patch::Set(text("sub_123")),
        ..between(&addon("finance"), 1, 30)
    }
}

#[test]
fn what_a_write_leaves_out_stays() {
    let mut story = Story::begin();
    story.write(full());
    let before = story.row(&addon("finance")).clone();

    story.write(to(&addon("finance"), Status::Paused));

    let after = story.row(&addon("finance"));
    assert_eq!(after.terms.window, before.terms.window);
    assert_eq!(after.terms.quantity, 3);
    assert_eq!(after.origin.source, Some(text("billing_sync")));
    assert_eq!(after.origin.external_reference, Some(text("sub_123")));
    assert_eq!(
        (after.terms.created_at, &after.origin.created_by),
        (before.terms.created_at, &before.origin.created_by)
    );
}

#[test]
fn what_a_write_clears_is_gone() {
    let mut story = Story::begin();
    story.write(full());

    story.write(SetHolding {
        starts_at: Patch::Clear,
        ends_at: Patch::Clear,
        grace_ends_at: Patch::Clear,
        source: Patch::Clear,
        external_reference: Patch::Clear,
        ..to(&addon("finance"), Status::Active)
    });

    let row = story.row(&addon("finance"));
    assert_eq!(row.terms.window, domain::Window::default());
    assert_eq!((&row.origin.source, &row.origin.external_reference), (&None, &None));
    assert_eq!(story.enabled(), "finance");
}

#[test]
fn clearing_the_end_and_leaving_the_grace_end_is_refused() {
    let mut story = Story::begin();
    story.write(full());

    let refusal = story.try_write(SetHolding { ends_at: Patch::Clear, ..to(&addon("finance"), Status::Active) });

    assert_eq!(refusal.unwrap_err().breaches[0].rule, "graceEndsAt");
}

#[test]
fn a_later_end_takes_the_place_of_the_grace_that_it_outlives() {
    let mut story = Story::begin();
    story.write(full());
    let window = story.row(&addon("finance")).terms.window;
    let (end, grace) = (window.ends_at.unwrap(), window.grace_ends_at.unwrap());
    let day = domain::Timestamp::clamped(grace.micros() + 86_400_000_000);

    story.write(SetHolding { ends_at: Patch::Set(day), ..to(&addon("finance"), Status::Active) });

    let renewed = story.row(&addon("finance")).terms.window;
    assert_eq!((renewed.ends_at, renewed.grace_ends_at), (Some(day), None));
    story.write(SetHolding {
        ends_at: Patch::Set(end),
        grace_ends_at: Patch::Set(grace),
        ..to(&addon("finance"), Status::Active)
    });
    story.write(SetHolding { ends_at: Patch::Set(grace), ..to(&addon("finance"), Status::Active) });
    assert_eq!(story.row(&addon("finance")).terms.window.grace_ends_at, Some(grace), "it does not end before");
}

#[test]
fn a_change_of_source_or_reference_alone_is_a_change() {
    let mut story = Story::begin();
    story.write(full());

    story.write(SetHolding { source: Patch::Set(text("platform_admin")), ..to(&addon("finance"), Status::Active) });
    story.write(SetHolding { external_reference: Patch::Clear, ..to(&addon("finance"), Status::Active) });

    assert_eq!(story.version(), 3);
}

#[test]
fn a_write_that_changes_nothing_moves_no_version_and_adds_no_history() {
    let mut story = Story::begin();
    story.write(full());
    let before = story.state.clone();

    assert_eq!(story.try_write(full()), Ok(None));
    assert_eq!(story.try_write(to(&addon("finance"), Status::Active)), Ok(None));

    assert_eq!(story.state, before);
}

#[test]
fn a_repeated_write_changes_nothing_even_after_the_row_has_ended_and_its_item_is_sold_no_more() {
    let mut story = Story::begin();
    story.write(full());
    story.remap(&addon("finance"), &["ai"], domain::Reach::Future);
    story.switch_item(&addon("finance"), false);

    let repeated = story.on(day(50)).try_write(full());

    assert_eq!(repeated, Ok(None));
    assert_eq!(story.row(&addon("finance")).terms.assigned_revision, 1);
}
