//! What the history calls a change.

use domain::{ChangeType, Status};

use crate::story::{Story, addon, package, to};

/// What the history says of a row's way from one status (or none) to another.
fn told(item: &domain::ItemRef, from: Option<Status>, status: Status) -> ChangeType {
    let mut story = Story::begin();
    story.sell(&package("plus"), &["market"]);
    if let Some(from) = from {
        story.write(to(item, from));
    }
    let mut set = to(item, status);
    set.quantity = Some(2);
    story.write(set)
}

#[test]
fn a_row_is_activated_deactivated_paused_expired_or_updated() {
    use Status::{Active, Cancelled, Expired, Inactive, Paused, Trial};
    let finance = addon("finance");
    for (from, to, expected) in [
        (None, Active, ChangeType::AddonActivated),
        (None, Trial, ChangeType::AddonActivated),
        (Some(Paused), Active, ChangeType::AddonActivated),
        (Some(Expired), Trial, ChangeType::AddonActivated),
        (Some(Trial), Active, ChangeType::AddonUpdated),
        (Some(Active), Active, ChangeType::AddonUpdated),
        (Some(Active), Inactive, ChangeType::AddonDeactivated),
        (Some(Trial), Cancelled, ChangeType::AddonDeactivated),
        (Some(Paused), Cancelled, ChangeType::AddonUpdated),
        (None, Inactive, ChangeType::AddonUpdated),
        (Some(Inactive), Cancelled, ChangeType::AddonUpdated),
        (Some(Active), Paused, ChangeType::AddonPaused),
        (None, Paused, ChangeType::AddonPaused),
        (Some(Paused), Paused, ChangeType::AddonUpdated),
        (Some(Active), Expired, ChangeType::AddonExpired),
        (Some(Paused), Expired, ChangeType::AddonExpired),
        (Some(Expired), Expired, ChangeType::AddonUpdated),
    ] {
        assert_eq!(told(&finance, from, to), expected, "from {from:?} to {to:?}");
    }
}

#[test]
fn the_package_basic_has_words_of_its_own() {
    for (status, basic, other) in [
        (Status::Active, ChangeType::BasicActivated, ChangeType::PackageActivated),
        (Status::Paused, ChangeType::BasicPaused, ChangeType::PackagePaused),
        (Status::Expired, ChangeType::BasicExpired, ChangeType::PackageExpired),
        (Status::Inactive, ChangeType::BasicUpdated, ChangeType::PackageUpdated),
    ] {
        assert_eq!(told(&package("basic"), None, status), basic);
        assert_eq!(told(&package("plus"), None, status), other);
    }
    assert_eq!(told(&package("basic"), Some(Status::Trial), Status::Cancelled), ChangeType::BasicDeactivated);
    assert_eq!(told(&package("plus"), Some(Status::Active), Status::Inactive), ChangeType::PackageDeactivated);
}
