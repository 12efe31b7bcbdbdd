//! From an evaluation to the answers that are asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Evaluation};
use crate::{
    Availability, Combine, Feature, FeatureKey, FeatureKind, FeatureValue, GrantTerms, ItemKey, PermissionKey, Term,
    Terms, Timestamp,
};

/// Where a company has something from.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// A package in force.
    Package(&'a Terms),
    /// An add-on that works.
    Addon(&'a ItemKey),
    /// A grant.
    Grant(&'a GrantTerms),
}

/// A feature that a company has.
#[derive(Clone, Debug)]
pub struct FeatureInForce<'a> {
    /// Its definition.
    pub feature: &'a Feature,
    /// Its value; of a credit, what the definitions say it comes with: the balance is in the ledger.
    pub value: FeatureValue,
    /// Every source with its own value, packages first, then add-ons, then the grant; where there is a grant only it counts.
    pub sources: Vec<(Source<'a>, FeatureValue)>,
}

impl FeatureInForce<'_> {
    /// Whether one of its sources makes its value what it is: not where a grant stands in its place, nor where a larger amount wins.
    pub fn counts(&self, source: &Source<'_>, value: FeatureValue) -> bool {
        let is_grant = |source: &Source<'_>| matches!(source, Source::Grant(_));
        if self.sources.iter().any(|(one, _)| is_grant(one)) {
            return is_grant(source);
        }
        let the_largest_wins = self.feature.combine == Combine::Max || self.value == FeatureValue::Unlimited;
        self.feature.kind != FeatureKind::Limit || !the_largest_wins || value == self.value
    }
}

/// What a company may become eligible for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility<'a> {
    /// Permission families such as `finance.*`, by name.
    pub families: BTreeSet<String>,
    /// Single permissions, by key.
    pub permissions: BTreeSet<&'a PermissionKey>,
}

impl<'a> Evaluation<'a> {
    /// The features that the company has, by key.
    pub fn features(&self) -> Vec<FeatureInForce<'a>> {
        let mut sources: BTreeMap<&'a FeatureKey, Vec<(Source<'a>, FeatureValue)>> = BTreeMap::new();
        for package in &self.packages {
            for (key, value) in &package.revision.definition.features {
                sources.entry(key).or_default().push((Source::Package(package.terms), *value));
            }
        }
        for addon in self.operative() {
            for (key, value) in &addon.revision.definition.features {
                let value = value.times(addon.quantity());
                sources.entry(key).or_default().push((Source::Addon(addon.key), value));
            }
        }
        for grant in &self.grants {
            if let crate::Granted::Feature(key, _) = &grant.granted {
                sources.entry(key).or_default();
            }
        }
        sources.into_iter().filter_map(|(key, sources)| self.feature(key, sources)).collect()
    }

    fn feature(&self, key: &FeatureKey, mut sources: Vec<(Source<'a>, FeatureValue)>) -> Option<FeatureInForce<'a>> {
        let feature = self.catalog.feature(key)?;
        let combined =
            sources.iter().map(|(_, value)| *value).reduce(|one, other| one.combined(other, feature.combine));
        let value = match self.grant_of(key).filter(|_| feature.kind != FeatureKind::Credit) {
            Some((grant, value)) => {
                sources.push((Source::Grant(grant), value));
                value
            }
            None => combined?,
        };
        Some(FeatureInForce { feature, value, sources })
    }

    /// What the company may become eligible for.
    pub fn eligibility(&self) -> Eligibility<'a> {
        let modules = self.modules();
        let modules = modules.iter().filter_map(|(_, key)| self.catalog.module(key));
        let families =
            modules.flat_map(|module| module.namespaces().map(|namespace| format!("{namespace}.*"))).collect();
        let listed = self.packages.iter().flat_map(|package| &package.revision.definition.permissions);
        let attached = self.packages.iter().flat_map(|package| self.attached(package));
        let enabled = self.operative().flat_map(|addon| &addon.revision.definition.permissions);
        let permissions = listed.chain(attached).chain(enabled).filter(|key| self.catalog.is_open(key)).collect();
        Eligibility { families, permissions }
    }

    /// The permissions of a package that were attached for add-ons which are included or work.
    fn attached(&self, package: &super::PackageInForce<'a>) -> impl Iterator<Item = &'a PermissionKey> {
        let attached = package.revision.definition.attached_permissions.iter();
        attached.filter(|(_, addon)| self.stands_for(addon)).map(|(key, _)| key)
    }

    /// Whether permissions that were attached for an add-on count: it works, or a package in force includes it and none forbids it. An
    /// included add-on that does not work grants nothing itself; what the package attaches for it is the package's.
    pub(super) fn stands_for(&self, addon: &ItemKey) -> bool {
        self.availability(addon) == Some(Availability::Included) || self.operative().any(|one| one.key == addon)
    }

    /// Whether a term holds of what works besides one add-on.
    fn holds_beside(&self, term: &Term, addon: &ItemKey) -> bool {
        match term {
            Term::Base => self.base_package().is_some(),
            Term::Package(key) => self.packages.iter().any(|package| package.terms.item.key == *key),
            Term::Module(key) => {
                let is_on = |revision| self.catalog.active_modules(revision).any(|module| module.key == *key);
                self.packages.iter().any(|package| is_on(package.revision))
                    || self.operative().any(|other| other.key != addon && is_on(other.revision))
                    || self.granted_modules().any(|module| module.key == *key)
            }
            Term::Addon(key) => key != addon && self.operative().any(|other| other.key == key),
            Term::Feature(key) => self.features().iter().filter(|one| one.feature.key == *key).any(|one| {
                let is_other = |source: &Source<'_>| !matches!(source, Source::Addon(key) if *key == addon);
                let mut sources = one.sources.iter();
                one.value.gives_something()
                    && sources.any(|(source, value)| is_other(source) && value.gives_something())
            }),
        }
    }

    /// What makes a working add-on superfluous, if anything does. What it gives itself does not.
    pub fn redundancy(&self, addon: &Candidate<'a>) -> Option<&'a Term> {
        let item = self.catalog.addon(addon.key)?;
        item.profile.redundant_with.iter().find(|term| self.holds_beside(term, addon.key))
    }
}

/// The instants after `from` at which a company's answer can change, in order.
pub fn boundaries(standing: &crate::Standing, from: Timestamp) -> BTreeSet<Timestamp> {
    let rows =
        standing.terms.iter().filter(|terms| terms.status.is_entitling()).flat_map(|one| one.window.boundaries());
    let grants = standing.grants.iter().flat_map(|grant| grant.window.boundaries());
    rows.chain(grants).filter(|at| *at > from).collect()
}
