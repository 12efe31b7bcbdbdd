//! Catalogs and companies that no command made: every definition and every set of rows is as likely as any other, contradictions and all.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AddonRules, Availability, Catalog, Combine, CompanyId, Definition, Entry, Feature, FeatureKind, FeatureValue,
    GrantTerms, Granted, Item, ItemKind, ItemRef, Lifecycle, Module, ModuleKey, ModuleKind, Permission, Profile, Reach,
    Revision, Standing, Status, Term, Terms, Timestamp, Uuid, Window,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::beginning::{BASES, CREDIT, LIMITS, TOGGLES, feature, item_key, items, modules, permission};
use crate::catalog_commands::{addons, attached, features, module_set, permissions, requirement, term};
use crate::world::{at, id, text};

/// A catalog, a company, and the instant at which it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Free {
    pub(crate) catalog: Catalog,
    pub(crate) standing: Standing,
    pub(crate) now: Timestamp,
}

prop_compose! {
    fn rules()(
        standalone in select(vec![None, Some(true), Some(true), Some(false)]),
        packages in vec(select(crate::beginning::PACKAGES.to_vec()), 0..2),
        modules in vec(select(modules()), 0..2),
        requires in option::weighted(0.5, requirement()),
        conflicts in vec(term(), 0..3),
    ) -> AddonRules {
        AddonRules {
            standalone,
            compatible_packages: packages.into_iter().map(item_key).collect(),
            compatible_modules: modules.into_iter().collect(),
            requires,
            conflicts_with: conflicts.into_iter().collect::<BTreeSet<Term>>(),
        }
    }
}

prop_compose! {
    pub(crate) fn definition(is_package: bool)(
        modules in module_set(is_package),
        permissions in permissions(),
        attached in attached(),
        features in features(),
        addons in addons(),
        rules in rules(),
    ) -> Definition {
        let modules = modules.into_iter().collect();
        if is_package {
            let rules = AddonRules::default();
            return Definition { modules, permissions, attached_permissions: attached, features, addons, rules };
        }
        Definition { modules, permissions, features, rules, ..Definition::default() }
    }
}

prop_compose! {
    fn item(of: ItemRef)(
        definitions in vec((definition(of.kind == ItemKind::Package), any::<bool>()), 1..3),
        of in Just(of),
    ) -> Item {
        let revisions = (1..).zip(definitions).map(|(number, (definition, future))| Revision {
            number,
            reach: if future && number > 1 { Reach::Future } else { Reach::Existing },
            definition,
            epoch: u64::from(number),
            epoch_grown_at: at(0),
            created_at: at(0),
        });
        item_of(of, revisions.collect(), Lifecycle::Active, at(0))
    }
}

pub(crate) fn item_of(of: ItemRef, revisions: Vec<Revision>, lifecycle: Lifecycle, at: Timestamp) -> Item {
    Item {
        id: Uuid::nil(),
        kind: of.kind,
        name: text(of.key.as_str()),
        key: of.key,
        description: None,
        lifecycle,
        profile: Profile::default(),
        revisions,
        created_at: at,
        updated_at: at,
    }
}

pub(crate) fn module_of(key: &ModuleKey, kind: ModuleKind, is_active: bool, at: Timestamp) -> Module {
    Module {
        id: Uuid::nil(),
        key: key.clone(),
        name: text(key.as_str()),
        kind,
        description: None,
        is_active,
        namespace: key.clone(),
        namespace_aliases: BTreeSet::new(),
        aliases: BTreeSet::new(),
        epoch: 0,
        epoch_grown_at: at,
        created_at: at,
        updated_at: at,
    }
}

