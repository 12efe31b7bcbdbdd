//! The entitlement version: moves whenever the answer does, and never goes back.

use crate::{Catalog, Granted, Standing, Timestamp, Window};

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
    pointed_at(standing, catalog).fold(crossed, |sum, (epoch, _)| sum.saturating_add(epoch))
}

/// The latest of: last company write, last boundary crossed, last growth of an epoch that the version counts.
pub(super) fn updated_at(standing: &Standing, catalog: &Catalog, instant: Timestamp) -> Timestamp {
    pointed_at(standing, catalog)
        .map(|(_, grown_at)| grown_at)
        .chain(crossed(standing, instant))
        .chain([standing.last_write_at])
        .max()
        .unwrap_or(standing.last_write_at)
}

/// The windows of everything that entitles or will.
pub(super) fn windows(standing: &Standing) -> impl Iterator<Item = Window> {
    let rows = standing.terms.iter().filter(|terms| terms.status.is_entitling()).map(|terms| terms.window);
    rows.chain(standing.grants.iter().map(|grant| grant.window))
}

/// The epochs of what entitling rows and grants point at, and when they grew last.
fn pointed_at<'a>(standing: &'a Standing, catalog: &'a Catalog) -> impl Iterator<Item = (u64, Timestamp)> {
    let entitling = standing.terms.iter().filter(|terms| terms.status.is_entitling());
    let revisions = entitling.filter_map(|terms| catalog.item(&terms.item)?.effective(terms.assigned_revision));
    let rows = revisions.map(|revision| (revision.epoch, revision.epoch_grown_at));
    let grants = standing.grants.iter().filter_map(|grant| match &grant.granted {
        Granted::Module(key) => catalog.module(key).map(|module| (module.epoch, module.epoch_grown_at)),
        Granted::Feature(key, _) => catalog.feature(key).map(|feature| (feature.epoch, feature.epoch_grown_at)),
    });
    rows.chain(grants)
}

fn crossed(standing: &Standing, instant: Timestamp) -> impl Iterator<Item = Timestamp> {
    windows(standing).flat_map(|window| window.boundaries()).filter(move |boundary| *boundary <= instant)
}
