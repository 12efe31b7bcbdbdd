//! What a dry run of a company write shows: what the company owns without it and with it.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    FeatureAmount, Previewed,
    response::{EntitlementsView, PreviewView},
};
use domain::{Catalog, CompanyState, Evaluation, Timestamp, boundaries, resolve};
use http::StatusCode;
use serde::Serialize;

use super::{super::answer::enveloped, holding::warnings};
use crate::{
    service::{CompanyOutcome, Rendered, entitlements_view, to_instant},
    wire::amount_body,
};

/// The most instants to come that are looked at for a difference.
const MAX_INSTANTS: usize = 200;

/// The answer to a company write, with the version as `ETag` and, of a dry run, the preview at the first instant at which it makes a
/// difference.
pub(super) fn previewed<T: Serialize>(status: StatusCode, data: T, outcome: &CompanyOutcome) -> Rendered {
    let version = Some(outcome.entitlements.version);
    enveloped(status, &envelope(data, outcome, first_difference), version, None)
}

/// The same, with the preview at the instant at which the write takes effect.
pub(super) fn previewed_at<T: Serialize>(
    status: StatusCode,
    data: T,
    outcome: &CompanyOutcome,
    at: Timestamp,
) -> Rendered {
    let version = Some(outcome.entitlements.version);
    enveloped(status, &envelope(data, outcome, |_| at), version, None)
}

/// The same as [`previewed`], of a write that moves no version.
pub(super) fn unversioned<T: Serialize>(status: StatusCode, data: T, outcome: &CompanyOutcome) -> Rendered {
    enveloped(status, &envelope(data, outcome, first_difference), None, None)
}

fn envelope<T>(data: T, outcome: &CompanyOutcome, at: impl FnOnce(&CompanyOutcome) -> Timestamp) -> Previewed<T> {
    let preview = outcome.dry_run.then(|| preview_at(outcome, at(outcome)));
    Previewed { success: true, data, warnings: warnings(outcome), preview }
}

/// The first instant at which a write makes a difference; now when it makes none.
fn first_difference(outcome: &CompanyOutcome) -> Timestamp {
    let now = outcome.entitlements.as_of;
    let (before, after) = (outcome.before.standing(), outcome.state.standing());
    let to_come: BTreeSet<Timestamp> = boundaries(&before, now).into_iter().chain(boundaries(&after, now)).collect();
    let mut instants = std::iter::once(now).chain(to_come.into_iter().take(MAX_INSTANTS));
    let owned_by = |state: &CompanyState, at: Timestamp| owned(state, &outcome.catalog, at);
    instants.find(|at| owned_by(&outcome.before, *at) != owned_by(&outcome.state, *at)).unwrap_or(now)
}

/// What a company has, without version and instants.
fn owned(
    state: &CompanyState,
    catalog: &Catalog,
    at: Timestamp,
) -> (EntitlementsView, BTreeMap<String, FeatureAmount>) {
    let view = entitlements_view(&resolve(&state.standing(), catalog, at));
    let same = to_instant(Timestamp::MIN);
    let view = EntitlementsView { entitlement_version: 0, updated_at: same, valid_until: None, as_of: same, ..view };
    (view, features(state, catalog, at))
}

fn preview_at(outcome: &CompanyOutcome, at: Timestamp) -> PreviewView {
    let catalog = &outcome.catalog;
    let owned = |state: &CompanyState| entitlements_view(&resolve(&state.standing(), catalog, at));
    PreviewView {
        before: outcome.before.is_known().then(|| owned(&outcome.before)),
        after: owned(&outcome.state),
        features_before: features(&outcome.before, catalog, at),
        features_after: features(&outcome.state, catalog, at),
    }
}

fn features(state: &CompanyState, catalog: &Catalog, at: Timestamp) -> BTreeMap<String, FeatureAmount> {
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, catalog, at);
    evaluation.features().iter().map(|one| (one.feature.key.to_string(), amount_body(one.value))).collect()
}
