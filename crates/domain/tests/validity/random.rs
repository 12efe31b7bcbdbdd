//! Small random catalogs: three packages and three add-ons over four modules, a toggle and a credit.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AddonRules, Availability, Definition, FeatureKind, FeatureValue, ItemKey, Lifecycle, ModuleKey, ModuleKind, Reach,
    Requirement, Term,
};
use proptest::{collection::vec, option, prelude::*, sample::select, sample::subsequence};

use crate::shelf::{Shelf, feature, item, module};

pub(crate) const BASES: [&str; 2] = ["base", "core"];
pub(crate) const EXTRAS: [&str; 2] = ["finance", "market"];
pub(crate) const TOGGLE: &str = "retention";
const CREDIT: &str = "batches";
const PACKAGES: [&str; 3] = ["pa", "pb", "pc"];
const ADDONS: [&str; 3] = ["aa", "ab", "ac"];

/// Catalogs of every kind, or, where `is_mild`, such as have nothing forbidden, no conflicts, no module switched off and one
/// definition of each item.
pub(crate) fn catalogs(is_mild: bool) -> impl Strategy<Value = Shelf> {
    let package = (lifecycle(), package_definition(is_mild), second(package_definition(is_mild), is_mild));
    let addon = (lifecycle(), addon_definition(is_mild), second(addon_definition(is_mild), is_mild));
    let off = option::weighted(0.3, select([BASES, EXTRAS].concat()));
    (off, vec(package, 3), vec(addon, 3)).prop_map(move |(off, packages, addons)| {
        let mut shelf = Shelf::new();
        let is_on = |key: &str| is_mild || off != Some(key);
        for (kind, keys) in [(ModuleKind::Base, BASES), (ModuleKind::Addon, EXTRAS)] {
            for key in keys {
                shelf.module(kind, key, |module| module.is_active = is_on(key));
            }
        }
        shelf.features(FeatureKind::Toggle, &[TOGGLE]);
        shelf.features(FeatureKind::Credit, &[CREDIT]);
        for (key, (lifecycle, first, second)) in PACKAGES.iter().zip(packages) {
            shelf.package(key, |package| fill(package, lifecycle, first, second));
        }
        for (key, (lifecycle, first, second)) in ADDONS.iter().zip(addons) {
            shelf.addon(key, |addon| fill(addon, lifecycle, first, second));
        }
        shelf
    })
}

fn fill(item: &mut domain::Item, lifecycle: Lifecycle, first: Definition, second: Option<(Reach, Definition)>) {
    item.lifecycle = lifecycle;
    item.revisions[0].definition = first;
    if let Some((reach, definition)) = second {
        let mut revision = item.revisions[0].clone();
        (revision.number, revision.reach, revision.definition) = (2, reach, definition);
        item.revisions.push(revision);
    }
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    let others = select(vec![Lifecycle::Draft, Lifecycle::Inactive, Lifecycle::Deprecated, Lifecycle::Archived]);
    prop_oneof![4 => Just(Lifecycle::Active), 1 => others]
}

fn second(
    definition: impl Strategy<Value = Definition>,
    is_mild: bool,
) -> impl Strategy<Value = Option<(Reach, Definition)>> {
    let second = option::weighted(0.3, (select(vec![Reach::Existing, Reach::Future]), definition));
    second.prop_map(move |second| second.filter(|_| !is_mild))
}

fn features() -> impl Strategy<Value = BTreeMap<domain::FeatureKey, FeatureValue>> {
    let toggle = option::weighted(0.2, Just((feature(TOGGLE), FeatureValue::On)));
    let credit = option::weighted(0.3, (0..2_u64).prop_map(|amount| (feature(CREDIT), FeatureValue::Amount(amount))));
    (toggle, credit).prop_map(|(toggle, credit)| toggle.into_iter().chain(credit).collect())
}

fn some_modules(from: &'static [&'static str], most: usize) -> impl Strategy<Value = BTreeSet<ModuleKey>> {
    subsequence(from, 0..=most).prop_map(|keys| keys.into_iter().map(module).collect())
}

fn some_packages() -> impl Strategy<Value = BTreeSet<ItemKey>> {
    subsequence(&PACKAGES, 0..=2).prop_map(|keys| keys.into_iter().map(item).collect())
}

fn package_definition(is_mild: bool) -> impl Strategy<Value = Definition> {
    let availability = if is_mild {
        vec![Availability::Allowed, Availability::Included]
    } else {
        vec![Availability::Allowed, Availability::Included, Availability::Forbidden, Availability::Forbidden]
    };
    let addons = vec(option::weighted(0.4, select(availability)), ADDONS.len());
    (some_modules(&BASES, 1), some_modules(&EXTRAS, 2), features(), addons).prop_map(
        |(base, extras, features, addons)| Definition {
            modules: base.into_iter().chain(extras).collect(),
            features,
            addons: ADDONS.iter().zip(addons).filter_map(|(key, said)| Some((item(key), said?))).collect(),
            ..Definition::default()
        },
    )
}

fn addon_definition(is_mild: bool) -> impl Strategy<Value = Definition> {
    let conflicts = if is_mild { 0..=0 } else { 0..=2 };
    let rules = (
        option::weighted(0.5, any::<bool>()),
        some_packages(),
        some_modules(&["base", "finance", "market"], 2),
        option::weighted(0.7, requirement()),
        vec(one_term(), conflicts),
    );
    (some_modules(&EXTRAS, 1), features(), rules).prop_map(
        |(modules, features, (standalone, compatible_packages, compatible_modules, requires, conflicts))| Definition {
            modules,
            features,
            rules: AddonRules {
                standalone,
                compatible_packages,
                compatible_modules,
                requires,
                conflicts_with: conflicts.into_iter().collect(),
            },
            ..Definition::default()
        },
    )
}

fn one_term() -> impl Strategy<Value = Term> {
    let words = [
        "base",
        "package:pa",
        "package:pb",
        "package:pc",
        "addon:aa",
        "addon:ab",
        "addon:ac",
        "module:base",
        "module:finance",
        "module:market",
        "feature:retention",
        "feature:batches",
        "feature:batches",
    ];
    select(words.to_vec()).prop_map(|word| Term::parse(word).unwrap())
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let leaf = one_term().prop_map(Requirement::Term);
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 1..=3).prop_map(Requirement::All),
            1 => vec(inner, 1..=2).prop_map(Requirement::Any),
        ]
    })
}
