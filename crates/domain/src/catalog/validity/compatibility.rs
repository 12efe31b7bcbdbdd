//! What a package says of modules and add-ons, judged together: one base module, and add-ons that work with the package.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, is_live, spoken, subject};
use crate::{
    Availability, Breach, Item, ItemKey, ItemKind, Lifecycle, ModuleKey, ModuleKind, Term,
    catalog::{CommercialType, Definition},
};

/// Tells of base modules where they do not belong, and of add-ons that a package includes or allows in vain.
pub(super) fn check(item: &Item, catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let Some(definition) = item.definition() else { return };
    check_base(item, definition, catalog, breaches);
    if item.kind == ItemKind::Package {
        let package = Package::of(item, definition, catalog);
        if item.lifecycle != Lifecycle::Draft {
            package.check_compatible(breaches);
        }
        package.check_conflicts(breaches);
    }
}

fn check_base(item: &Item, definition: &Definition, catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let modules = definition.modules.iter().filter_map(|key| catalog.module(key));
    let base: Vec<&str> =
        modules.filter(|module| module.kind == ModuleKind::Base).map(|module| module.key.as_str()).collect();
    let mut tell = |source, message| breaches.push(Breach::of_entry(subject(item), "moduleKeys", source, message));
    match (item.kind, base.as_slice()) {
        (ItemKind::Addon, base) => {
            for module in base {
                let message = format!("`{module}` is a base module; an add-on never includes one, a package does");
                tell("requirements 001", message);
            }
        }
        (ItemKind::Package, []) if item.profile.commercial_type == Some(CommercialType::Base) => {
            let message =
                format!("{} has commercialType `base`, so it includes exactly one base module; name it", spoken(item));
            tell("requirements 002 §5", message);
        }
        (ItemKind::Package, [] | [_]) => {}
        (ItemKind::Package, several) => {
            tell("requirements 001", format!("a package includes at most one base module, not {}", several.join(", ")));
        }
    }
}

/// A package with what it brings.
struct Package<'a> {
    item: &'a Item,
    definition: &'a Definition,
    catalog: &'a Catalog,
    /// The add-ons that it includes, other than archived ones.
    included: BTreeMap<&'a ItemKey, &'a Definition>,
    has_base: bool,
}

impl<'a> Package<'a> {
    fn of(item: &'a Item, definition: &'a Definition, catalog: &'a Catalog) -> Self {
        let included = definition.included().filter_map(|key| {
            let addon = catalog.addon(key).filter(|addon| is_live(addon))?;
            Some((key, addon.definition()?))
        });
        let mut modules = definition.modules.iter().filter_map(|key| catalog.module(key));
        let has_base = modules.any(|module| module.kind == ModuleKind::Base);
        Self { item, definition, catalog, included: included.collect(), has_base }
    }

    /// An add-on that a package includes or allows works with it: alone, with the package, or with a module that comes with it.
    fn check_compatible(&self, breaches: &mut Vec<Breach>) {
        let own = self.definition.modules.iter();
        let modules: BTreeSet<&ModuleKey> =
            own.chain(self.included.values().flat_map(|addon| &addon.modules)).collect();
        for (key, availability) in &self.definition.addons {
            let Some(addon) = self.catalog.addon(key).filter(|addon| is_live(addon)) else { continue };
            let Some(rules) = addon.definition().map(|definition| &definition.rules) else { continue };
            let is_compatible = rules.is_standalone()
                || rules.compatible_packages.contains(&self.item.key)
                || rules.compatible_modules.iter().any(|module| modules.contains(module));
            let verb = match availability {
                Availability::Forbidden => continue,
                Availability::Allowed => "allows",
                Availability::Included => "includes",
            };
            if !is_compatible {
                let message = format!(
                    "{} {verb} add-on `{key}`, which works neither alone nor with it; name the package among its \
                     compatiblePackages, or one of the package's modules among its compatibleModules",
                    spoken(self.item)
                );
                breaches.push(Breach::of_entry(subject(self.item), "addons", "requirements 002 §6.3", message));
            }
        }
    }

    /// Nothing that comes with a package is in conflict with anything else that does.
    fn check_conflicts(&self, breaches: &mut Vec<Breach>) {
        let mut modules: BTreeMap<&ModuleKey, BTreeSet<&ItemKey>> = BTreeMap::new();
        let mut features = BTreeMap::new();
        for (key, addon) in &self.included {
            for module in &addon.modules {
                modules.entry(module).or_default().insert(*key);
            }
            for (feature, _) in addon.features.iter().filter(|(_, value)| value.gives_something()) {
                features.entry(feature).or_insert_with(BTreeSet::new).insert(*key);
            }
        }
        for (key, addon) in &self.included {
            for term in &addon.rules.conflicts_with {
                let (is_own, others) = match term {
                    Term::Package(package) => (*package == self.item.key, None),
                    Term::Base => (self.has_base, None),
                    Term::Addon(other) => (false, self.included.get_key_value(other).map(|(other, _)| *other)),
                    Term::Module(module) => {
                        (self.definition.modules.contains(module), other_than(key, modules.get(module)))
                    }
                    Term::Feature(feature) => {
                        let value = self.definition.features.get(feature);
                        (value.is_some_and(|value| value.gives_something()), other_than(key, features.get(feature)))
                    }
                };
                if is_own {
                    self.tell_conflict(key, term, "the package itself brings that", breaches);
                }
                if let Some(other) = others.filter(|other| other != key) {
                    self.tell_conflict(
                        key,
                        term,
                        &format!("add-on `{other}`, which it includes as well, brings that"),
                        breaches,
                    );
                }
            }
        }
    }

    fn tell_conflict(&self, addon: &ItemKey, term: &Term, why: &str, breaches: &mut Vec<Breach>) {
        let message = format!(
            "{} includes add-on `{addon}`, which conflicts with `{term}`, and {why}; let it go without one of them",
            spoken(self.item)
        );
        breaches.push(Breach::of_entry(subject(self.item), "addons", "requirements 000 §5", message));
    }
}

/// The first of the givers that is another than this one.
fn other_than<'a>(key: &ItemKey, givers: Option<&BTreeSet<&'a ItemKey>>) -> Option<&'a ItemKey> {
    givers.into_iter().flatten().find(|giver| **giver != key).copied()
}
