//! The search for buyers against brute force: every world of a small catalog, judged by the rules that answer companies.

use std::collections::BTreeSet;

use domain::{
    Catalog, CompanyId, Evaluation, FeatureValue, GrantTerms, Granted, Item, ItemKey, ItemKind, Standing, Status,
    Terms, Timestamp, Uuid, Window, validate,
};
use proptest::prelude::*;

use crate::{
    random::{BASES, EXTRAS, TOGGLE, catalogs},
    shelf::{feature, module},
};

/// What works in some world, always by the newest definition.
#[derive(Default)]
struct Found {
    somewhere: BTreeSet<ItemKey>,
    /// Where no module is granted.
    sold: BTreeSet<ItemKey>,
    /// A package in force and an add-on that works beside it.
    beside: BTreeSet<(ItemKey, ItemKey)>,
}

fn terms(item: &Item, is_newest: bool, age: usize) -> Terms {
    Terms {
        item: item.reference(),
        status: Status::Active,
        window: Window::default(),
        quantity: 1,
        assigned_revision: if is_newest { item.newest().unwrap().number } else { 1 },
        created_at: Timestamp::clamped(i64::try_from(age).unwrap()),
    }
}

fn grant(granted: Granted) -> GrantTerms {
    let (id, window) = (Uuid::from_u128(1), Window::default());
    GrantTerms { id, granted, window, created_at: Timestamp::MIN }
}

/// Every choice of items, each at its first or its newest revision where those differ in effect.
fn choices(catalog: &Catalog, kind: ItemKind) -> Vec<Vec<(&Item, bool)>> {
    let mut choices: Vec<Vec<(&Item, bool)>> = vec![Vec::new()];
    for item in catalog.items(kind).filter(|item| item.lifecycle.may_be_held()) {
        let has_two = item.effective(1) != item.newest();
        for choice in choices.clone() {
            for is_newest in if has_two { vec![true, false] } else { vec![true] } {
                choices.push(choice.iter().copied().chain([(item, is_newest)]).collect());
            }
        }
    }
    choices
}

fn has_one_base_at_most(catalog: &Catalog, packages: &[(&Item, bool)]) -> bool {
    let effective =
        packages.iter().filter_map(|(item, is_newest)| item.effective(terms(item, *is_newest, 0).assigned_revision));
    effective.filter(|revision| catalog.includes_base(revision)).count() <= 1
}

/// Sets of grants: any modules, and the toggle on, off or not granted.
fn grants() -> Vec<Vec<GrantTerms>> {
    let mut sets: Vec<Vec<GrantTerms>> = vec![Vec::new()];
    let modules = [BASES[0], EXTRAS[0], EXTRAS[1]].map(|key| vec![Granted::Module(module(key))]);
    let toggle = [FeatureValue::On, FeatureValue::Off].map(|value| Granted::Feature(feature(TOGGLE), value)).to_vec();
    for ways in modules.into_iter().chain([toggle]) {
        for set in sets.clone() {
            sets.extend(ways.iter().map(|way| set.iter().cloned().chain([grant(way.clone())]).collect()));
        }
    }
    sets
}

