//! What is coming: every boundary ahead, and what it changes by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entitlements, Evaluation, boundaries, resolve};
use crate::{Catalog, FeatureKey, FeatureValue, ItemKey, ModuleKey, Standing, Timestamp};

/// What a company has after a boundary and not before, or the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gained {
    /// Packages in force, by key.
    pub packages: BTreeSet<ItemKey>,
    /// Add-ons that work, by key.
    pub addons: BTreeSet<ItemKey>,
    /// Modules enabled, by key.
    pub modules: BTreeSet<ModuleKey>,
    /// Permission families such as `finance.*`, and single permissions.
    pub permissions: BTreeSet<String>,
    /// Features by key with their value; one whose value changes stands in both.
    pub features: BTreeMap<FeatureKey, FeatureValue>,
}

/// A boundary, and what it changes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When; from this instant on the answer is another.
    pub at: Timestamp,
    /// What the company has from then on and had not before.
    pub gains: Gained,
    /// What it had before and has no longer.
    pub losses: Gained,
    /// What it then owns.
    pub entitlements: Entitlements,
}

/// The boundaries after `from`, at most `limit` of them, in order, if nobody writes the company or the catalog meanwhile.
pub fn timeline(standing: &Standing, catalog: &Catalog, from: Timestamp, limit: usize) -> Vec<Moment> {
    let from = from.max(standing.last_write_at);
    let mut before = owned(standing, catalog, from);
    let ahead = boundaries(standing, from).into_iter().take(limit);
    let moment = |at| {
        let after = owned(standing, catalog, at);
        let (gains, losses) = (without(&after, &before), without(&before, &after));
        before = after;
        Moment { at, gains, losses, entitlements: resolve(standing, catalog, at) }
    };
    ahead.map(moment).collect()
}

fn owned(standing: &Standing, catalog: &Catalog, at: Timestamp) -> Gained {
    let evaluation = Evaluation::of(standing, catalog, at);
    let eligibility = evaluation.eligibility();
    let single = eligibility.permissions.iter().map(ToString::to_string);
    Gained {
        packages: evaluation.packages.iter().map(|package| package.terms.item.key.clone()).collect(),
        addons: evaluation.operative().map(|addon| addon.key.clone()).collect(),
        modules: evaluation.modules().into_iter().map(|(_, key)| key.clone()).collect(),
        permissions: eligibility.families.iter().cloned().chain(single).collect(),
        features: evaluation.features().into_iter().map(|one| (one.feature.key.clone(), one.value)).collect(),
    }
}

/// What is in one and not in the other.
fn without(one: &Gained, other: &Gained) -> Gained {
    let features = one.features.iter().filter(|(key, value)| other.features.get(*key) != Some(*value));
    Gained {
        packages: &one.packages - &other.packages,
        addons: &one.addons - &other.addons,
        modules: &one.modules - &other.modules,
        permissions: &one.permissions - &other.permissions,
        features: features.map(|(key, value)| (key.clone(), *value)).collect(),
    }
}
