//! Random changes of the catalog.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Availability, CatalogCommand, Combine, FeatureEdit, FeatureKey, FeatureValue, ItemEdit, ItemKey, ItemKind,
    ItemKindEdit, Lifecycle, ModuleEdit, ModuleKey, Patch, PermissionEdit, PermissionKey, Reach, Requirement, Term,
    Visibility,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::beginning::{
    ADDONS, BASES, CREDIT, EXTRAS, LIMITS, PACKAGES, TOGGLES, feature, item_key, items, module, modules, permission,
};
use crate::commands::patch;
use crate::world::{id, text};

/// Any change of the catalog: mostly of one entry, sometimes of several at once.
pub(crate) fn commands() -> BoxedStrategy<Vec<CatalogCommand>> {
    // On the heap: an edit is large, and a tree of choices between edits larger.
    let one = prop_oneof![2 => of_module(), 1 => of_feature(), 1 => of_permission(), 6 => of_item()].boxed();
    let of_several = prop_oneof![of_module(), of_item()].boxed();
    prop_oneof![4 => vec(one, 1), 1 => vec(of_several, 2..4)].boxed()
}

fn of_module() -> impl Strategy<Value = CatalogCommand> {
    let aliases = option::weighted(0.2, select(vec![BTreeSet::new(), BTreeSet::from([module("old-name")])]));
    (0..modules().len(), option::weighted(0.7, any::<bool>()), option::weighted(0.3, Just(text("Renamed"))), aliases)
        .prop_map(|(place, is_active, name, aliases)| {
            // An alias is one module's only.
            let namespace_aliases = aliases.filter(|_| place == 2);
            let edit = ModuleEdit { is_active, name, namespace_aliases, ..ModuleEdit::default() };
            CatalogCommand::UpdateModule { id: id(place), edit }
        })
}

fn of_feature() -> impl Strategy<Value = CatalogCommand> {
    (0..4_usize, select(vec![Combine::Sum, Combine::Max])).prop_map(|(place, combine)| {
        let edit = FeatureEdit { combine: Some(combine), ..FeatureEdit::default() };
        CatalogCommand::UpdateFeature { id: id(place), edit }
    })
}

fn of_permission() -> impl Strategy<Value = CatalogCommand> {
    (0..modules().len()).prop_map(|place| {
        let edit = PermissionEdit { description: Patch::Set(text("Told")), ..PermissionEdit::default() };
        CatalogCommand::UpdatePermission { id: id(place), edit }
    })
}

pub(crate) fn term() -> impl Strategy<Value = Term> {
    let features: Vec<&str> = TOGGLES.into_iter().chain(LIMITS).chain([CREDIT]).collect();
    prop_oneof![
        3 => select(ADDONS.to_vec()).prop_map(|key| Term::Addon(item_key(key))),
        3 => select(modules()).prop_map(Term::Module),
        2 => select(features).prop_map(|key| Term::Feature(feature(key))),
        1 => select(PACKAGES.to_vec()).prop_map(|key| Term::Package(item_key(key))),
        1 => Just(Term::Base),
    ]
}

pub(crate) fn requirement() -> impl Strategy<Value = Requirement> {
    term().prop_map(Requirement::Term).prop_recursive(2, 6, 3, |inner| {
        prop_oneof![vec(inner.clone(), 1..3).prop_map(Requirement::All), vec(inner, 1..3).prop_map(Requirement::Any),]
    })
}

pub(crate) fn features() -> impl Strategy<Value = BTreeMap<FeatureKey, FeatureValue>> {
    let amount = || (0..20_u64).prop_map(FeatureValue::Amount);
    let toggle = select(TOGGLES.to_vec()).prop_map(|key| (feature(key), FeatureValue::On));
    let value = prop_oneof![4 => amount(), 1 => Just(FeatureValue::Unlimited)];
    let limit = (select(LIMITS.to_vec()), value).prop_map(|(key, value)| (feature(key), value));
    let credit = amount().prop_map(|value| (feature(CREDIT), value));
    vec(prop_oneof![2 => toggle, 3 => limit, 1 => credit], 0..4).prop_map(|all| all.into_iter().collect())
}

