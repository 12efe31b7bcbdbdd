//! The one place where entitlements are computed.

mod version;

use std::collections::BTreeSet;

use crate::{
    Catalog, CompanyId, ItemKey, ItemKind, ModuleKey, ModuleKind, Revision, Standing, Status, Terms, Timestamp,
};
pub(crate) use version::moving_part;
pub use version::version_at;

/// An add-on that a company owns and that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddonInForce {
    /// Its key.
    pub key: ItemKey,
    /// Its row's status.
    pub status: Status,
    /// Its row's start.
    pub starts_at: Option<Timestamp>,
    /// Its row's end.
    pub ends_at: Option<Timestamp>,
}

/// What a company commercially owns at an instant (requirements 004 §15.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlements {
    /// Whose.
    pub company_id: CompanyId,
    /// Whether a package in force enables a base module.
    pub has_basic: bool,
    /// The key of that package.
    pub base_package: Option<ItemKey>,
    /// The add-ons in force, by key.
    pub addons: Vec<AddonInForce>,
    /// The modules enabled, each once, base modules first, then by key.
    pub enabled_modules: Vec<ModuleKey>,
    /// Moves whenever anything above does, and never goes back.
    pub version: u64,
    /// When the answer last changed.
    pub updated_at: Timestamp,
    /// The next instant at which the answer changes by itself; `None` when there is none.
    pub valid_until: Option<Timestamp>,
    /// The instant that was asked for; never before the company's last write, so that a clock that steps back revives nothing.
    pub as_of: Timestamp,
}

/// What the company owns at `now`. Total: it cannot fail, and the same inputs give the same answer until `valid_until`.
pub fn resolve(standing: &Standing, catalog: &Catalog, now: Timestamp) -> Entitlements {
    let as_of = now.max(standing.last_write_at);
    let mut in_force: Vec<(&Terms, &Revision)> = standing
        .terms
        .iter()
        .filter(|terms| terms.in_force(as_of))
        .filter_map(|terms| Some((terms, catalog.item(&terms.item)?.effective(terms.assigned_revision)?)))
        .collect();
    in_force.sort_by(|(one, _), (other, _)| one.item.cmp(&other.item));
    let base_package = in_force
        .iter()
        .filter(|(terms, _)| terms.item.kind == ItemKind::Package)
        .find(|(_, revision)| catalog.active_modules(revision).any(|module| module.kind == ModuleKind::Base))
        .map(|(terms, _)| terms.item.key.clone());
    let enabled: BTreeSet<(ModuleKind, &ModuleKey)> = in_force
        .iter()
        .flat_map(|(_, revision)| catalog.active_modules(revision))
        .map(|module| (module.kind, &module.key))
        .collect();
    let addons = in_force
        .iter()
        .filter(|(terms, _)| terms.item.kind == ItemKind::Addon)
        .map(|(terms, _)| AddonInForce {
            key: terms.item.key.clone(),
            status: terms.status,
            starts_at: terms.window.starts_at,
            ends_at: terms.window.ends_at,
        })
        .collect();
    let entitling = || standing.terms.iter().filter(|terms| terms.status.is_entitling());
    Entitlements {
        company_id: standing.company_id,
        has_basic: base_package.is_some(),
        base_package,
        addons,
        enabled_modules: enabled.into_iter().map(|(_, key)| key.clone()).collect(),
        version: version_at(standing, catalog, as_of),
        updated_at: version::updated_at(standing, catalog, as_of),
        valid_until: entitling().flat_map(|terms| terms.window.boundaries()).filter(|at| *at > as_of).min(),
        as_of,
    }
}
