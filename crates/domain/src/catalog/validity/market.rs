//! Whether an add-on can work for anybody. The search leaves out what it cannot judge for sure, always to the add-on's favour: what it
//! calls impossible is impossible, but not the other way round where items forbid each other or conflict.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    Catalog, spoken, subject,
    world::{Setting, World},
};
use crate::{
    Breach, FeatureKind, Item, ItemKey, ItemKind, ModuleKey, ModuleKind, Term,
    catalog::{AddonRules, Definition},
};

/// The most judgements of one add-on in one world that a check of a catalog makes. A catalog of a few hundred entries needs some
/// thousands; one that is made to be hard could need billions, and then the rest is taken to be possible.
const MAX_STEPS: u64 = 1_000_000;

/// What companies may hold.
pub(super) struct Market<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) packages: Vec<Offer<'a>>,
    pub(super) addons: Vec<Offer<'a>>,
    steps_left: Cell<u64>,
    /// The worlds in which nothing is left out: most add-ons share them.
    shared: RefCell<BTreeMap<Common, Rc<World<'a>>>>,
}

/// A base package, and whether modules are granted.
type Common = (Option<usize>, bool);

/// An item with every definition that a company can hold it by.
pub(super) struct Offer<'a> {
    pub(super) key: &'a ItemKey,
    pub(super) definitions: Vec<&'a Definition>,
    /// Whether companies may hold it; else it comes with a package only.
    pub(super) may_be_held: bool,
    /// Of a package: whether it is a base package by some definition.
    pub(super) may_be_base: bool,
    /// Of a package: whether it is a base package by every definition, so that no other is held beside it.
    pub(super) is_base: bool,
}

impl<'a> Offer<'a> {
    fn of(item: &'a Item, catalog: &Catalog) -> Self {
        let oldest = item.newest_existing();
        let in_effect = item.revisions.iter().filter(|revision| revision.number >= oldest);
        let definitions: Vec<&Definition> = in_effect.map(|revision| &revision.definition).collect();
        let is_base = |definition: &&Definition| {
            let mut modules = definition.modules.iter().filter_map(|key| catalog.module(key));
            modules.any(|module| module.kind == ModuleKind::Base)
        };
        let (may_be_base, is_base) = (definitions.iter().any(is_base), definitions.iter().all(is_base));
        Self { key: &item.key, definitions, may_be_held: item.lifecycle.may_be_held(), may_be_base, is_base }
    }

    /// Whether it is there by no definition without the definition saying so.
    pub(super) fn always(&self, says: impl Fn(&Definition) -> bool) -> bool {
        self.definitions.iter().all(|definition| says(definition))
    }
}

