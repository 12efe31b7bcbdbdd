//! Why a company has something, or lacks it.

use super::{Evaluation, Source};
use crate::{
    Catalog, FeatureKey, Granted, Item, ItemKind, ItemRef, Module, ModuleKey, PermissionKey, Revision, Standing, Terms,
    Timestamp,
};

/// Why a row does not count at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Its status does not entitle.
    Status,
    /// Its window has not opened.
    NotYet,
    /// Its window has closed.
    Over,
}

/// What was considered for something, and why it does not give it now.
#[derive(Clone, Debug)]
pub enum Considered<'a> {
    /// A row that would give it, and does not count.
    Row(&'a Terms, Idle),
    /// An add-on that would give it, owned or included, and does not work.
    Stopped(&'a crate::ItemKey),
    /// A grant of it that is not in force.
    Grant(&'a crate::GrantTerms, Idle),
    /// A grant of the feature that is in force, and in whose place a newer one stands.
    Replaced(&'a crate::GrantTerms),
    /// The grant of the feature that counts gives nothing, in the place of everything else.
    Withheld(&'a crate::GrantTerms),
    /// An item that the company does not have; whether it may be newly assigned.
    NotOwned(ItemRef, bool),
    /// The company has it, and it is switched off for everyone.
    Inactive(&'a ModuleKey),
}

/// Something that a company may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// A module.
    Module(&'a ModuleKey),
    /// A permission.
    Permission(&'a PermissionKey),
    /// A feature.
    Feature(&'a FeatureKey),
}

impl Asked<'_> {
    fn is_given_by(self, revision: &Revision) -> bool {
        let definition = &revision.definition;
        match self {
            Self::Module(key) => definition.modules.contains(key),
            Self::Permission(key) => {
                definition.permissions.contains(key) || definition.attached_permissions.contains_key(key)
            }
            Self::Feature(key) => definition.features.contains_key(key),
        }
    }
}

impl<'a> Evaluation<'a> {
    /// Everything that gives it now: packages, then add-ons, then grants.
    pub fn sources(&self, asked: Asked<'_>) -> Vec<Source<'a>> {
        let packages = self.packages.iter().filter(|package| self.package_gives(package, asked));
        let addons = self.operative().filter(|addon| asked.is_given_by(addon.revision));
        let grants = self.grants.iter().filter(|grant| match (&grant.granted, asked) {
            (Granted::Module(key), Asked::Module(asked)) => key == asked,
            (Granted::Feature(key, _), Asked::Feature(asked)) => key == asked,
            (Granted::Module(_) | Granted::Feature(..), _) => false,
        });
        packages
            .map(|package| Source::Package(package.terms))
            .chain(addons.map(|addon| Source::Addon(addon.key)))
            .chain(grants.map(|grant| Source::Grant(grant)))
            .collect()
    }

    fn package_gives(&self, package: &super::PackageInForce<'a>, asked: Asked<'_>) -> bool {
        match asked {
            Asked::Permission(key) => {
                let definition = &package.revision.definition;
                let attached = definition.attached_permissions.get(key);
                definition.permissions.contains(key) || attached.is_some_and(|addon| self.stands_for(addon))
            }
            Asked::Module(_) | Asked::Feature(_) => asked.is_given_by(package.revision),
        }
    }

    /// What was considered for something that the company does not have, or has from elsewhere: in the order in which one would try it.
    pub fn considered(&self, standing: &'a Standing, asked: Asked<'a>) -> Vec<Considered<'a>> {
        let catalog = self.catalog;
        let gives = |terms: &Terms| {
            let revision = catalog.item(&terms.item).and_then(|item| item.effective(terms.assigned_revision));
            revision.is_some_and(|revision| asked.is_given_by(revision))
        };
        let mut found: Vec<Considered<'a>> = Vec::new();
        if let Asked::Module(key) = asked
            && catalog.module(key).is_some_and(|module| !module.is_active)
        {
            found.push(Considered::Inactive(key));
        }
        if let Asked::Permission(key) = asked
            && let Some(module) = inactive_module_of(catalog, key)
        {
            found.push(Considered::Inactive(&module.key));
        }
        let granted = match asked {
            Asked::Feature(key) => self.grant_of(key),
            Asked::Module(_) | Asked::Permission(_) => None,
        };
        let withheld = granted.filter(|(_, value)| !value.gives_something());
        found.extend(withheld.map(|(grant, _)| Considered::Withheld(grant)));
        let rows = standing.terms.iter().filter(|terms| gives(terms));
        found.extend(rows.filter_map(|terms| Some(Considered::Row(terms, idle(terms, self.as_of)?))));
        let stopped = self.stopped().filter(|addon| asked.is_given_by(addon.revision));
        found.extend(stopped.map(|addon| Considered::Stopped(addon.key)));
        let grants = standing.grants.iter().filter(|grant| match (&grant.granted, asked) {
            (Granted::Module(key), Asked::Module(asked)) => key == asked,
            (Granted::Feature(key, _), Asked::Feature(asked)) => key == asked,
            (Granted::Module(_) | Granted::Feature(..), _) => false,
        });
        found.extend(grants.filter_map(|grant| match grant.window.contains(self.as_of) {
            true => granted.is_some_and(|(newest, _)| newest.id != grant.id).then_some(Considered::Replaced(grant)),
            false if grant.window.has_closed(self.as_of) => Some(Considered::Grant(grant, Idle::Over)),
            false => Some(Considered::Grant(grant, Idle::NotYet)),
        }));
        let has = |item: &Item| {
            standing.terms.iter().any(|terms| terms.item == item.reference())
                || (item.kind == ItemKind::Addon && self.addons.iter().any(|addon| *addon.key == item.key))
        };
        let others = catalog.all_items().filter(|item| item.lifecycle.may_be_held() && !has(item));
        let others = others.filter(|item| item.newest().is_some_and(|newest| asked.is_given_by(newest)));
        found.extend(others.map(|item| Considered::NotOwned(item.reference(), item.is_active())));
        found
    }
}

fn inactive_module_of<'a>(catalog: &'a Catalog, permission: &PermissionKey) -> Option<&'a Module> {
    let permission = catalog.permission(permission)?;
    catalog.module(&permission.module).filter(|module| !module.is_active)
}

fn idle(terms: &Terms, at: Timestamp) -> Option<Idle> {
    if !terms.status.is_entitling() {
        Some(Idle::Status)
    } else if terms.window.has_closed(at) {
        Some(Idle::Over)
    } else if terms.window.contains(at) {
        None
    } else {
        Some(Idle::NotYet)
    }
}
