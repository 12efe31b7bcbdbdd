//! Which add-ons work: the rules of compatibility, need and conflict, judged together.
//!
//! Compatibility and need only ask that things are there: more of them never hurts, so they have a least fixpoint. Conflict asks that
//! things are *not* there. Both together are a logic program with negation, and its well-founded model (the alternating fixpoint of Van
//! Gelder, Ross and Schlipf, 1991) is what holds here: it always exists, is unique, does not depend on the order of rows, and leaves out
//! what stands only on a contradiction. Between two add-ons the younger gives way, so plain conflicts never contradict each other.

use std::collections::BTreeSet;

use super::{Candidate, Evaluation, Stop};
use crate::{FeatureKey, ModuleKey, Term};

/// Says of every candidate why it does not work.
pub(super) fn judge(evaluation: &mut Evaluation<'_>) {
    let asks = |addon: &Candidate<'_>| {
        !addon.revision.definition.rules.ask_nothing()
            || evaluation.packages.iter().any(|one| one.revision.definition.forbids(addon.key))
    };
    if !evaluation.addons.iter().any(asks) {
        return;
    }
    let surroundings = Surroundings::of(evaluation);
    let (working, possible) = surroundings.well_founded();
    let stops: Vec<Vec<Stop<'_>>> =
        (0..evaluation.addons.len()).map(|place| surroundings.stops(place, &working, &possible)).collect();
    for (addon, stopped_by) in evaluation.addons.iter_mut().zip(stops) {
        addon.stopped_by = stopped_by;
    }
}

/// Which candidates work, by their place.
type Working = Vec<bool>;

/// The candidates with what does not depend on which of them work.
struct Surroundings<'e, 'a> {
    evaluation: &'e Evaluation<'a>,
    /// Modules that packages and grants enable.
    modules: BTreeSet<&'a ModuleKey>,
    has_base: bool,
    /// For each candidate, the places of older ones that it does not work beside.
    older: Vec<Vec<usize>>,
    /// For each candidate, the modules that it enables.
    gives: Vec<BTreeSet<&'a ModuleKey>>,
}

impl<'e, 'a> Surroundings<'e, 'a> {
    fn of(evaluation: &'e Evaluation<'a>) -> Self {
        let catalog = evaluation.catalog;
        let packages = evaluation.packages.iter().flat_map(|package| catalog.active_modules(package.revision));
        let modules = packages.chain(evaluation.granted_modules()).map(|module| &module.key).collect();
        let gives: Vec<BTreeSet<&ModuleKey>> = evaluation
            .addons
            .iter()
            .map(|addon| catalog.active_modules(addon.revision).map(|module| &module.key).collect())
            .collect();
        let has_base = evaluation.base_package().is_some();
        let mut surroundings = Self { evaluation, modules, has_base, older: Vec::new(), gives };
        surroundings.older = (0..evaluation.addons.len()).map(|place| surroundings.older_in_conflict(place)).collect();
        surroundings
    }

    fn older_in_conflict(&self, place: usize) -> Vec<usize> {
        let addons = &self.evaluation.addons;
        let Some(addon) = addons.get(place) else { return Vec::new() };
        let is_older = |other: &usize| addons.get(*other).is_some_and(|other| other.age() < addon.age());
        (0..addons.len())
            .filter(|other| self.conflict(place, *other) || self.conflict(*other, place))
            .filter(is_older)
            .collect()
    }

    /// Whether one candidate declares a conflict with another, or with what that gives.
    fn conflict(&self, place: usize, other: usize) -> bool {
        let addons = &self.evaluation.addons;
        let (Some(addon), Some(target), Some(gives)) = (addons.get(place), addons.get(other), self.gives.get(other))
        else {
            return false;
        };
        place != other
            && addon.revision.definition.rules.conflicts_with.iter().any(|term| match term {
                Term::Addon(key) => key == target.key,
                Term::Module(key) => gives.contains(key),
                Term::Feature(key) => gives_feature(target, key),
                Term::Package(_) | Term::Base => false,
            })
    }

    /// The well-founded model: under- and overestimates closing in on each other. What works, and what does or stands on a contradiction.
    fn well_founded(&self) -> (Working, Working) {
        let nobody = vec![false; self.evaluation.addons.len()];
        let mut at_most = self.least(&nobody);
        if self.older.iter().all(Vec::is_empty) {
            return (at_most.clone(), at_most);
        }
        let mut at_least = self.least(&at_most);
        loop {
            at_most = self.least(&at_least);
            let next = self.least(&at_most);
            if next == at_least {
                return (at_least, at_most);
            }
            at_least = next;
        }
    }

