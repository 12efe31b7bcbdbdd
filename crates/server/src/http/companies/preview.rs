//! What a dry run of a company write shows: what the company owns without it and with it.

use std::collections::BTreeMap;

use api::{FeatureAmount, response::PreviewView};
use domain::{Catalog, CompanyState, Evaluation, Timestamp, resolve};

use crate::{
    service::{CompanyOutcome, entitlements_view},
    wire::amount_body,
};

/// The preview of a dry run; `None` of a real write.
pub(super) fn preview(outcome: &CompanyOutcome) -> Option<PreviewView> {
    preview_at(outcome, outcome.entitlements.as_of)
}

/// The preview at the instant at which the write takes effect.
pub(super) fn preview_at(outcome: &CompanyOutcome, at: Timestamp) -> Option<PreviewView> {
    if !outcome.dry_run {
        return None;
    }
    let catalog = &outcome.catalog;
    let owned = |state: &CompanyState| entitlements_view(&resolve(&state.standing(), catalog, at));
    Some(PreviewView {
        before: outcome.before.is_known().then(|| owned(&outcome.before)),
        after: owned(&outcome.state),
        features_before: features(&outcome.before, catalog, at),
        features_after: features(&outcome.state, catalog, at),
    })
}

fn features(state: &CompanyState, catalog: &Catalog, at: Timestamp) -> BTreeMap<String, FeatureAmount> {
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, catalog, at);
    evaluation.features().iter().map(|one| (one.feature.key.to_string(), amount_body(one.value))).collect()
}
