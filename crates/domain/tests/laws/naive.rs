//! The definition of what works, written down once more in another manner: no fixpoint over estimates, but the definition of the
//! well-founded model by unfounded sets, found by trying every set. Exponential, and good for a handful of add-ons.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Catalog, Combine, FeatureKey, FeatureKind, FeatureValue, GrantTerms, Granted, ItemKind, MAX_AMOUNT, Module,
    ModuleKind, Reach, Requirement, Revision, Standing, Status, Term, Terms, Timestamp,
};

use crate::world::Told;

/// Whether an add-on works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Works,
    Fails,
    /// It stands on a contradiction, and so does not work.
    Open,
}

/// An add-on that is owned or included.
struct Candidate<'a> {
    key: String,
    revision: &'a Revision,
    /// How many are owned.
    owned: u32,
    is_included: bool,
    /// Start and creation of the older of its rows.
    age: (i64, i64),
}

/// What a company has at an instant, computed slowly.
pub(crate) struct Naive<'a> {
    catalog: &'a Catalog,
    packages: Vec<(String, &'a Revision)>,
    grants: Vec<&'a GrantTerms>,
    candidates: Vec<Candidate<'a>>,
    truths: Vec<Truth>,
}

/// The definition that a row means.
fn meant<'a>(terms: &Terms, catalog: &'a Catalog) -> Option<&'a Revision> {
    let revisions = &catalog.item(&terms.item)?.revisions;
    let reached = revisions.iter().filter(|one| one.reach == Reach::Existing).map(|one| one.number).max();
    let number = terms.assigned_revision.max(reached.unwrap_or(0));
    revisions.iter().find(|one| one.number == number).or(revisions.last())
}

fn is_in_force(terms: &Terms, at: Timestamp) -> bool {
    let has_begun = terms.window.starts_at.is_none_or(|start| at >= start);
    let close = terms.window.grace_ends_at.or(terms.window.ends_at);
    matches!(terms.status, Status::Active | Status::Trial) && has_begun && close.is_none_or(|close| at < close)
}

fn age(terms: &Terms) -> (i64, i64) {
    let created = terms.created_at.micros();
    (terms.window.starts_at.map_or(created, Timestamp::micros), created)
}

impl<'a> Naive<'a> {
    pub(crate) fn of(standing: &'a Standing, catalog: &'a Catalog, at: Timestamp) -> Self {
        let mut naive =
            Self { catalog, packages: Vec::new(), grants: Vec::new(), candidates: Vec::new(), truths: Vec::new() };
        let rows: Vec<&Terms> = standing.terms.iter().filter(|terms| is_in_force(terms, at)).collect();
        let mut found: BTreeMap<String, Candidate<'a>> = BTreeMap::new();
        for terms in rows.iter().filter(|terms| terms.item.kind == ItemKind::Addon) {
            let (Some(revision), key) = (meant(terms, catalog), terms.item.key.to_string()) else { continue };
            let candidate =
                Candidate { key: key.clone(), revision, owned: terms.quantity, is_included: false, age: age(terms) };
            found.insert(key, candidate);
        }
        for terms in rows.iter().filter(|terms| terms.item.kind == ItemKind::Package) {
            let Some(revision) = meant(terms, catalog) else { continue };
            naive.packages.push((terms.item.key.to_string(), revision));
            for (addon, said) in &revision.definition.addons {
                let Some(item) = catalog.addon(addon).filter(|_| *said == domain::Availability::Included) else {
                    continue;
                };
                let reached = item.revisions.iter().rfind(|one| one.reach == Reach::Existing);
                let Some(revision) = reached.or(item.revisions.last()) else { continue };
                let known = found.entry(addon.to_string()).or_insert_with(|| Candidate {
                    key: addon.to_string(),
                    revision,
                    owned: 0,
                    is_included: true,
                    age: age(terms),
                });
                known.is_included = true;
                known.age = known.age.min(age(terms));
            }
        }
        naive.grants = standing.grants.iter().filter(|grant| grant.window.contains(at)).collect();
        naive.candidates = found.into_values().collect();
        naive.truths = naive.well_founded();
        naive
    }

    /// How each add-on stands, by key.
    pub(crate) fn truth(&self, key: &str) -> Option<Truth> {
        let place = self.candidates.iter().position(|one| one.key == key)?;
        Some(self.truths[place])
    }

    pub(crate) fn is_included(&self, key: &str) -> bool {
        self.candidates.iter().any(|one| one.key == key && one.is_included)
    }