    /// The least set that the rules make work, where conflicts are judged against `beside`.
    fn least(&self, beside: &Working) -> Working {
        let mut working = vec![false; self.evaluation.addons.len()];
        loop {
            let found: Vec<usize> = (0..working.len())
                .filter(|place| working.get(*place) == Some(&false))
                .filter(|place| self.rules_hold(*place, &working) && !self.is_blocked(*place, beside))
                .collect();
            if found.is_empty() {
                return working;
            }
            for place in found {
                working.get_mut(place).into_iter().for_each(|works| *works = true);
            }
        }
    }

    fn is_blocked(&self, place: usize, beside: &Working) -> bool {
        self.older.get(place).into_iter().flatten().any(|other| beside.get(*other) == Some(&true))
    }

    /// Everything but conflicts with other candidates.
    fn rules_hold(&self, place: usize, working: &Working) -> bool {
        let Some(addon) = self.evaluation.addons.get(place) else { return false };
        let rules = &addon.revision.definition.rules;
        self.forbidden_by(addon).is_none()
            && self.is_compatible(addon, working)
            && rules.requires.as_ref().is_none_or(|requires| requires.holds(&|term| self.holds(term, working)))
            && self.direct_conflict(addon).is_none()
    }

    fn forbidden_by(&self, addon: &Candidate<'a>) -> Option<&'a crate::ItemKey> {
        let packages = self.evaluation.packages.iter();
        packages
            .filter(|package| package.revision.definition.forbids(addon.key))
            .map(|package| &package.terms.item.key)
            .next()
    }

    fn is_compatible(&self, addon: &Candidate<'a>, working: &Working) -> bool {
        let rules = &addon.revision.definition.rules;
        rules.is_standalone()
            || self
                .evaluation
                .packages
                .iter()
                .any(|package| rules.compatible_packages.contains(&package.terms.item.key))
            || rules.compatible_modules.iter().any(|module| self.enables(module, working))
    }

    /// A conflict with what packages and grants give.
    fn direct_conflict(&self, addon: &Candidate<'a>) -> Option<&'a Term> {
        let nobody = Vec::new();
        let rules = &addon.revision.definition.rules;
        rules.conflicts_with.iter().find(|term| !matches!(term, Term::Addon(_)) && self.holds(term, &nobody))
    }

    fn enables(&self, module: &ModuleKey, working: &Working) -> bool {
        self.modules.contains(module)
            || self.gives.iter().zip(working).any(|(gives, works)| *works && gives.contains(module))
    }

    fn holds(&self, term: &Term, working: &Working) -> bool {
        let working_addons =
            || self.evaluation.addons.iter().zip(working).filter(|(_, works)| **works).map(|(addon, _)| addon);
        match term {
            Term::Base => self.has_base,
            Term::Package(key) => self.evaluation.packages.iter().any(|package| package.terms.item.key == *key),
            Term::Module(key) => self.enables(key, working),
            Term::Addon(key) => working_addons().any(|addon| addon.key == key),
            Term::Feature(key) => {
                if let Some((_, value)) = self.evaluation.grant_of(key) {
                    return value.gives_something();
                }
                let packages = self.evaluation.packages.iter();
                let mut values = packages.filter_map(|one| one.revision.definition.features.get(key)).copied();
                values.any(crate::FeatureValue::gives_something)
                    || working_addons().any(|addon| gives_feature(addon, key))
            }
        }
    }

    fn stops(&self, place: usize, working: &Working, possible: &Working) -> Vec<Stop<'a>> {
        if working.get(place) == Some(&true) {
            return Vec::new();
        }
        let Some(addon) = self.evaluation.addons.get(place) else { return Vec::new() };
        let rules = &addon.revision.definition.rules;
        let mut stops: Vec<Stop<'a>> = self.forbidden_by(addon).map(Stop::Forbidden).into_iter().collect();
        if !self.is_compatible(addon, working) {
            stops.push(Stop::Incompatible);
        }
        let unmet = |requires: &&crate::Requirement| !requires.holds(&|term| self.holds(term, working));
        stops.extend(rules.requires.as_ref().filter(unmet).map(Stop::Requires));
        stops.extend(self.direct_conflict(addon).map(Stop::Conflict));
        let others = self.older.get(place).into_iter().flatten();
        let others = others.filter(|other| possible.get(**other) == Some(&true));
        let (at_work, open): (Vec<usize>, Vec<usize>) = others.partition(|other| working.get(**other) == Some(&true));
        let key_of = |other: usize| self.evaluation.addons.get(other).map(|other| Stop::Older(other.key));
        stops.extend(at_work.into_iter().filter_map(key_of));
        if stops.is_empty() {
            // Undecided: it stands and falls with an older one that stands and falls with it.
            stops.extend(open.into_iter().filter_map(key_of));
        }
        stops
    }
}

fn gives_feature(addon: &Candidate<'_>, key: &FeatureKey) -> bool {
    addon.revision.definition.features.get(key).is_some_and(|value| value.gives_something())
}
