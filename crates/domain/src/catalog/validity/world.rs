//! The most that a company may have at once: one base package at most, everything else beside it, and what works of it.

use std::{cell::Cell, collections::BTreeSet};

use super::{
    Catalog,
    market::{Market, Offer},
};
use crate::{
    FeatureKey, FeatureKind, ItemKey, ModuleKey, Term,
    catalog::{AddonRules, Definition},
};

/// What a world is made of, and what is left out of it. Packages and add-ons are named by their place in the market.
#[derive(Default)]
pub(super) struct Setting {
    pub(super) base: Option<usize>,
    pub(super) modules_are_granted: bool,
    pub(super) packages_out: BTreeSet<usize>,
    pub(super) addons_out: BTreeSet<usize>,
    /// Terms that must not hold.
    pub(super) blocked: BTreeSet<Term>,
}

/// What companies may have at most: the packages in force, and the add-ons that work by the most favourable of their definitions.
pub(super) struct World<'a> {
    packages: BTreeSet<&'a ItemKey>,
    has_base: bool,
    addons: BTreeSet<&'a ItemKey>,
    modules: BTreeSet<&'a ModuleKey>,
    features: BTreeSet<&'a FeatureKey>,
}

impl<'a> World<'a> {
    /// The world of a setting, with the package at `forced` in force for sure; `None` when there are no steps left.
    pub(super) fn of(
        market: &Market<'a>,
        setting: &Setting,
        forced: Option<usize>,
        steps_left: &Cell<u64>,
    ) -> Option<Self> {
        let packages = || market.packages.iter().enumerate();
        let is_there = |place: usize, package: &Offer<'_>| {
            setting.base == Some(place) || (!package.is_base && !setting.packages_out.contains(&place))
        };
        let mut world = Self {
            packages: BTreeSet::new(),
            has_base: false,
            addons: BTreeSet::new(),
            modules: BTreeSet::new(),
            features: BTreeSet::new(),
        };
        let mut included: BTreeSet<&ItemKey> = BTreeSet::new();
        for (_, package) in packages().filter(|(place, package)| is_there(*place, package)) {
            world.packages.insert(package.key);
            world.has_base |= package.may_be_base;
            for definition in &package.definitions {
                world.add(definition);
                included.extend(definition.included());
            }
        }
        let certain = |place: usize| setting.base == Some(place) || forced == Some(place);
        let is_forbidden = |addon: &Offer<'_>| {
            let mut certain = packages().filter(|(place, _)| certain(*place));
            certain.any(|(_, package)| package.always(|definition| definition.forbids(addon.key)))
        };
        let addons = (0..).zip(&market.addons).filter(|(place, _)| !setting.addons_out.contains(place));
        let is_to_be_had =
            |addon: &&Offer<'_>| (addon.may_be_held || included.contains(addon.key)) && !is_forbidden(addon);
        let mut waiting: Vec<&Offer<'a>> = addons.map(|(_, addon)| addon).filter(is_to_be_had).collect();
        loop {
            let steps = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
            steps_left.set(steps_left.get().checked_sub(steps)?);
            let works = |addon: &&Offer<'a>| {
                addon.definitions.iter().any(|definition| world.satisfies(&definition.rules, setting, market.catalog))
            };
            let (working, idle): (Vec<&Offer<'a>>, Vec<&Offer<'a>>) = waiting.into_iter().partition(works);
            if working.is_empty() {
                return Some(world);
            }
            for addon in working {
                world.addons.insert(addon.key);
                addon.definitions.iter().for_each(|definition| world.add(definition));
            }
            waiting = idle;
        }
    }

    fn add(&mut self, definition: &'a Definition) {
        self.modules.extend(&definition.modules);
        self.features
            .extend(definition.features.iter().filter(|(_, value)| value.gives_something()).map(|(key, _)| key));
    }

    /// Whether what an add-on asks for is there. What does not exist is told elsewhere, and taken to be there.
    pub(super) fn satisfies(&self, rules: &AddonRules, setting: &Setting, catalog: &Catalog) -> bool {
        let holds = |term: &Term| self.holds(term, setting, catalog);
        let works_with = |key: &ItemKey| holds(&Term::Package(key.clone()));
        let works_within = |key: &ModuleKey| holds(&Term::Module(key.clone()));
        let is_compatible = rules.is_standalone()
            || rules.compatible_packages.iter().any(works_with)
            || rules.compatible_modules.iter().any(works_within);
        is_compatible && rules.requires.as_ref().is_none_or(|requires| requires.holds(&holds))
    }

    fn holds(&self, term: &Term, setting: &Setting, catalog: &Catalog) -> bool {
        let is_there = match term {
            Term::Base => self.has_base,
            Term::Package(key) => self.packages.contains(key) || catalog.package(key).is_none(),
            Term::Addon(key) => self.addons.contains(key) || catalog.addon(key).is_none(),
            Term::Module(key) => {
                setting.modules_are_granted || self.modules.contains(key) || catalog.module(key).is_none()
            }
            // Toggles and limits may be granted: a fact of an integration is told that way.
            Term::Feature(key) => {
                let needs_giver = catalog.feature(key).is_some_and(|feature| feature.kind == FeatureKind::Credit);
                !needs_giver || self.features.contains(key)
            }
        };
        is_there && !setting.blocked.contains(term)
    }
}