    /// Starting from nothing known: what must work does, and what is unfounded does not, until nothing new is known.
    fn well_founded(&self) -> Vec<Truth> {
        let count = self.candidates.len();
        let mut known = vec![Truth::Open; count];
        loop {
            let mut next = known.clone();
            let for_sure = |other: usize| known[other] == Truth::Works;
            let surely_not = |other: usize| known[other] == Truth::Fails;
            for (place, truth) in next.iter_mut().enumerate() {
                if self.may_work(place, &for_sure, &surely_not) {
                    *truth = Truth::Works;
                }
            }
            for set in 0..1_u32 << count {
                let is_in_set = |place: usize| set & (1 << place) != 0;
                let possible = |other: usize| known[other] != Truth::Fails && !is_in_set(other);
                let may_be_absent = |other: usize| known[other] != Truth::Works;
                let is_unfounded = (0..count)
                    .filter(|place| is_in_set(*place))
                    .all(|place| !self.may_work(place, &possible, &may_be_absent));
                if is_unfounded {
                    (0..count).filter(|place| is_in_set(*place)).for_each(|place| next[place] = Truth::Fails);
                }
            }
            if next == known {
                return known;
            }
            known = next;
        }
    }

    /// Whether an add-on's rules hold where `present` says which others are there, and `absent` which are not.
    fn may_work(&self, place: usize, present: &dyn Fn(usize) -> bool, absent: &dyn Fn(usize) -> bool) -> bool {
        let one = &self.candidates[place];
        let rules = &one.revision.definition.rules;
        let nobody = |_: usize| false;
        let is_forbidden = self.packages.iter().any(|(_, package)| {
            package
                .definition
                .addons
                .iter()
                .any(|(key, said)| key.as_str() == one.key && *said == domain::Availability::Forbidden)
        });
        let names_none = rules.compatible_packages.is_empty() && rules.compatible_modules.is_empty();
        let is_compatible = rules.standalone.unwrap_or(names_none)
            || rules.compatible_packages.iter().any(|key| self.term(&Term::Package(key.clone()), present))
            || rules.compatible_modules.iter().any(|key| self.term(&Term::Module(key.clone()), present));
        let in_conflict = |term: &Term| !matches!(term, Term::Addon(_)) && self.term(term, &nobody);
        let rivals = (0..self.candidates.len()).filter(|other| {
            let them = &self.candidates[*other];
            let is_older = (them.age, &them.key) < (one.age, &one.key);
            *other != place && is_older && (self.names(place, *other) || self.names(*other, place))
        });
        !is_forbidden
            && is_compatible
            && rules.requires.as_ref().is_none_or(|tree| self.tree(tree, present))
            && !rules.conflicts_with.iter().any(in_conflict)
            && rivals.into_iter().all(absent)
    }

    /// Whether an add-on names another, or what that brings, as a conflict.
    fn names(&self, place: usize, other: usize) -> bool {
        let terms = &self.candidates[place].revision.definition.rules.conflicts_with;
        let them = &self.candidates[other];
        terms.iter().any(|term| match term {
            Term::Addon(key) => key.as_str() == them.key,
            Term::Module(key) => self.modules_of(them.revision).any(|module| module.key == *key),
            Term::Feature(key) => gives(them.revision, key),
            Term::Package(_) | Term::Base => false,
        })
    }

    fn tree(&self, tree: &Requirement, present: &dyn Fn(usize) -> bool) -> bool {
        match tree {
            Requirement::Term(term) => self.term(term, present),
            Requirement::All(parts) => !parts.iter().any(|part| !self.tree(part, present)),
            Requirement::Any(parts) => parts.iter().any(|part| self.tree(part, present)),
        }
    }

    fn term(&self, term: &Term, present: &dyn Fn(usize) -> bool) -> bool {
        let mut there = (0..self.candidates.len()).filter(|place| present(*place)).map(|place| &self.candidates[place]);
        match term {
            Term::Base => self.base().is_some(),
            Term::Package(key) => self.packages.iter().any(|(package, _)| package == key.as_str()),
            Term::Addon(key) => there.any(|one| one.key == key.as_str()),
            Term::Module(key) => {
                let granted = self.granted_modules().any(|module| module.key == *key);
                let mut packages = self.packages.iter();
                granted
                    || packages.any(|(_, revision)| self.modules_of(revision).any(|module| module.key == *key))
                    || there.any(|one| self.modules_of(one.revision).any(|module| module.key == *key))
            }
            Term::Feature(key) => match self.override_of(key) {
                Some(value) => is_something(value),
                None => {
                    self.packages.iter().any(|(_, one)| gives(one, key)) || there.any(|one| gives(one.revision, key))
                }
            },
        }
    }

    fn modules_of(&self, revision: &'a Revision) -> impl Iterator<Item = &'a Module> {
        let keys = revision.definition.modules.iter();
        keys.filter_map(|key| self.catalog.module(key)).filter(|module| module.is_active)
    }

    fn granted_modules(&self) -> impl Iterator<Item = &'a Module> {
        let modules = self.grants.iter().filter_map(|grant| match &grant.granted {
            Granted::Module(key) => self.catalog.module(key),
            Granted::Feature(..) => None,
        });
        modules.filter(|module| module.is_active)
    }

    fn override_of(&self, key: &FeatureKey) -> Option<FeatureValue> {
        let of = self.grants.iter().filter_map(|grant| match &grant.granted {
            Granted::Feature(feature, value) if feature == key => Some((grant.created_at, grant.id, *value)),
            Granted::Feature(..) | Granted::Module(_) => None,
        });
        of.max_by_key(|(created, id, _)| (*created, *id)).map(|(_, _, value)| value)
    }

