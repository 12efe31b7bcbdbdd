//! From a catalog and a change to the next catalog.

use super::{Catalog, CatalogChange};

/// The catalog after a change. Cannot fail: [`super::decide_catalog`] made the change from this very catalog.
pub fn apply_catalog(catalog: &Catalog, change: &CatalogChange) -> Catalog {
    let mut next = catalog.clone();
    next.generation = change.generation;
    next.changed_at = change.at;
    for entry in change.events.iter().map(|event| &event.after).chain(&change.grown) {
        next.put(entry.clone());
    }
    for (reference, revision) in &change.revisions {
        let Some(item) = next.items_mut(reference.kind).get_mut(&reference.key) else { continue };
        match item.revisions.iter_mut().find(|known| known.number == revision.number) {
            Some(known) => *known = revision.clone(),
            None => item.revisions.push(revision.clone()),
        }
    }
    next
}
