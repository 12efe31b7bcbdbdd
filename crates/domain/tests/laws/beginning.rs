//! How every world begins: a catalog in which all kinds of rules stand.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Availability, CatalogCommand, Combine, CreateItem, CreateModule, FeatureEdit, FeatureKey, FeatureKind,
    FeatureValue, ItemEdit, ItemKey, ItemKind, ItemKindEdit, ItemRef, ModuleEdit, ModuleKey, ModuleKind, Patch,
    PermissionEdit, PermissionKey, Requirement, Term,
};

use crate::world::{id, text};

pub(crate) const BASES: [&str; 2] = ["basic", "core"];
pub(crate) const EXTRAS: [&str; 3] = ["finance", "market", "venue"];
/// The first two begin with a base module, the others without.
pub(crate) const PACKAGES: [&str; 4] = ["basic", "plus", "market-only", "wide"];
pub(crate) const ADDONS: [&str; 5] = ["finance", "gadget", "market", "refill", "venue"];
pub(crate) const TOGGLES: [&str; 1] = ["retention"];
pub(crate) const LIMITS: [&str; 2] = ["days", "storage"];
pub(crate) const CREDIT: &str = "mails";

pub(crate) fn module(key: &str) -> ModuleKey {
    ModuleKey::parse(key).unwrap()
}

pub(crate) fn item_key(key: &str) -> ItemKey {
    ItemKey::parse(key).unwrap()
}

pub(crate) fn feature(key: &str) -> FeatureKey {
    FeatureKey::parse(key).unwrap()
}

/// The permission of a module.
pub(crate) fn permission(module: &str) -> PermissionKey {
    PermissionKey::parse(&format!("{module}.read")).unwrap()
}

pub(crate) fn modules() -> Vec<ModuleKey> {
    BASES.iter().chain(&EXTRAS).map(|key| module(key)).collect()
}

pub(crate) fn items() -> Vec<ItemRef> {
    let of = |kind| move |key: &&str| ItemRef { kind, key: item_key(key) };
    PACKAGES.iter().map(of(ItemKind::Package)).chain(ADDONS.iter().map(of(ItemKind::Addon))).collect()
}

fn keys(keys: &[&str]) -> BTreeSet<ItemKey> {
    keys.iter().map(|key| item_key(key)).collect()
}

/// Everything that makes the catalog, in one write.
pub(crate) fn commands() -> Vec<CatalogCommand> {
    let mut commands = Vec::new();
    for (place, key) in modules().into_iter().enumerate() {
        let kind = if place < BASES.len() { ModuleKind::Base } else { ModuleKind::Addon };
        let edit = ModuleEdit { name: Some(text(key.as_str())), ..ModuleEdit::default() };
        commands.push(CatalogCommand::CreateModule(CreateModule { id: id(place), key: key.clone(), kind, edit }));
        let (id, key) = (id(place), permission(key.as_str()));
        commands.push(CatalogCommand::CreatePermission { id, key, edit: PermissionEdit::default() });
    }
    let kinds = [FeatureKind::Toggle, FeatureKind::Limit, FeatureKind::Limit, FeatureKind::Credit];
    for (place, key) in TOGGLES.iter().chain(&LIMITS).chain([&CREDIT]).enumerate() {
        let edit = FeatureEdit { name: Some(text(key)), combine: Some(Combine::Sum), ..FeatureEdit::default() };
        let (id, key, kind) = (id(place), feature(key), kinds[place]);
        commands.push(CatalogCommand::CreateFeature { id, key, kind, edit });
    }
    // Add-ons first: packages name them. What names packages in its turn follows when everything is there.
    let order = items().into_iter().enumerate();
    let (packages, addons): (Vec<_>, Vec<_>) = order.partition(|(_, item)| item.kind == ItemKind::Package);
    for (place, item) in addons.into_iter().chain(packages) {
        let edit = match item.kind {
            ItemKind::Package => package(item.key.as_str()),
            ItemKind::Addon => addon(item.key.as_str()),
        };
        let edit = ItemEdit { name: Some(text(item.key.as_str())), ..edit };
        commands.push(CatalogCommand::CreateItem(Box::new(CreateItem {
            id: id(place),
            kind: item.kind,
            key: item.key,
            edit,
        })));
    }
    commands
}

fn package(key: &str) -> ItemEdit {
    let says = |said: &[(&str, Availability)]| {
        Some(said.iter().map(|(key, what)| (item_key(key), *what)).collect::<BTreeMap<_, _>>())
    };
    let (modules, addons) = match key {
        "basic" => (vec![module("basic")], says(&[("gadget", Availability::Allowed)])),
        "plus" => {
            (vec![module("core")], says(&[("gadget", Availability::Included), ("venue", Availability::Forbidden)]))
        }
        "market-only" => (vec![module("market")], None),
        _ => (vec![module("venue")], says(&[("finance", Availability::Included), ("refill", Availability::Included)])),
    };
    let others: Vec<&str> = PACKAGES.into_iter().filter(|other| *other != key).collect();
    let (up, down) = others.split_at(2);
    let mails = (key == "plus").then(|| (feature(CREDIT), FeatureValue::Amount(3)));
    ItemEdit {
        modules: Some(modules),
        features: Some([(feature("storage"), FeatureValue::Amount(5))].into_iter().chain(mails).collect()),
        trial_days: if key == "wide" { Patch::Keep } else { Patch::Set(3) },
        trial_group: if key == "market-only" { Patch::Keep } else { Patch::Set(item_key("line")) },
        grace_days: if key == "plus" { Patch::Set(2) } else { Patch::Keep },
        own: ItemKindEdit {
            addons,
            attached_permissions: (key == "basic").then(|| [(permission("venue"), item_key("gadget"))].into()),
            upgrade_targets: Some(keys(up)),
            downgrade_targets: Some(keys(down)),
            ..ItemKindEdit::default()
        },
        ..ItemEdit::default()
    }
}

fn addon(key: &str) -> ItemEdit {
    let plain = ItemEdit {
        modules: Some(vec![module(key)].into_iter().filter(|key| modules().contains(key)).collect()),
        ..ItemEdit::default()
    };
    match key {
        "gadget" => ItemEdit {
            permissions: Some([permission("basic")].into()),
            features: Some(
                [(feature("storage"), FeatureValue::Amount(10)), (feature("retention"), FeatureValue::On)].into(),
            ),
            trial_days: Patch::Set(2),
            own: ItemKindEdit {
                compatible_modules: Some([module("basic"), module("core")].into()),
                ..ItemKindEdit::default()
            },
            ..plain
        },
        "market" => ItemEdit {
            own: ItemKindEdit {
                requires: Patch::Set(Requirement::Any(vec![
                    Requirement::Term(Term::Base),
                    Requirement::Term(Term::Module(module("finance"))),
                ])),
                conflicts_with: Some([Term::Addon(item_key("venue"))].into()),
                ..ItemKindEdit::default()
            },
            ..plain
        },
        "refill" => ItemEdit { features: Some([(feature(CREDIT), FeatureValue::Amount(7))].into()), ..plain },
        _ => plain,
    }
}
