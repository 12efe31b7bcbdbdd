//! What is coming, in the words of the wire.

use api::{
    FeatureAmount,
    response::{FeatureValueView, GainedView, MomentView, TimelineView},
};
use domain::{Catalog, Entitlements, FeatureValue, Gained, Moment, Standing, timeline};

use super::to_instant;

/// The boundaries ahead of a company that owns this now, at most `limit` of them.
pub fn timeline_view(now: &Entitlements, standing: &Standing, catalog: &Catalog, limit: u32) -> TimelineView {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let moments = timeline(standing, catalog, now.as_of, most);
    // Of the last one its own answer says whether another follows.
    let has_more = moments.len() == most && moments.last().is_some_and(|last| last.entitlements.valid_until.is_some());
    TimelineView {
        company_id: now.company_id.uuid(),
        as_of: to_instant(now.as_of),
        entitlement_version: now.version,
        moments: moments.iter().map(moment_view).collect(),
        has_more,
    }
}

fn moment_view(moment: &Moment) -> MomentView {
    MomentView {
        at: to_instant(moment.at),
        entitlement_version: moment.entitlements.version,
        has_basic: moment.entitlements.has_basic,
        base_package: moment.entitlements.base_package.as_ref().map(ToString::to_string),
        gains: gained_view(&moment.gains),
        losses: gained_view(&moment.losses),
    }
}

fn gained_view(gained: &Gained) -> GainedView {
    fn texts<'a, T: ToString + 'a>(all: impl IntoIterator<Item = &'a T>) -> Vec<String> {
        all.into_iter().map(ToString::to_string).collect()
    }
    let features = gained.features.iter().map(|(key, value)| FeatureValueView {
        key: key.to_string(),
        value: match value {
            FeatureValue::Off => FeatureAmount::Toggle(false),
            FeatureValue::On => FeatureAmount::Toggle(true),
            FeatureValue::Amount(amount) => FeatureAmount::Amount(*amount),
            FeatureValue::Unlimited => FeatureAmount::Unlimited,
        },
    });
    GainedView {
        packages: texts(&gained.packages),
        addons: texts(&gained.addons),
        modules: texts(&gained.modules),
        permissions: texts(&gained.permissions),
        features: features.collect(),
    }
}