pub(crate) fn feature_of(key: &str, kind: FeatureKind, combine: Combine) -> Feature {
    Feature {
        id: Uuid::nil(),
        key: feature(key),
        name: text(key),
        description: None,
        kind,
        unit: None,
        combine,
        attributes: BTreeMap::new(),
        epoch: 0,
        epoch_grown_at: at(0),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn permission_of(key: &ModuleKey) -> Permission {
    let (created_at, updated_at) = (at(0), at(0));
    let key_of = permission(key.as_str());
    Permission { id: Uuid::nil(), key: key_of, module: key.clone(), description: None, created_at, updated_at }
}

fn catalog() -> impl Strategy<Value = Catalog> {
    let combine = || select(vec![Combine::Sum, Combine::Max]);
    let all: Vec<_> = items().into_iter().map(|of| item(of).boxed()).collect();
    (all, vec(prop::bool::weighted(0.85), modules().len()), combine(), combine()).prop_map(
        |(items, active, one, other)| {
            let mut catalog = Catalog::new(1, at(0));
            for (place, (key, is_active)) in modules().iter().zip(active).enumerate() {
                let kind = if place < BASES.len() { ModuleKind::Base } else { ModuleKind::Addon };
                catalog.put(Entry::Module(module_of(key, kind, is_active, at(0))));
                catalog.put(Entry::Permission(permission_of(key)));
            }
            catalog.put(Entry::Feature(feature_of(TOGGLES[0], FeatureKind::Toggle, Combine::Sum)));
            catalog.put(Entry::Feature(feature_of(LIMITS[0], FeatureKind::Limit, one)));
            catalog.put(Entry::Feature(feature_of(LIMITS[1], FeatureKind::Limit, other)));
            catalog.put(Entry::Feature(feature_of(CREDIT, FeatureKind::Credit, Combine::Sum)));
            for item in items {
                catalog.put(Entry::Item(Box::new(item)));
            }
            catalog
        },
    )
}

/// A window that mostly is open at instant 20.
fn window() -> impl Strategy<Value = Window> {
    let starts = option::weighted(0.6, prop_oneof![4 => 0..8_i64, 1 => 18..25_i64]);
    let ends = option::weighted(0.4, prop_oneof![1 => 15..22_i64, 2 => 22..30_i64]);
    (starts, ends, option::weighted(0.2, 22..35_i64)).prop_map(|(starts, ends, grace)| Window {
        starts_at: starts.map(at),
        ends_at: ends.map(at),
        grace_ends_at: grace.filter(|grace| ends.is_some_and(|end| end <= *grace)).map(at),
    })
}

pub(crate) fn row_of(item: ItemRef) -> impl Strategy<Value = Terms> {
    let statuses = select([&[Status::Active; 5][..], &[Status::Trial, Status::Paused]].concat());
    (Just(item), statuses, window(), 1..4_u32, 1..3_u32, 0..4_i64).prop_map(
        |(item, status, window, quantity, assigned_revision, created)| Terms {
            item,
            status,
            window,
            quantity,
            assigned_revision,
            created_at: at(created),
        },
    )
}

fn grants() -> impl Strategy<Value = Vec<GrantTerms>> {
    let granted = prop_oneof![
        2 => select(modules()).prop_map(Granted::Module),
        1 => select(vec![FeatureValue::On, FeatureValue::Off])
            .prop_map(|value| Granted::Feature(feature(TOGGLES[0]), value)),
        1 => (0..9_u64).prop_map(|amount| Granted::Feature(feature(LIMITS[0]), FeatureValue::Amount(amount))),
    ];
    vec((granted, window(), 0..3_i64), 0..4).prop_map(|all| {
        let terms = all.into_iter().enumerate().map(|(place, (granted, window, created))| GrantTerms {
            id: id(place),
            granted,
            window,
            created_at: at(created),
        });
        terms.collect()
    })
}

/// Anything.
pub(crate) fn free() -> impl Strategy<Value = Free> {
    let rows: Vec<_> = items().into_iter().map(|item| option::weighted(0.6, row_of(item)).boxed()).collect();
    (catalog(), rows, grants(), 15..25_i64).prop_map(|(catalog, rows, grants, now)| {
        let mut terms: Vec<Terms> = rows.into_iter().flatten().collect();
        terms.sort_by(|one, other| one.item.cmp(&other.item));
        let company_id = CompanyId::new(id(0)).unwrap();
        let standing = Standing { company_id, write_seq: 1, version_base: 0, last_write_at: at(0), terms, grants };
        Free { catalog, standing, now: at(now) }
    })
}

/// Anything in which every row is of the same age and only conflicts stop an add-on: keys decide which of two works.
pub(crate) fn of_one_age() -> impl Strategy<Value = Free> {
    free().prop_map(|mut free| {
        let items: Vec<Item> = free.catalog.all_items().cloned().collect();
        for mut item in items {
            for definition in item.revisions.iter_mut().map(|revision| &mut revision.definition) {
                definition.addons.retain(|_, said| *said != Availability::Forbidden);
                (definition.rules.standalone, definition.rules.requires) = (Some(true), None);
                definition.rules.conflicts_with.retain(|term| matches!(term, Term::Addon(_)));
            }
            free.catalog.put(Entry::Item(Box::new(item)));
        }
        for terms in &mut free.standing.terms {
            (terms.window.starts_at, terms.created_at) = (None, at(0));
        }
        free
    })
}

/// Anything in which nothing forbids, conflicts or overrides: there everything only ever adds.
pub(crate) fn peaceful() -> impl Strategy<Value = Free> {
    free().prop_map(|mut free| {
        let items: Vec<Item> = free.catalog.all_items().cloned().collect();
        for mut item in items {
            for definition in item.revisions.iter_mut().map(|revision| &mut revision.definition) {
                definition.addons.retain(|_, said| *said != Availability::Forbidden);
                definition.rules.conflicts_with.clear();
            }
            free.catalog.put(Entry::Item(Box::new(item)));
        }
        free.standing.grants.retain(|grant| matches!(grant.granted, Granted::Module(_)));
        free
    })
}