/// The orders in age of add-ons that matter: all where there are conflicts, else one.
fn orders(catalog: &Catalog) -> Vec<[usize; 3]> {
    let mut definitions = catalog.items(ItemKind::Addon).flat_map(|item| &item.revisions);
    if definitions.any(|revision| !revision.definition.rules.conflicts_with.is_empty()) {
        vec![[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    } else {
        vec![[0, 1, 2]]
    }
}

fn search(catalog: &Catalog) -> Found {
    let mut found = Found::default();
    let (grants, orders) = (grants(), orders(catalog));
    let packages = choices(catalog, ItemKind::Package);
    for packages in packages.iter().filter(|packages| has_one_base_at_most(catalog, packages)) {
        for addons in choices(catalog, ItemKind::Addon) {
            for order in &orders {
                let packages = packages.iter().map(|(item, is_newest)| terms(item, *is_newest, 1));
                let addons = addons.iter().zip(order).map(|((item, is_newest), age)| terms(item, *is_newest, *age));
                let mut standing = Standing {
                    company_id: CompanyId::new(Uuid::from_u128(1)).unwrap(),
                    write_seq: 1,
                    version_base: 0,
                    last_write_at: Timestamp::MIN,
                    terms: packages.chain(addons).collect(),
                    grants: Vec::new(),
                };
                for grants in &grants {
                    standing.grants.clone_from(grants);
                    note(&standing, catalog, &mut found);
                }
            }
        }
    }
    found
}

fn note(standing: &Standing, catalog: &Catalog, found: &mut Found) {
    let evaluation = Evaluation::of(standing, catalog, Timestamp::clamped(1_000));
    let are_modules_granted = standing.grants.iter().any(|grant| matches!(grant.granted, Granted::Module(_)));
    for addon in evaluation.operative() {
        let newest = catalog.addon(addon.key).and_then(Item::newest);
        if newest != Some(addon.revision) {
            continue;
        }
        found.somewhere.insert(addon.key.clone());
        if !are_modules_granted {
            found.sold.insert(addon.key.clone());
        }
        for package in &evaluation.packages {
            found.beside.insert((package.terms.item.key.clone(), addon.key.clone()));
        }
    }
}

/// What the search for buyers says of a catalog.
#[derive(Debug, Default)]
struct Told {
    /// Add-ons for sale that are said to be for nobody.
    for_nobody: BTreeSet<ItemKey>,
    /// Add-ons for sale that are said to need a grant of a module.
    unsold: BTreeSet<ItemKey>,
    /// Packages with add-ons that they are said to include in vain.
    in_vain: BTreeSet<(ItemKey, ItemKey)>,
}

fn told(catalog: &Catalog) -> Told {
    let findings = validate(catalog);
    let mut told = Told::default();
    for addon in catalog.items(ItemKind::Addon) {
        let subject = Some(format!("addon {}", addon.key));
        if findings
            .breaches
            .iter()
            .any(|one| one.subject == subject && one.message.contains("can never work for anybody"))
        {
            told.for_nobody.insert(addon.key.clone());
        }
        if findings.incomplete.iter().any(|one| one.subject == subject && one.rule == "compatibleModules") {
            told.unsold.insert(addon.key.clone());
        }
        for package in catalog.items(ItemKind::Package) {
            let subject = Some(format!("package {}", package.key));
            let words = format!("includes add-on `{}`, which can work for nobody", addon.key);
            if findings.breaches.iter().any(|one| one.subject == subject && one.message.contains(&words)) {
                told.in_vain.insert((package.key.clone(), addon.key.clone()));
            }
        }
    }
    told
}

/// Every case is a whole search, so they are few; `PROPTEST_CASES` asks for more.
fn cases(normally: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { failure_persistence: None, cases: asked.unwrap_or(normally), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn what_is_said_to_be_for_nobody_works_in_no_world(shelf in catalogs(false)) {
        let told = told(&shelf.catalog);
        let found = search(&shelf.catalog);
        prop_assert!(told.for_nobody.is_disjoint(&found.somewhere), "{told:?} {:?}", found.somewhere);
        prop_assert!(told.unsold.is_disjoint(&found.sold), "{told:?} {:?}", found.sold);
        prop_assert!(told.in_vain.is_disjoint(&found.beside), "{told:?} {:?}", found.beside);
    }

    #[test]
    fn without_conflicts_what_is_not_said_to_be_for_nobody_works_in_some_world(shelf in catalogs(true)) {
        let catalog = &shelf.catalog;
        let told = told(catalog);
        let found = search(catalog);
        for addon in catalog.items(ItemKind::Addon) {
            if addon.is_active() {
                prop_assert_eq!(!told.for_nobody.contains(&addon.key), found.somewhere.contains(&addon.key), "{}", addon.key);
                prop_assert_eq!(!told.unsold.contains(&addon.key), found.sold.contains(&addon.key), "{}", addon.key);
            }
            for package in catalog.items(ItemKind::Package).filter(|package| package.lifecycle.may_be_held()) {
                let pair = (package.key.clone(), addon.key.clone());
                let is_included = package.definition().unwrap().included().any(|key| *key == addon.key);
                if is_included && addon.lifecycle.may_be_held() {
                    prop_assert_eq!(!told.in_vain.contains(&pair), found.beside.contains(&pair), "{:?}", pair);
                }
            }
        }
    }
}