pub(crate) fn permissions() -> impl Strategy<Value = BTreeSet<PermissionKey>> {
    vec(select(modules()).prop_map(|module| permission(module.as_str())), 0..3)
        .prop_map(|all| all.into_iter().collect())
}

pub(crate) fn addons() -> impl Strategy<Value = BTreeMap<ItemKey, Availability>> {
    vec((select(ADDONS.to_vec()).prop_map(item_key), select(Availability::ALL.to_vec())), 0..4)
        .prop_map(|all| all.into_iter().collect())
}

pub(crate) fn attached() -> impl Strategy<Value = BTreeMap<PermissionKey, ItemKey>> {
    (permissions(), select(ADDONS.to_vec())).prop_map(|(permissions, addon)| {
        permissions.into_iter().map(|permission| (permission, item_key(addon))).collect()
    })
}

pub(crate) fn module_set(is_package: bool) -> impl Strategy<Value = Vec<ModuleKey>> {
    let extras = vec(select(EXTRAS.to_vec()), 0..3);
    let base = option::weighted(0.5, select(BASES.to_vec()));
    (extras, base).prop_map(move |(extras, base)| {
        let all = extras.into_iter().chain(base.filter(|_| is_package)).map(module);
        all.collect::<BTreeSet<_>>().into_iter().collect()
    })
}

fn keys(of: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<ItemKey>> {
    vec(select(of.to_vec()), 0..3).prop_map(|keys| keys.into_iter().map(item_key).collect())
}

fn rare<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    option::weighted(0.25, value)
}

fn rarely<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![3 => Just(Patch::Keep), 1 => patch(value)]
}

prop_compose! {
    fn own(is_package: bool)(
        (addons, attached_permissions) in (rare(addons()), rare(attached())),
        (standalone, requires) in (rarely(any::<bool>()), rarely(requirement())),
        (packages, modules) in (rare(keys(&PACKAGES)), rare(vec(select(modules()), 0..3))),
        conflicts in rare(vec(term(), 0..3)),
        requires_base_package in option::weighted(0.05, any::<bool>()),
    ) -> ItemKindEdit {
        if is_package {
            return ItemKindEdit { addons, attached_permissions, requires_base_package, ..ItemKindEdit::default() };
        }
        ItemKindEdit {
            standalone,
            requires,
            compatible_packages: packages,
            compatible_modules: modules.map(|modules| modules.into_iter().collect()),
            conflicts_with: conflicts.map(|terms| terms.into_iter().collect()),
            ..ItemKindEdit::default()
        }
    }
}

prop_compose! {
    fn edit(is_package: bool)(
        own in own(is_package),
        (modules, permissions, features) in (rare(module_set(is_package)), rare(permissions()), rare(features())),
        name in option::weighted(0.1, Just(text("Renamed"))),
        lifecycle in option::weighted(0.25, select(Lifecycle::ALL.to_vec())),
        visibility in prop_oneof![9 => Just(Patch::Keep), 1 => patch(select(Visibility::ALL.to_vec()))],
        grace_days in prop_oneof![9 => Just(Patch::Keep), 1 => patch(1..4_u32)],
        reach in option::weighted(0.7, select(vec![Reach::Existing, Reach::Future])),
    ) -> ItemEdit {
        ItemEdit { name, lifecycle, modules, permissions, features, visibility, grace_days, own, reach, ..ItemEdit::default() }
    }
}

fn of_item() -> BoxedStrategy<CatalogCommand> {
    let of = |place: usize| {
        let kind = items().swap_remove(place).kind;
        edit(kind == ItemKind::Package)
            .prop_map(move |edit| CatalogCommand::UpdateItem { kind, id: id(place), edit: Box::new(edit) })
            .boxed()
    };
    (0..items().len()).prop_flat_map(of).boxed()
}

/// Another set of modules for a package.
pub(crate) fn of_package_modules() -> BoxedStrategy<CatalogCommand> {
    let reach = select(vec![Reach::Existing, Reach::Future, Reach::Future]);
    (0..PACKAGES.len(), module_set(true), reach)
        .prop_map(|(place, modules, reach)| {
            let edit = ItemEdit { modules: Some(modules), reach: Some(reach), ..ItemEdit::default() };
            CatalogCommand::UpdateItem { kind: ItemKind::Package, id: id(place), edit: Box::new(edit) }
        })
        .boxed()
}