    fn base(&self) -> Option<String> {
        let is_base = |revision: &'a Revision| self.modules_of(revision).any(|module| module.kind == ModuleKind::Base);
        self.packages.iter().filter(|(_, revision)| is_base(revision)).map(|(key, _)| key.clone()).min()
    }

    /// Everything that is told of the company.
    pub(crate) fn told(&self) -> Told {
        let works = |place: &usize| self.truths[*place] == Truth::Works;
        let (works, stopped): (Vec<usize>, Vec<usize>) = (0..self.candidates.len()).partition(works);
        let working: Vec<&Candidate<'a>> = works.iter().map(|place| &self.candidates[*place]).collect();
        let mut modules: Vec<&Module> = self.granted_modules().collect();
        modules.extend(self.packages.iter().flat_map(|(_, revision)| self.modules_of(revision)));
        modules.extend(working.iter().flat_map(|one| self.modules_of(one.revision)));
        modules.sort_by_key(|module| (module.kind == ModuleKind::Addon, module.key.to_string()));
        modules.dedup();
        let names = |module: &&Module| module.namespaces().map(|name| format!("{name}.*")).collect::<Vec<_>>();
        let mut permissions = BTreeSet::new();
        for definition in self.packages.iter().map(|(_, revision)| &revision.definition) {
            permissions.extend(&definition.permissions);
            let attached = definition.attached_permissions.iter();
            let counts = |addon: &str| working.iter().any(|one| one.key == addon) || self.stays_included(addon);
            permissions.extend(attached.filter(|(_, addon)| counts(addon.as_str())).map(|(key, _)| key));
        }
        permissions.extend(working.iter().flat_map(|one| &one.revision.definition.permissions));
        let is_open = |module: &domain::ModuleKey| self.catalog.module(module).is_some_and(|module| module.is_active);
        permissions.retain(|key| self.catalog.permission(key).is_some_and(|known| is_open(&known.module)));
        Told {
            families: modules.iter().flat_map(names).collect(),
            modules: modules.into_iter().map(|module| module.key.to_string()).collect(),
            addons: working.iter().map(|one| one.key.clone()).collect(),
            stopped: stopped.into_iter().map(|place| self.candidates[place].key.clone()).collect(),
            features: self.features(&working),
            permissions: permissions.into_iter().map(ToString::to_string).collect(),
            base: self.base(),
        }
    }

    /// Whether some package includes an add-on and none forbids it.
    fn stays_included(&self, addon: &str) -> bool {
        let said = self.packages.iter().flat_map(|(_, package)| &package.definition.addons);
        let said: Vec<_> = said.filter(|(key, _)| key.as_str() == addon).map(|(_, said)| *said).collect();
        said.contains(&domain::Availability::Included) && !said.contains(&domain::Availability::Forbidden)
    }

    fn features(&self, working: &[&Candidate<'a>]) -> BTreeMap<String, FeatureValue> {
        let mut told = BTreeMap::new();
        for feature in self.catalog.features() {
            let of = |revision: &Revision| revision.definition.features.get(&feature.key).copied();
            let mut given: Vec<(FeatureValue, u128)> =
                self.packages.iter().filter_map(|(_, revision)| Some((of(revision)?, 1))).collect();
            let times = |one: &Candidate<'_>| u128::from(one.owned) + u128::from(one.is_included);
            given.extend(working.iter().filter_map(|one| Some((of(one.revision)?, times(one)))));
            let amounts = given.iter().filter_map(|(value, times)| match value {
                FeatureValue::Amount(amount) => Some(u128::from(*amount) * times),
                FeatureValue::Off | FeatureValue::On | FeatureValue::Unlimited => None,
            });
            let amount = match feature.combine {
                Combine::Sum => amounts.sum::<u128>(),
                Combine::Max => amounts.max().unwrap_or(0),
            };
            let amount = FeatureValue::Amount(u64::try_from(amount.min(u128::from(MAX_AMOUNT))).unwrap());
            let is_unlimited = given.iter().any(|(value, _)| *value == FeatureValue::Unlimited);
            let combined = match feature.kind {
                _ if given.is_empty() => None,
                FeatureKind::Toggle => Some(FeatureValue::On),
                FeatureKind::Limit if is_unlimited => Some(FeatureValue::Unlimited),
                FeatureKind::Limit | FeatureKind::Credit => Some(amount),
            };
            if let Some(value) = self.override_of(&feature.key).or(combined) {
                told.insert(feature.key.to_string(), value);
            }
        }
        told
    }
}

fn gives(revision: &Revision, key: &FeatureKey) -> bool {
    revision.definition.features.get(key).is_some_and(|value| is_something(*value))
}

fn is_something(value: FeatureValue) -> bool {
    !matches!(value, FeatureValue::Off | FeatureValue::Amount(0))
}
