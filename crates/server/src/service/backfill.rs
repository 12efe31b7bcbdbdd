//! The three backfill rules of requirements 003 §4, as commands: what each would do, and why.

use std::collections::BTreeMap;

use domain::{
    Availability, Catalog, CatalogCommand, FeatureKey, Item, ItemEdit, ItemKey, ItemKind, ItemKindEdit, PermissionKey,
};

use api::response::BackfillStep;

/// The attribute that rule 3 reads, and what it must say.
const RETENTION_POLICY: (&str, &str) = ("retention_policy", "subscribed");

/// The feature whose add-ons rule 3 includes.
const RETENTION: &str = "retention";

/// What the rules do.
#[derive(Clone, Debug, Default)]
pub struct Backfill {
    /// Step by step.
    pub steps: Vec<BackfillStep>,
    /// The commands that do it.
    pub commands: Vec<CatalogCommand>,
}

/// What one package becomes.
struct Filled {
    addons: BTreeMap<ItemKey, Availability>,
    attached: BTreeMap<PermissionKey, ItemKey>,
}

/// What the rules would do to a catalog. A second run after it does nothing.
///
/// 1. A package that has a permission of an add-on as its own includes that add-on.
/// 2. A package that includes or allows an add-on gets its permissions attached: they count while the add-on is included or operative.
/// 3. A package whose attribute `retention_policy` is `subscribed` includes the add-ons that give the feature `retention`.
pub fn backfill(catalog: &Catalog) -> Backfill {
    let mut backfill = Backfill::default();
    for package in catalog.items(ItemKind::Package).filter(|package| package.lifecycle.may_be_held()) {
        let Some(definition) = package.definition() else { continue };
        let mut filled =
            Filled { addons: definition.addons.clone(), attached: definition.attached_permissions.clone() };
        for addon in catalog.items(ItemKind::Addon).filter(|addon| addon.lifecycle.may_be_held()) {
            fill(package, addon, &mut filled, &mut backfill.steps);
        }
        let Filled { addons, attached } = filled;
        if addons != definition.addons || attached != definition.attached_permissions {
            let own =
                ItemKindEdit { addons: Some(addons), attached_permissions: Some(attached), ..ItemKindEdit::default() };
            let edit = Box::new(ItemEdit { own, ..ItemEdit::default() });
            backfill.commands.push(CatalogCommand::UpdateItem { kind: ItemKind::Package, id: package.id, edit });
        }
    }
    backfill
}

fn fill(package: &Item, addon: &Item, filled: &mut Filled, steps: &mut Vec<BackfillStep>) {
    let (Some(own), Some(extra)) = (package.definition(), addon.definition()) else { return };
    let mut step = |rule, action: String, reason: String| {
        let (package_key, addon_key) = (package.key.to_string(), addon.key.to_string());
        steps.push(BackfillStep { rule, package_key, addon_key, action, reason });
    };
    let included = |filled: &Filled| filled.addons.get(&addon.key) == Some(&Availability::Included);
    let shared: Vec<&PermissionKey> = extra.permissions.intersection(&own.permissions).collect();
    if let (Some(permission), false) = (shared.first(), included(filled)) {
        filled.addons.insert(addon.key.clone(), Availability::Included);
        step(1, "include the add-on".to_owned(), format!("the package has its permission {permission}"));
    }
    let subscribed =
        package.profile.attributes.iter().any(|(name, value)| (name.as_str(), value.as_str()) == RETENTION_POLICY);
    let gives_retention = FeatureKey::parse(RETENTION).is_ok_and(|key| extra.features.contains_key(&key));
    if subscribed && gives_retention && !included(filled) {
        filled.addons.insert(addon.key.clone(), Availability::Included);
        let (name, value) = RETENTION_POLICY;
        step(3, "include the add-on".to_owned(), format!("attribute {name} is {value}, and it gives {RETENTION}"));
    }
    let is_offered = matches!(filled.addons.get(&addon.key), Some(Availability::Allowed | Availability::Included));
    if !is_offered {
        return;
    }
    for permission in extra.permissions.iter().filter(|permission| !own.permissions.contains(*permission)) {
        if !filled.attached.contains_key(permission) {
            filled.attached.insert(permission.clone(), addon.key.clone());
            step(2, format!("attach permission {permission}"), "the package includes or allows the add-on".to_owned());
        }
    }
}
