//! What an item names must exist, and not be over where the item needs it to live.

use super::{Catalog, is_live, spoken, subject};
use crate::{
    Availability, Breach, FeatureKey, FeatureKind, FeatureValue, Item, ItemKey, ItemKind, ItemRef, ModuleKey, Term,
    catalog::Definition,
};

/// Tells of everything that an item names and that is not there.
pub(super) fn check(item: &Item, catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let Some(definition) = item.definition() else { return };
    let mut checked = Checked { item, catalog, breaches };
    checked.grants(definition);
    checked.addons(definition);
    checked.rules(definition);
    checked.targets();
}

/// An item whose references are being checked.
struct Checked<'a> {
    item: &'a Item,
    catalog: &'a Catalog,
    breaches: &'a mut Vec<Breach>,
}

impl<'a> Checked<'a> {
    fn grants(&mut self, definition: &Definition) {
        for key in &definition.modules {
            self.module(key, "moduleKeys", "requirements 002 §7.2");
        }
        for key in definition.permissions.iter().filter(|key| self.catalog.permission(key).is_none()) {
            let message = format!("permission `{key}` does not exist; create it first");
            self.tell("permissions", "requirements 002 §6.4", message);
        }
        for (key, addon) in &definition.attached_permissions {
            if self.catalog.permission(key).is_none() {
                let message = format!("permission `{key}` does not exist; create it first");
                self.tell("attachedPermissions", "requirements 003 §4", message);
            }
            self.named(ItemKind::Addon, addon, "attachedPermissions", "requirements 003 §4");
        }
        for (key, value) in &definition.features {
            self.feature_value(key, *value);
        }
    }

    fn feature_value(&mut self, key: &FeatureKey, value: FeatureValue) {
        const SOURCE: &str = "requirements 003 §2";
        let Some(feature) = self.catalog.feature(key) else {
            self.tell("features", SOURCE, format!("feature `{key}` does not exist; create it first"));
            return;
        };
        if value == FeatureValue::Off {
            let message = format!("feature `{key}` is false here; leave it out: only a grant switches a feature off");
            self.tell("features", SOURCE, message);
        } else if !value.fits(feature.kind) {
            let asks = match feature.kind {
                FeatureKind::Toggle => "true",
                FeatureKind::Limit => "an integer of at least 0, or null for unlimited",
                FeatureKind::Credit => "an integer of at least 0",
            };
            let message = format!("feature `{key}` is a {}, so its value is {asks}", feature.kind.as_str());
            self.tell("features", SOURCE, message);
        }
    }

    fn addons(&mut self, definition: &Definition) {
        const SOURCE: &str = "requirements 002 §6.3";
        for (key, availability) in &definition.addons {
            let Some(addon) = self.named(ItemKind::Addon, key, "addons", SOURCE) else { continue };
            let lifecycle = addon.lifecycle;
            let is_granted = *availability == Availability::Included && self.item.lifecycle.may_be_held();
            if *availability != Availability::Forbidden && !is_live(addon) {
                let message = format!(
                    "{} is archived, and {} has it as {}; take it out first",
                    spoken(addon),
                    spoken(self.item),
                    availability.as_str()
                );
                self.tell("addons", SOURCE, message);
            } else if is_granted && !lifecycle.may_be_held() {
                let message = format!(
                    "{} is a draft, so {} cannot include it; activate it first",
                    spoken(addon),
                    spoken(self.item)
                );
                self.tell("addons", SOURCE, message);
            }
        }
    }

    fn rules(&mut self, definition: &Definition) {
        let rules = &definition.rules;
        for key in &rules.compatible_packages {
            self.named(ItemKind::Package, key, "compatiblePackages", "requirements 000 §4");
        }
        for key in &rules.compatible_modules {
            self.module(key, "compatibleModules", "requirements 000 §4");
        }
        let needed = rules.requires.as_ref().map(crate::Requirement::terms).unwrap_or_default();
        for term in needed {
            self.term(term, "requires");
        }
        for term in &rules.conflicts_with {
            self.term(term, "conflictsWith");
        }
        for term in &self.item.profile.redundant_with {
            self.term(term, "redundantWith");
        }
    }

    fn term(&mut self, term: &Term, field: &'static str) {
        const SOURCE: &str = "requirements 000 §5";
        match term {
            Term::Package(key) => drop(self.named(ItemKind::Package, key, field, SOURCE)),
            Term::Addon(key) => drop(self.named(ItemKind::Addon, key, field, SOURCE)),
            Term::Module(key) => self.module(key, field, SOURCE),
            Term::Feature(key) if self.catalog.feature(key).is_none() => {
                self.tell(field, SOURCE, format!("feature `{key}` does not exist; create it first"));
            }
            Term::Feature(_) | Term::Base => {}
        }
    }

    fn targets(&mut self) {
        const SOURCE: &str = "requirements 002 §6.5";
        let profile = &self.item.profile;
        for (field, targets) in
            [("upgradeTargets", &profile.upgrade_targets), ("downgradeTargets", &profile.downgrade_targets)]
        {
            for key in targets {
                if *key == self.item.key {
                    self.tell(field, SOURCE, format!("package `{key}` is its own target; take it out"));
                    continue;
                }
                let Some(target) = self.named(ItemKind::Package, key, field, SOURCE) else { continue };
                if !is_live(target) {
                    self.tell(
                        field,
                        SOURCE,
                        format!("package `{key}` is archived, so nobody can move to it; take it out"),
                    );
                }
            }
        }
    }

    fn module(&mut self, key: &ModuleKey, field: &'static str, source: &'static str) {
        if self.catalog.module(key).is_none() {
            let known = self.catalog.module_named(key).map(|module| module.key.to_string());
            self.tell(field, source, unknown("module", key.as_str(), known));
        }
    }

    /// The item of that key, or a breach.
    fn named(&mut self, kind: ItemKind, key: &ItemKey, field: &'static str, source: &'static str) -> Option<&'a Item> {
        let reference = ItemRef { kind, key: key.clone() };
        let catalog = self.catalog;
        if catalog.item(&reference).is_none() {
            let known = catalog.item_named(&reference).map(|item| item.key.to_string());
            let what = match kind {
                ItemKind::Package => "package",
                ItemKind::Addon => "add-on",
            };
            self.tell(field, source, unknown(what, key.as_str(), known));
        }
        catalog.item(&reference)
    }

    fn tell(&mut self, field: &'static str, source: &'static str, message: String) {
        self.breaches.push(Breach::of_entry(subject(self.item), field, source, message));
    }
}

fn unknown(what: &str, key: &str, alias_of: Option<String>) -> String {
    match alias_of {
        Some(known) => format!("{what} `{key}` is an alias of `{known}`; name it by its key"),
        None => format!("{what} `{key}` does not exist; create it first"),
    }
}
