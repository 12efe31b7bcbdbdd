//! Revisions: whom a change reaches.

use domain::{Command, Reach, RefusalCode, Status};

use crate::offer::offer;
use crate::story::{Story, addon, package, to};

use Reach::{Existing, Future};

fn moved(item: &domain::ItemRef, revision: u32) -> Command {
    Command::MoveRevision { item: item.clone(), from: None, revision }
}

#[test]
fn a_change_for_the_future_is_widened_by_saying_it_again_for_existing_holders() {
    let mut story = Story::begin();
    let venue = addon("venue");
    story.activate(std::slice::from_ref(&venue));
    story.remap(&venue, &["venue", "ai"], Future);
    assert_eq!((story.enabled(), story.version()), ("venue".to_owned(), 1));

    story.remap(&venue, &["venue", "ai"], Existing);

    assert_eq!((story.enabled(), story.version() > 1), ("ai venue".to_owned(), true));
    let again = story.update(&venue, Some(&["venue", "ai"]), Existing);
    assert_eq!(story.try_change(&again), Ok(false), "once is enough");
    assert_eq!(story.catalog.item(&venue).unwrap().revisions.len(), 3);
}

#[test]
fn what_is_said_without_a_reach_reaches_existing_holders_and_widens_nothing() {
    let mut story = Story::begin();
    let venue = addon("venue");
    story.activate(std::slice::from_ref(&venue));
    story.edit(&venue, offer().modules(&["venue", "ai"]));
    assert_eq!(story.enabled(), "ai venue");

    story.remap(&venue, &["venue"], Future);
    let same = story.edit_of(&venue, offer().modules(&["venue"]));
    assert_eq!(story.try_change(&same), Ok(false), "that is what it says already");
    assert_eq!(story.enabled(), "ai venue");
}

#[test]
fn included_addons_stand_at_the_newest_revision_that_reached_existing_holders() {
    let mut story = Story::begin();
    story.edit(&package("basic"), offer().includes(&["venue"]));
    story.activate(&[package("basic")]);
    story.remap(&addon("venue"), &["venue", "ai"], Future);
    assert_eq!((story.enabled(), story.version()), ("basic venue".to_owned(), 1));
    let mut newcomer = story.another_company();
    newcomer.activate(&[package("basic")]);
    assert_eq!(newcomer.enabled(), "basic venue", "for new holders of the package too");

    story.remap(&addon("venue"), &["venue", "ai"], Existing);

    assert_eq!((story.enabled(), story.version() > 1), ("basic ai venue".to_owned(), true));
}

#[test]
fn a_row_is_moved_to_another_revision_and_back() {
    let mut story = Story::begin();
    let venue = addon("venue");
    story.activate(std::slice::from_ref(&venue));
    story.remap(&venue, &["venue", "ai"], Future);

    story.command(&moved(&venue, 2));
    assert_eq!((story.enabled(), story.version()), ("ai venue".to_owned(), 2));
    assert_eq!(story.try_command(&moved(&venue, 2)), Ok(None), "it is there already");
    story.command(&moved(&venue, 1));
    assert_eq!((story.enabled(), story.version()), ("venue".to_owned(), 3), "one step back");

    assert_eq!(story.try_command(&moved(&venue, 3)).unwrap_err().code, RefusalCode::Conflict);
    assert_eq!(story.try_command(&moved(&addon("ai"), 1)).unwrap_err().code, RefusalCode::NotFound);
    assert_eq!(story.another_company().try_command(&moved(&venue, 1)).unwrap_err().code, RefusalCode::NotFound);
}

#[test]
fn no_row_goes_back_behind_what_reached_everybody() {
    let mut story = Story::begin();
    let venue = addon("venue");
    story.activate(std::slice::from_ref(&venue));
    story.remap(&venue, &["ai"], Existing);
    story.remap(&venue, &["touring"], Future);
    story.command(&moved(&venue, 3));

    story.command(&moved(&venue, 1));

    assert_eq!(story.enabled(), "ai");
}

#[test]
fn a_move_that_makes_a_second_base_package_is_refused() {
    let mut story = Story::begin();
    story.offer(&package("plus"), offer().modules(&["market"]));
    story.activate(&[package("basic"), package("plus")]);
    story.remap(&package("plus"), &["market", "basic"], Future);

    let refusal = story.try_command(&moved(&package("plus"), 2)).unwrap_err();

    assert_eq!(refusal.breaches[0].rule, "one_base_package");
    story.write(to(&package("basic"), Status::Cancelled));
    story.command(&moved(&package("plus"), 2));
    assert_eq!(story.answer().base_package, Some(package("plus").key));
}

#[test]
fn a_package_becomes_a_base_package_for_nobody_by_a_change_of_the_catalog() {
    let mut story = Story::begin();
    story.offer(&package("plus"), offer().modules(&["market"]));
    story.activate(&[package("basic"), package("plus")]);
    let change = story.update(&package("plus"), Some(&["market", "basic"]), Existing);

    let refusal = story.try_change(&change).unwrap_err();

    assert_eq!((refusal.code, refusal.breaches[0].rule), (RefusalCode::Conflict, "one_base_package"));
    assert!(refusal.message.contains("1 companies"), "{}", refusal.message);
    assert_eq!(story.another_company().try_change(&change), Ok(true), "where nobody has it");
}

#[test]
fn nor_by_taking_back_what_it_lost_for_the_future_only() {
    let mut story = Story::begin();
    story.offer(&package("plus"), offer().modules(&["basic", "market"]));
    story.remap(&package("plus"), &["market"], Future);
    story.activate(&[package("basic"), package("plus")]);
    let change = story.update(&package("plus"), Some(&["basic", "market"]), Existing);

    let refusal = story.try_change(&change).unwrap_err();

    assert_eq!(refusal.breaches[0].rule, "one_base_package");
}

#[test]
fn a_row_is_moved_only_from_the_revision_that_it_was_seen_at() {
    let mut story = Story::begin();
    let venue = addon("venue");
    story.activate(std::slice::from_ref(&venue));
    story.remap(&venue, &["venue", "ai"], Future);
    story.remap(&venue, &["venue", "touring"], Future);
    let move_from = |from, revision| Command::MoveRevision { item: venue.clone(), from: Some(from), revision };

    assert_eq!(story.try_command(&move_from(2, 3)), Ok(None), "it stands at 1");
    story.command(&move_from(1, 3));
    assert_eq!(story.enabled(), "touring venue");
    assert_eq!(story.try_command(&move_from(2, 1)), Ok(None), "so is its way back");
    assert_eq!(story.enabled(), "touring venue");
}
