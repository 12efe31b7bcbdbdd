//! What makes a catalog valid. It is checked whole on every change, and every breach is told, not just the first.

mod compatibility;
mod completeness;
mod duplicates;
mod entries;
mod keys;
mod market;
mod references;
mod requirements;
mod tokens;
mod world;

use super::{Attributes, Catalog, Definition, Item, ItemKind, Lifecycle, MAX_ATTRIBUTES};
use crate::Breach;
use market::Market;

/// Where limits of size come from: no requirement names them, but everything has one.
const LIMITS: &str = "limits of the catalog";

/// What is wrong with a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is refused whatever the policy.
    pub breaches: Vec<Breach>,
    /// Active items that are not completely defined; a matter of policy.
    pub incomplete: Vec<Breach>,
    /// Packages that differ in nothing but their price; a matter of policy.
    pub duplicates: Vec<Breach>,
}

/// Checks a whole catalog. Of each item the newest definition is judged; what is archived is over, and judged no more.
pub fn validate(catalog: &Catalog) -> Findings {
    let market = Market::of(catalog);
    let mut breaches = Vec::new();
    keys::check(catalog, &mut breaches);
    tokens::check(catalog, &mut breaches);
    entries::check(catalog, &mut breaches);
    for item in catalog.all_items().filter(|item| is_live(item)) {
        references::check(item, catalog, &mut breaches);
        requirements::check(item, &mut breaches);
        compatibility::check(item, catalog, &mut breaches);
        market.check(item, &mut breaches);
    }
    requirements::check_cycles(catalog, &mut breaches);
    let active = catalog.all_items().filter(|item| item.is_active());
    Findings {
        breaches,
        incomplete: active.flat_map(|item| completeness::missing(item, catalog, &market)).collect(),
        duplicates: duplicates::find(catalog),
    }
}

/// What an item still lacks before it may become active under a strict policy, in the order in which it is asked for.
pub fn missing(item: &Item, catalog: &Catalog) -> Vec<Breach> {
    completeness::missing(item, catalog, &Market::of(catalog))
}

/// Whether an item is not over.
fn is_live(item: &Item) -> bool {
    item.lifecycle != Lifecycle::Archived
}

/// An item as the subject of a breach: `addon finance`.
fn subject(item: &Item) -> String {
    format!("{} {}", item.kind.as_str(), item.key)
}

/// An item as people call it: "add-on `finance`".
fn spoken(item: &Item) -> String {
    let kind = match item.kind {
        ItemKind::Package => "package",
        ItemKind::Addon => "add-on",
    };
    format!("{kind} `{}`", item.key)
}

/// The items that are not over, each with its newest definition.
fn defined(catalog: &Catalog, kind: ItemKind) -> impl Iterator<Item = (&Item, &Definition)> {
    catalog.items(kind).filter(|item| is_live(item)).filter_map(|item| Some((item, item.definition()?)))
}

fn check_attributes(subject: &str, attributes: &Attributes, breaches: &mut Vec<Breach>) {
    let count = attributes.len();
    if count > MAX_ATTRIBUTES {
        let message =
            format!("{subject} has {count} attributes, but at most {MAX_ATTRIBUTES} are kept; leave some out");
        breaches.push(Breach::of_entry(subject, "attributes", LIMITS, message));
    }
}
