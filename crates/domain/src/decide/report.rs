//! What a change of package means, told before it is made.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, consequences};
use crate::{
    Candidate, Catalog, CompanyState, Evaluation, FeatureKey, FeatureKind, FeatureValue, ItemKey, ItemKind, Text,
    Timestamp,
};

/// Which way a change of package goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To one of the package's upgrade targets.
    Upgrade,
    /// To one of its downgrade targets.
    Downgrade,
}

impl Direction {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

/// A limit that becomes smaller, or a balance of credits that is larger than what the new package comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReducedLimit {
    /// Which.
    pub feature: FeatureKey,
    /// What it was, of a credit the balance.
    pub before: FeatureValue,
    /// What it becomes; `None` is nothing at all.
    pub after: Option<FeatureValue>,
}

/// What a change of package means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageChangeReport {
    /// Add-ons that the company owns and that go on working, or begin to as planned.
    pub preserved: BTreeSet<ItemKey>,
    /// Add-ons that it owns and that stop, at some instant to come, with the first rule that stops each.
    pub invalidated: Vec<(ItemKey, Timestamp, String)>,
    /// Add-ons that it owns and that add nothing at some instant to come: included, or made superfluous.
    pub redundant: BTreeSet<ItemKey>,
    /// Limits that become smaller at some instant to come, as of the first; balances of credits that are larger than what the new package
    /// comes with.
    pub limits: Vec<ReducedLimit>,
    /// Whether a module or permission is lost, so that access that rests on it must be looked at.
    pub access_review_required: bool,
}

impl PackageChangeReport {
    /// Compares a company before and after a change, from the instant at which that takes effect.
    pub fn of(before: &CompanyState, after: &CompanyState, catalog: &Catalog, effective: Timestamp) -> Self {
        let actor = Text::from_static("report");
        let scene = Scene { state: before, catalog, at: effective, actor: &actor };
        let (old, new) = (before.standing(), after.standing());
        let stopped = consequences::invalidated(&old, &new, scene, effective);
        let first = |rules: Vec<crate::Breach>| rules.into_iter().next().map(|rule| rule.message).unwrap_or_default();
        let instants = consequences::instants(&old, &new, effective);
        let mut invalidated: Vec<(ItemKey, Timestamp, String)> =
            stopped.into_iter().map(|(key, (at, rules))| (key, at, first(rules))).collect();
        invalidated.extend(ended(before, after, catalog, &instants));
        invalidated.sort();
        let stops = |key: &ItemKey| invalidated.iter().any(|(stopped, ..)| stopped == key);
        let (mut preserved, mut redundant) = (BTreeSet::new(), BTreeSet::new());
        let mut limits: BTreeMap<FeatureKey, ReducedLimit> = BTreeMap::new();
        let mut access_review_required = false;
        for at in &instants {
            let (was, is) = (Evaluation::of(&old, catalog, *at), Evaluation::of(&new, catalog, *at));
            let kept = owned(&was).intersection(&owned(&is)).filter(|key| !stops(key)).cloned().collect::<Vec<_>>();
            preserved.extend(kept);
            redundant.extend(superfluous(&is));
            access_review_required |= loses_access(&was, &is);
            // Balances are told as they are when the change takes effect.
            let of_credits = (*at == effective).then_some((before, effective));
            for limit in reduced(&was, &is, of_credits) {
                limits.entry(limit.feature.clone()).or_insert(limit);
            }
        }
        let limits = limits.into_values().collect();
        Self { preserved, invalidated, redundant, limits, access_review_required }
    }
}

/// The add-ons that are owned and work.
fn owned(evaluation: &Evaluation<'_>) -> BTreeSet<ItemKey> {
    evaluation.operative().filter(|addon| addon.owned.is_some()).map(|addon| addon.key.clone()).collect()
}

/// Those of them that add nothing.
fn superfluous(evaluation: &Evaluation<'_>) -> Vec<ItemKey> {
    let owned = evaluation.operative().filter(|addon| addon.owned.is_some());
    let adds_nothing = |addon: &&Candidate<'_>| addon.included_by.is_some() || evaluation.redundancy(addon).is_some();
    owned.filter(adds_nothing).map(|addon| addon.key.clone()).collect()
}

/// Add-ons that the change ends itself, instead of leaving them to wait for their rules: each at the first instant at which it worked.
fn ended(
    before: &CompanyState,
    after: &CompanyState,
    catalog: &Catalog,
    instants: &[Timestamp],
) -> Vec<(ItemKey, Timestamp, String)> {
    let old = before.standing();
    let is_ended = |row: &&crate::Holding| {
        let ends = |row: &crate::Holding| (row.terms.status, row.terms.window);
        let now = after.holding(&row.terms.item);
        row.terms.item.kind == ItemKind::Addon && now.is_some_and(|now| ends(now) != ends(row))
    };
    let told = before.holdings.iter().filter(is_ended).filter_map(|row| {
        let item = &row.terms.item;
        let in_force = |at: Timestamp| after.holding(item).is_some_and(|row| row.terms.in_force(at));
        let worked = |at: Timestamp| {
            let was = Evaluation::of(&old, catalog, at);
            was.operative().any(|addon| addon.key == &item.key && addon.owned.is_some())
        };
        let at = instants.iter().copied().find(|at| !in_force(*at) && worked(*at))?;
        Some((item.key.clone(), at, format!("add-on `{}` is ended with the change", item.key)))
    });
    told.collect()
}

fn loses_access(was: &Evaluation<'_>, is: &Evaluation<'_>) -> bool {
    let (old, new) = (was.eligibility(), is.eligibility());
    !was.modules().is_subset(&is.modules())
        || !old.permissions.is_subset(&new.permissions)
        || !old.families.is_subset(&new.families)
}

fn reduced(
    was: &Evaluation<'_>,
    is: &Evaluation<'_>,
    of_credits: Option<(&CompanyState, Timestamp)>,
) -> Vec<ReducedLimit> {
    let after = is.features();
    let now_of = |key: &FeatureKey| after.iter().find(|one| one.feature.key == *key).map(|one| one.value);
    let limits = was.features().into_iter().filter_map(|one| {
        let key = one.feature.key.clone();
        let after = now_of(&key);
        let before = match one.feature.kind {
            FeatureKind::Toggle => return None,
            FeatureKind::Limit => one.value,
            FeatureKind::Credit => {
                of_credits.map(|(state, at)| FeatureValue::Amount(state.credits.balance(&key, at)))?
            }
        };
        let is_less = after.is_none_or(|after| after < before);
        (is_less && before.gives_something()).then_some(ReducedLimit { feature: key, before, after })
    });
    limits.collect()
}
