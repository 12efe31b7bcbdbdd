//! What add-ons say that they need and what they conflict with, judged by itself: size, self-reference, cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, LIMITS, defined, spoken, subject};
use crate::{
    Breach, Item, ItemKey, ItemKind, Requirement, Term,
    catalog::{Definition, MAX_REQUIREMENT_DEPTH, MAX_TERMS},
};

const SOURCE: &str = "requirements 000 §5";

/// Tells of rules that are too large, empty, or turn against the item itself.
pub(super) fn check(item: &Item, breaches: &mut Vec<Breach>) {
    let Some(definition) = item.definition() else { return };
    let rules = &definition.rules;
    if let Some(requires) = &rules.requires {
        shape(item, requires, breaches);
        if requires.terms().contains(&&Term::Addon(item.key.clone())) && item.kind == ItemKind::Addon {
            let message = format!("{} requires itself; take `addon:{}` out", spoken(item), item.key);
            breaches.push(Breach::of_entry(subject(item), "requires", SOURCE, message));
        }
    }
    let lists = [("conflictsWith", &rules.conflicts_with), ("redundantWith", &item.profile.redundant_with)];
    for (field, terms) in lists {
        let count = terms.len();
        if count > MAX_TERMS {
            let message = format!(
                "{field} of {} has {count} terms, but at most {MAX_TERMS} are kept; leave some out",
                spoken(item)
            );
            breaches.push(Breach::of_entry(subject(item), field, LIMITS, message));
        }
    }
    for term in rules.conflicts_with.iter().filter(|term| is_own(term, item, definition)) {
        let message = match term {
            Term::Addon(_) => format!("{} conflicts with itself; take `{term}` out", spoken(item)),
            Term::Package(_) | Term::Module(_) | Term::Feature(_) | Term::Base => {
                format!("{} conflicts with `{term}`, which it gives itself; take one of them out", spoken(item))
            }
        };
        breaches.push(Breach::of_entry(subject(item), "conflictsWith", SOURCE, message));
    }
}

fn is_own(term: &Term, item: &Item, definition: &Definition) -> bool {
    match term {
        Term::Addon(key) => item.kind == ItemKind::Addon && *key == item.key,
        Term::Module(key) => definition.modules.contains(key),
        Term::Feature(key) => definition.features.get(key).is_some_and(|value| value.gives_something()),
        Term::Package(_) | Term::Base => false,
    }
}

fn shape(item: &Item, requires: &Requirement, breaches: &mut Vec<Breach>) {
    let mut tell = |source, message| breaches.push(Breach::of_entry(subject(item), "requires", source, message));
    let (depth, count) = (requires.depth(), requires.terms().len());
    if depth > MAX_REQUIREMENT_DEPTH {
        let message = format!(
            "requires of {} is nested {depth} deep, but at most {MAX_REQUIREMENT_DEPTH}; flatten it",
            spoken(item)
        );
        tell(LIMITS, message);
    }
    if count > MAX_TERMS {
        tell(
            LIMITS,
            format!("requires of {} has {count} terms, but at most {MAX_TERMS} are kept; leave some out", spoken(item)),
        );
    }
    let (all, any) = empty_parts(requires);
    for (is_there, word) in [(all, "all"), (any, "any")] {
        if is_there {
            tell(
                SOURCE,
                format!("requires of {} has an empty `{word}`; name its terms, or leave it out", spoken(item)),
            );
        }
    }
}

/// Whether there is an empty `all`, and whether there is an empty `any`.
fn empty_parts(requires: &Requirement) -> (bool, bool) {
    let (parts, own) = match requires {
        Requirement::Term(_) => return (false, false),
        Requirement::All(parts) => (parts, (parts.is_empty(), false)),
        Requirement::Any(parts) => (parts, (false, parts.is_empty())),
    };
    parts.iter().map(empty_parts).fold(own, |(all, any), (more_all, more_any)| (all || more_all, any || more_any))
}

/// Tells of add-ons that need each other in a circle. Of circles that share an add-on one is told at a time.
pub(super) fn check_cycles(catalog: &Catalog, breaches: &mut Vec<Breach>) {
    let mut needs: BTreeMap<&ItemKey, BTreeSet<&ItemKey>> = BTreeMap::new();
    for (addon, definition) in defined(catalog, ItemKind::Addon) {
        let terms = definition.rules.requires.as_ref().map(Requirement::terms).unwrap_or_default();
        let others = terms.into_iter().filter_map(|term| match term {
            Term::Addon(key) if *key != addon.key => Some(key),
            Term::Addon(_) | Term::Package(_) | Term::Module(_) | Term::Feature(_) | Term::Base => None,
        });
        needs.insert(&addon.key, others.collect());
    }
    let mut told: BTreeSet<&ItemKey> = BTreeSet::new();
    for circle in circles(&needs) {
        let Some(first) = circle.first().copied() else { continue };
        if circle.iter().any(|key| told.contains(key)) {
            continue;
        }
        let named: Vec<String> = circle.iter().chain([&first]).map(|key| format!("`{key}`")).collect();
        let message = format!("add-ons need each other in a circle: {}; take one step out", named.join(" requires "));
        breaches.push(Breach::of_entry(format!("addon {first}"), "requires", SOURCE, message));
        told.extend(circle);
    }
}

/// A circle for every step that closes one, each from its smallest key on. No recursion, so that no chain is too long.
fn circles<'a>(needs: &BTreeMap<&'a ItemKey, BTreeSet<&'a ItemKey>>) -> Vec<Vec<&'a ItemKey>> {
    let mut circles = Vec::new();
    let mut done: BTreeSet<&ItemKey> = BTreeSet::new();
    for start in needs.keys() {
        let mut path: Vec<&ItemKey> = Vec::new();
        let mut on_path: BTreeSet<&ItemKey> = BTreeSet::new();
        let mut steps = vec![std::collections::btree_set::Iter::default()];
        let mut next = Some(*start);
        while let Some(others) = steps.last_mut() {
            next = next.take().or_else(|| others.next().copied());
            let Some(key) = next.take() else {
                steps.pop();
                if let Some(left) = path.pop() {
                    on_path.remove(left);
                    done.insert(left);
                }
                continue;
            };
            if done.contains(key) {
                continue;
            }
            if on_path.contains(key) {
                let place = path.iter().position(|known| *known == key).unwrap_or_default();
                circles.push(from_smallest(path.get(place..).unwrap_or_default()));
            } else if let Some(others) = needs.get(key) {
                path.push(key);
                on_path.insert(key);
                steps.push(others.iter());
            }
        }
    }
    circles
}

fn from_smallest<'a>(circle: &[&'a ItemKey]) -> Vec<&'a ItemKey> {
    let mut circle = circle.to_vec();
    let smallest = circle.iter().enumerate().min_by_key(|(_, key)| **key).map_or(0, |(place, _)| place);
    circle.rotate_left(smallest);
    circle
}