impl<'a> Market<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let held = |kind| catalog.items(kind).filter(|item| item.lifecycle.may_be_held());
        let packages: Vec<Offer<'_>> = held(ItemKind::Package).map(|item| Offer::of(item, catalog)).collect();
        let definitions = packages.iter().flat_map(|package| &package.definitions);
        // A package that somebody still has at an earlier revision may include what is over by now.
        let included: BTreeSet<&ItemKey> = definitions.flat_map(|definition| definition.included()).collect();
        let addons = catalog.items(ItemKind::Addon);
        let addons = addons.filter(|addon| addon.lifecycle.may_be_held() || included.contains(&addon.key));
        Self {
            catalog,
            addons: addons.map(|item| Offer::of(item, catalog)).collect(),
            packages,
            steps_left: Cell::new(MAX_STEPS),
            shared: RefCell::new(BTreeMap::new()),
        }
    }

    /// Tells of an add-on for sale that can work for nobody, and of add-ons that a package includes in vain.
    pub(super) fn check(&self, item: &'a Item, breaches: &mut Vec<Breach>) {
        let Some(definition) = item.definition() else { return };
        match item.kind {
            ItemKind::Addon if item.is_active() => self.check_addon(item, definition, breaches),
            ItemKind::Package if item.lifecycle.may_be_held() => self.check_included(item, definition, breaches),
            ItemKind::Addon | ItemKind::Package => {}
        }
    }

    fn check_addon(&self, addon: &'a Item, definition: &'a Definition, breaches: &mut Vec<Breach>) {
        let rules = &definition.rules;
        if self.works_somewhere(addon, definition, rules, None, true) {
            return;
        }
        let undemanding = AddonRules { requires: None, ..rules.clone() };
        let field = if self.works_somewhere(addon, definition, &undemanding, None, true) {
            "requires"
        } else {
            "compatiblePackages"
        };
        let message = format!(
            "{} can never work for anybody: no packages and add-ons that a company may hold together satisfy its compatibility, \
             its requires and its conflicts at once; change its rules, or make it a draft",
            spoken(addon)
        );
        breaches.push(Breach::of_entry(subject(addon), field, "requirements 000 §4", message));
    }

    fn check_included(&self, package: &'a Item, definition: &'a Definition, breaches: &mut Vec<Breach>) {
        for key in definition.included() {
            let Some(addon) = self.catalog.addon(key).filter(|addon| addon.lifecycle.may_be_held()) else { continue };
            let Some(included) = addon.definition() else { continue };
            if !self.works_somewhere(addon, included, &included.rules, Some(&package.key), true) {
                let message = format!(
                    "{} includes add-on `{key}`, which can work for nobody who has the package: nothing that a company may hold \
                     beside it satisfies what the add-on asks; take it out, or change its rules",
                    spoken(package)
                );
                breaches.push(Breach::of_entry(subject(package), "addons", "requirements 000 §5", message));
            }
        }
    }

    /// Whether an add-on can work for somebody to whom no module is granted: with packages and add-ons alone.
    pub(super) fn is_sold_into(&self, addon: &Item) -> bool {
        let Some(definition) = addon.definition() else { return true };
        self.works_somewhere(addon, definition, &definition.rules, None, false)
    }

    /// Whether an add-on, by these rules, can work for somebody who has `beside`.
    fn works_somewhere(
        &self,
        addon: &Item,
        definition: &Definition,
        rules: &AddonRules,
        beside: Option<&ItemKey>,
        modules_are_granted: bool,
    ) -> bool {
        if rules.is_standalone() && rules.requires.is_none() {
            return true;
        }
        let packages = || self.packages.iter().enumerate();
        let forced = beside.and_then(|key| packages().find(|(_, package)| package.key == key).map(|(place, _)| place));
        let mut setting = Setting { modules_are_granted, ..Setting::default() };
        let blocked = rules.conflicts_with.iter().filter(|term| !matches!(term, Term::Addon(_)));
        setting.blocked = blocked.cloned().collect();
        setting.packages_out = packages()
            .filter(|(place, package)| Some(*place) != forced && self.stops(package, addon, rules))
            .map(|(place, _)| place)
            .collect();
        setting.addons_out = (0..)
            .zip(&self.addons)
            .filter(|(_, other)| self.excludes(rules, &addon.key, definition, other))
            .map(|(place, _)| place)
            .collect();
        for base in self.choices(rules, forced) {
            if base.is_some_and(|base| setting.packages_out.contains(&base)) {
                continue;
            }
            setting.base = base;
            let Some(world) = self.world(&setting, forced) else { return true };
            if world.satisfies(rules, &setting, self.catalog) {
                return true;
            }
        }
        false
    }

    /// The base packages to try, those that the add-on names first; last, none. Beside a base package only that.
    fn choices(&self, rules: &AddonRules, forced: Option<usize>) -> Vec<Option<usize>> {
        let is_base = |place: usize| self.packages.get(place).is_some_and(|package| package.is_base);
        if let Some(base) = forced.filter(|place| is_base(*place)) {
            return vec![Some(base)];
        }
        let is_named = |place: &usize| {
            self.packages.get(*place).is_some_and(|package| rules.compatible_packages.contains(package.key))
        };
        let bases = (0..self.packages.len()).filter(|place| is_base(*place));
        let (named, others): (Vec<usize>, Vec<usize>) = bases.partition(is_named);
        named.into_iter().chain(others).map(Some).chain([None]).collect()
    }

    /// The world of a setting; `None` when the search has gone on for long enough.
    fn world(&self, setting: &Setting, forced: Option<usize>) -> Option<Rc<World<'a>>> {
        let is_shared = forced.is_none()
            && setting.blocked.is_empty()
            && setting.packages_out.is_empty()
            && setting.addons_out.is_empty();
        if !is_shared {
            return World::of(self, setting, forced, &self.steps_left).map(Rc::new);
        }
        let name = (setting.base, setting.modules_are_granted);
        if let Some(known) = self.shared.borrow().get(&name) {
            return Some(Rc::clone(known));
        }
        let world = Rc::new(World::of(self, setting, forced, &self.steps_left)?);
        self.shared.borrow_mut().insert(name, Rc::clone(&world));
        Some(world)
    }

    /// Whether an add-on never works beside a package: it forbids the add-on, or is or has what that conflicts with.
    fn stops(&self, package: &Offer<'_>, addon: &Item, rules: &AddonRules) -> bool {
        let is_in_conflict = |term: &Term| match term {
            Term::Package(key) => key == package.key,
            Term::Base => {
                package.always(|definition| definition.modules.iter().any(|key| self.is_on(key) && self.is_base(key)))
            }
            Term::Module(key) => self.is_on(key) && package.always(|definition| definition.modules.contains(key)),
            // Of a toggle or a limit a grant of nothing may override what the package gives.
            Term::Feature(key) => {
                let is_credit = self.catalog.feature(key).is_some_and(|feature| feature.kind == FeatureKind::Credit);
                is_credit && package.always(|definition| gives(definition, term))
            }
            Term::Addon(_) => false,
        };
        package.always(|definition| definition.forbids(&addon.key)) || rules.conflicts_with.iter().any(is_in_conflict)
    }

    /// Whether two add-ons never work beside each other, by the rules of either.
    fn excludes(&self, rules: &AddonRules, key: &ItemKey, definition: &Definition, other: &Offer<'_>) -> bool {
        let hits = |term: &Term, key: &ItemKey, definition: &Definition| match term {
            Term::Addon(named) => named == key,
            Term::Module(module) => self.is_on(module) && gives(definition, term),
            Term::Feature(_) => gives(definition, term),
            Term::Package(_) | Term::Base => false,
        };
        let is_hit = |term: &Term| other.always(|definition| hits(term, other.key, definition));
        let hits_back = |other: &Definition| other.rules.conflicts_with.iter().any(|term| hits(term, key, definition));
        key != other.key && (rules.conflicts_with.iter().any(is_hit) || other.always(hits_back))
    }

    fn is_base(&self, module: &ModuleKey) -> bool {
        self.catalog.module(module).is_some_and(|module| module.kind == ModuleKind::Base)
    }

    /// Whether a module is enabled for those who have it. One that is switched off may be switched on again.
    fn is_on(&self, module: &ModuleKey) -> bool {
        self.catalog.module(module).is_some_and(|module| module.is_active)
    }
}

/// Whether a definition gives the module or the feature of a term.
fn gives(definition: &Definition, term: &Term) -> bool {
    match term {
        Term::Module(key) => definition.modules.contains(key),
        Term::Feature(key) => definition.features.get(key).is_some_and(|value| value.gives_something()),
        Term::Package(_) | Term::Addon(_) | Term::Base => false,
    }
}
