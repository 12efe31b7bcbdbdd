//! The entitlement version: moves whenever the answer does, and never goes back.

use crate::{Catalog, Revision, Standing, Timestamp};

/// The entitlement version at `instant`: stored base + epochs of what entitling rows point at + boundaries crossed.
///
/// Between company writes every term only grows; a company write stores the base that makes the version exactly one more than
/// it was. 0 for a company that was never written.
pub fn version_at(standing: &Standing, catalog: &Catalog, instant: Timestamp) -> u64 {
    let version = i128::from(standing.version_base) + i128::from(moving_part(standing, catalog, instant));
    u64::try_from(version).unwrap_or(0)
}

/// The part of the version that moves without a company write.
pub(crate) fn moving_part(standing: &Standing, catalog: &Catalog, instant: Timestamp) -> u64 {
    let crossed = crossed(standing, instant).count() as u64;
    pointed_at(standing, catalog).fold(crossed, |sum, revision| sum.saturating_add(revision.epoch))
}

/// The latest of: last company write, last boundary crossed, last growth of an epoch that the version counts.
pub(super) fn updated_at(standing: &Standing, catalog: &Catalog, instant: Timestamp) -> Timestamp {
    pointed_at(standing, catalog)
        .map(|revision| revision.epoch_grown_at)
        .chain(crossed(standing, instant))
        .chain([standing.last_write_at])
        .max()
        .unwrap_or(standing.last_write_at)
}

fn pointed_at<'a>(standing: &'a Standing, catalog: &'a Catalog) -> impl Iterator<Item = &'a Revision> {
    let entitling = standing.terms.iter().filter(|terms| terms.status.is_entitling());
    entitling.filter_map(|terms| catalog.item(&terms.item)?.effective(terms.assigned_revision))
}

fn crossed(standing: &Standing, instant: Timestamp) -> impl Iterator<Item = Timestamp> {
    let entitling = standing.terms.iter().filter(|terms| terms.status.is_entitling());
    entitling.flat_map(|terms| terms.window.boundaries()).filter(move |boundary| *boundary <= instant)
}
