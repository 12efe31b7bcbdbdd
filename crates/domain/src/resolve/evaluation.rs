//! What of a company's state works at an instant, and what does not and why: the common ground of every answer.

use std::collections::BTreeSet;

use super::operative;
use crate::{
    Availability, Catalog, FeatureKey, FeatureValue, GrantTerms, Granted, Item, ItemKey, ItemKind, Module, ModuleKey,
    ModuleKind, Requirement, Revision, Standing, Status, Term, Terms, Timestamp, Window,
};

/// A package in force.
#[derive(Clone, Copy, Debug)]
pub struct PackageInForce<'a> {
    /// The company's row.
    pub terms: &'a Terms,
    /// The revision that it means.
    pub revision: &'a Revision,
}

/// An add-on that a company owns or that a package in force includes.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its key.
    pub key: &'a ItemKey,
    /// The revision that it means.
    pub revision: &'a Revision,
    /// The company's own row, in force.
    pub owned: Option<&'a Terms>,
    /// The row of the package that includes it: of several the oldest.
    pub included_by: Option<&'a Terms>,
    /// Why it does not work; empty when it does.
    pub stopped_by: Vec<Stop<'a>>,
}

/// A rule that stops an add-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<'a> {
    /// A package in force forbids it.
    Forbidden(&'a ItemKey),
    /// It works neither alone nor with anything that the company has.
    Incompatible,
    /// What it needs does not hold.
    Requires(&'a Requirement),
    /// It does not work beside something that the company has.
    Conflict(&'a Term),
    /// It and an older add-on do not work beside each other.
    Older(&'a ItemKey),
}

impl Candidate<'_> {
    /// Whether it works.
    pub fn is_operative(&self) -> bool {
        self.stopped_by.is_empty()
    }

    /// How many count for limits: those owned, and one that is included.
    pub fn quantity(&self) -> u32 {
        let owned = self.owned.map_or(0, |terms| terms.quantity);
        owned.saturating_add(u32::from(self.included_by.is_some()))
    }

    /// Its place in age among add-ons: earlier start (creation if none), then creation, then key. The older wins a conflict.
    pub(super) fn age(&self) -> (Timestamp, Timestamp, &ItemKey) {
        let of = |terms: &Terms| (terms.window.starts_at.unwrap_or(terms.created_at), terms.created_at);
        let (start, created) = [self.owned, self.included_by]
            .into_iter()
            .flatten()
            .map(of)
            .min()
            .unwrap_or((Timestamp::MIN, Timestamp::MIN));
        (start, created, self.key)
    }

    /// The row whose status and window are shown: the own one, else that of the package that includes it.
    pub fn shown(&self) -> Option<&Terms> {
        self.owned.or(self.included_by)
    }
}

/// What of a company's state works at an instant.
#[derive(Clone, Debug)]
pub struct Evaluation<'a> {
    /// The catalog that it was judged by.
    pub catalog: &'a Catalog,
    /// The instant; never before the company's last write.
    pub as_of: Timestamp,
    /// The packages in force, by key.
    pub packages: Vec<PackageInForce<'a>>,
    /// The add-ons owned and in force, or included, by key; operative or not.
    pub addons: Vec<Candidate<'a>>,
    /// The grants in force, oldest first.
    pub grants: Vec<&'a GrantTerms>,
}

impl<'a> Evaluation<'a> {
    /// Evaluates a company's state at `now`. Total: it cannot fail.
    pub fn of(standing: &'a Standing, catalog: &'a Catalog, now: Timestamp) -> Self {
        let as_of = now.max(standing.last_write_at);
        let in_force = |kind| {
            standing
                .terms
                .iter()
                .filter(move |terms| terms.item.kind == kind && terms.in_force(as_of))
                .filter_map(|terms| Some((terms, catalog.item(&terms.item)?.effective(terms.assigned_revision)?)))
        };
        let mut packages: Vec<PackageInForce<'a>> =
            in_force(ItemKind::Package).map(|(terms, revision)| PackageInForce { terms, revision }).collect();
        packages.sort_by(|one, other| one.terms.item.cmp(&other.terms.item));
        let owned = in_force(ItemKind::Addon).map(|(terms, revision)| Candidate {
            key: &terms.item.key,
            revision,
            owned: Some(terms),
            included_by: None,
            stopped_by: Vec::new(),
        });
        let mut addons: Vec<Candidate<'a>> = owned.collect();
        for package in &packages {
            for key in package.revision.definition.included() {
                include(&mut addons, key, package.terms, catalog);
            }
        }
        addons.sort_by(|one, other| one.key.cmp(other.key));
        let mut grants: Vec<&GrantTerms> =
            standing.grants.iter().filter(|grant| grant.window.contains(as_of)).collect();
        grants.sort_by_key(|grant| (grant.created_at, grant.id));
        let mut evaluation = Self { catalog, as_of, packages, addons, grants };
        operative::judge(&mut evaluation);
        evaluation
    }

    /// The add-ons that work, by key.
    pub fn operative(&self) -> impl Iterator<Item = &Candidate<'a>> {
        self.addons.iter().filter(|addon| addon.is_operative())
    }

    /// What is owned and does not work, by key.
    pub fn stopped(&self) -> impl Iterator<Item = &Candidate<'a>> {
        self.addons.iter().filter(|addon| !addon.is_operative())
    }

    /// The key of the package in force that enables a base module; of several, which only old data can hold, the first.
    pub fn base_package(&self) -> Option<&'a ItemKey> {
        let enables = |package: &&PackageInForce<'a>| {
            self.catalog.active_modules(package.revision).any(|module| module.kind == ModuleKind::Base)
        };
        self.packages.iter().find(enables).map(|package| &package.terms.item.key)
    }

    /// The modules enabled, each once, base modules first, then by key.
    pub fn modules(&self) -> BTreeSet<(ModuleKind, &'a ModuleKey)> {
        let of = |module: &'a Module| (module.kind, &module.key);
        let packages = self.packages.iter().flat_map(|package| self.catalog.active_modules(package.revision));
        let addons = self.operative().flat_map(|addon| self.catalog.active_modules(addon.revision));
        packages.chain(addons).chain(self.granted_modules()).map(of).collect()
    }

    /// The active modules that grants give.
    pub(super) fn granted_modules(&self) -> impl Iterator<Item = &'a Module> {
        let module = |grant: &&'a GrantTerms| match &grant.granted {
            Granted::Module(key) => self.catalog.module(key).filter(|module| module.is_active),
            Granted::Feature(..) => None,
        };
        self.grants.iter().filter_map(module)
    }

    /// The newest grant of a feature in force: it overrides everything else.
    pub fn grant_of(&self, feature: &FeatureKey) -> Option<(&'a GrantTerms, FeatureValue)> {
        self.grants.iter().rev().find_map(|grant| match &grant.granted {
            Granted::Feature(key, value) if key == feature => Some((*grant, *value)),
            Granted::Feature(..) | Granted::Module(_) => None,
        })
    }

    /// What the packages in force say of an add-on: forbidden beats included beats allowed.
    pub fn availability(&self, addon: &ItemKey) -> Option<Availability> {
        self.packages.iter().filter_map(|package| package.revision.definition.addons.get(addon).copied()).max()
    }
}

fn include<'a>(addons: &mut Vec<Candidate<'a>>, key: &'a ItemKey, by: &'a Terms, catalog: &'a Catalog) {
    let older = |known: &'a Terms| if age_of(by) < age_of(known) { by } else { known };
    if let Some(known) = addons.iter_mut().find(|known| known.key == key) {
        known.included_by = Some(known.included_by.map_or(by, older));
        return;
    }
    let Some(revision) = catalog.addon(key).and_then(Item::included_revision) else { return };
    addons.push(Candidate { key, revision, owned: None, included_by: Some(by), stopped_by: Vec::new() });
}

fn age_of(terms: &Terms) -> (Timestamp, Timestamp) {
    (terms.window.starts_at.unwrap_or(terms.created_at), terms.created_at)
}

/// The status and window that an answer shows of an add-on.
pub(super) fn shown(candidate: &Candidate<'_>) -> (Status, Window) {
    candidate.shown().map_or((Status::Active, Window::default()), |terms| (terms.status, terms.window))
}
