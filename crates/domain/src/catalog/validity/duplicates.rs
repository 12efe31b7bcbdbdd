//! Pricing duplicates: packages that differ in nothing but what people call them and what they cost (requirements 002 §7.1).

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, subject};
use crate::{Breach, Item, ItemKey, ItemKind, ModuleKey, Text, catalog::Definition};

/// Every package that grants the same under the same positioning as one that was there before it.
pub(super) fn find(catalog: &Catalog) -> Vec<Breach> {
    let mut packages: Vec<&Item> =
        catalog.items(ItemKind::Package).filter(|item| item.lifecycle.may_be_held()).collect();
    packages.sort_by_key(|item| (item.created_at, &item.key));
    let mut known: BTreeMap<&BTreeSet<ModuleKey>, Vec<(&Definition, Positioning<'_>, &ItemKey)>> = BTreeMap::new();
    let mut found = Vec::new();
    for package in packages {
        let Some(definition) = package.definition() else { continue };
        let positioning = (package.profile.target_customer.as_ref(), package.profile.business_problem.as_ref());
        let alike = known.entry(&definition.modules).or_default();
        let is_same = |(other, positioned, _): &&(&Definition, Positioning<'_>, &ItemKey)| {
            grants_the_same(definition, other) && *positioned == positioning
        };
        match alike.iter().find(is_same) {
            None => alike.push((definition, positioning, &package.key)),
            Some((_, _, first)) => {
                let message = format!(
                    "package `{}` differs from package `{first}` in nothing but its name; let the billing provider keep another \
                     price, or say what else it is in its modules, add-ons, targetCustomer or businessProblem",
                    package.key
                );
                found.push(Breach::of_entry(subject(package), "pricingDuplicates", "requirements 002 §7.1", message));
            }
        }
    }
    found
}

/// Who a package is for, and what it solves for them.
type Positioning<'a> = (Option<&'a Text>, Option<&'a Text>);

fn grants_the_same(one: &Definition, other: &Definition) -> bool {
    one.modules == other.modules
        && one.permissions == other.permissions
        && one.attached_permissions == other.attached_permissions
        && one.features == other.features
        && one.addons == other.addons
}
