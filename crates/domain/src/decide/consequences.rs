//! What a change of rows does to add-ons, over all the time to come.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, assignment};
use crate::{Breach, Evaluation, HoldingChange, ItemKey, Standing, Timestamp, resolve::boundaries};

/// The most instants to come at which consequences are judged; a company with more boundaries than that is no company.
const MAX_INSTANTS: usize = 500;

/// Every instant from `from` on at which one of two standings changes, `from` included.
pub(super) fn instants(before: &Standing, after: &Standing, from: Timestamp) -> Vec<Timestamp> {
    let to_come: BTreeSet<Timestamp> = boundaries(before, from).into_iter().chain(boundaries(after, from)).collect();
    std::iter::once(from).chain(to_come).take(MAX_INSTANTS).collect()
}

/// Add-ons that the company owns and that stop working because of a change, each with the first instant and the rules.
pub(super) fn invalidated(
    before: &Standing,
    after: &Standing,
    scene: Scene<'_>,
    from: Timestamp,
) -> BTreeMap<ItemKey, (Timestamp, Vec<Breach>)> {
    let mut found = BTreeMap::new();
    for instant in instants(before, after, from) {
        let after = Evaluation::of(after, scene.catalog, instant);
        if after.stopped().next().is_none() {
            continue;
        }
        let before = Evaluation::of(before, scene.catalog, instant);
        for addon in after.stopped().filter(|addon| addon.owned.is_some()) {
            if before.operative().any(|known| known.key == addon.key) {
                let rules =
                    || addon.stopped_by.iter().map(|stop| assignment::breach(addon.key.as_str(), stop)).collect();
                found.entry(addon.key.clone()).or_insert_with(|| (instant, rules()));
            }
        }
    }
    found
}

/// What whoever asked should know: owned add-ons that stop working, and new ones that are superfluous.
pub(super) fn warnings(holdings: &[HoldingChange], scene: Scene<'_>) -> Vec<Breach> {
    let (before, after) = (scene.state.standing(), scene.after(holdings).standing());
    let stopped = invalidated(&before, &after, scene, scene.at);
    let mut warnings: Vec<Breach> = stopped.into_values().flat_map(|(_, rules)| rules).collect();
    for terms in holdings.iter().map(|change| &change.after.terms) {
        let first = terms.window.starts_at.map_or(scene.at, |start| start.max(scene.at));
        let evaluation = Evaluation::of(&after, scene.catalog, first);
        let addon = evaluation.operative().find(|addon| addon.owned.is_some_and(|owned| owned.item == terms.item));
        if let Some((addon, term)) = addon.and_then(|addon| Some((addon, evaluation.redundancy(addon)?))) {
            let message = format!("add-on `{}` adds nothing beside {term}, which the company has", addon.key);
            warnings.push(Breach::new("redundant_with", message));
        }
    }
    warnings
}
