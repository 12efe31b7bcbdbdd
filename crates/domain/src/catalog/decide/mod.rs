//! Judging catalog commands: carry them out on a copy, check the whole copy, compare it with what was.

mod draft;
mod entries;
mod item;

use std::collections::BTreeMap;

use super::{
    Catalog, CatalogChange, CatalogCommand, CatalogEvent, CatalogReach, Entry, Item, ItemKind, Lifecycle, ListField,
    Reached, Revision, Strictness, meaning, validity,
};
use crate::{Breach, ChangeType, EntityType, ItemRef, Refusal, Text, Timestamp};
use draft::Draft;

/// Where the rules of an item's life come from.
const LIFECYCLE: &str = "model, lifecycle";

/// Where the rules of keys come from.
const KEYS: &str = "requirements 004 §21.2";

/// Where limits of size come from: no requirement names them, but everything has one.
const LIMITS: &str = "limits of the catalog";

/// The most modules, permissions, features, packages or add-ons (each) that a catalog may hold. The whole catalog is kept in memory
/// and answered in one body; a catalog is meant to stay small and intentional (requirements 002 §11).
pub const MAX_CATALOG_ENTRIES: usize = 5_000;

/// What is known of the companies, for the rules that ask about holders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogFacts {
    /// How many companies have an entitling row, not yet ended, for an item; an item that is not named has none.
    pub holders: BTreeMap<ItemRef, u64>,
}

impl CatalogFacts {
    fn holders(&self, item: &ItemRef) -> u64 {
        self.holders.get(item).copied().unwrap_or(0)
    }
}

/// Judges catalog commands at `now`, all or nothing: a refusal, `None` when they change nothing, or the change.
///
/// # Errors
/// [`Refusal`] with every broken rule: an unknown id or key, a taken or colliding key, a lifecycle that does not lead there, holders of
/// an item that shall be archived, and whatever makes the resulting catalog wrong.
pub fn decide_catalog(
    commands: &[CatalogCommand],
    catalog: &Catalog,
    facts: &CatalogFacts,
    now: Timestamp,
    actor: &Text,
) -> Result<Option<CatalogChange>, Refusal> {
    let mut draft = Draft::of(catalog, now.max(catalog.changed_at), actor);
    for command in commands {
        let known = draft.breaches.len();
        draft.carry_out(command)?;
        draft.name_breaches(known, command);
    }
    let warnings = checked(catalog, &mut draft);
    let unheld = retired(catalog, &mut draft, facts);
    if let Some(refusal) = draft.refusal() {
        return Err(refusal);
    }
    let mut change = compared(catalog, &draft.next, draft.at, actor);
    if change.events.is_empty() {
        return Ok(None);
    }
    change.warnings = warnings;
    change.unheld = unheld;
    Ok(Some(change))
}

/// Breaches of a catalog that is wrong; gives what a lenient policy lets pass of what this change brought.
fn checked(before: &Catalog, draft: &mut Draft<'_>) -> Vec<Breach> {
    let policy = draft.next.policy;
    let (found, known) = (validity::validate(&draft.next), validity::validate(before));
    // Of keys that collide, and of namespaces that are called like them, the draft has told already.
    let is_of_keys = |breach: &Breach| (breach.rule, breach.source) == ("key", Some(KEYS));
    let told = draft.breaches.iter().filter(|breach| is_of_keys(breach));
    let told = told.filter_map(|breach| breach.subject.as_deref()?.split_once(' '));
    let told: Vec<String> = told.map(|(_, key)| format!("`{key}`")).collect();
    let is_namesake =
        |breach: &Breach| breach.rule == "namespace" && told.iter().any(|key| breach.message.contains(key));
    let repeats = |breach: &Breach| is_namesake(breach) || (is_of_keys(breach) && !told.is_empty());
    draft.breaches.extend(found.breaches.into_iter().filter(|breach| !repeats(breach)));
    let mut warnings = Vec::new();
    for (strictness, found, known) in [
        (policy.completeness, found.incomplete, known.incomplete),
        (policy.pricing_duplicates, found.duplicates, known.duplicates),
    ] {
        match strictness {
            Strictness::Strict => {
                draft.breaches.extend(found.into_iter().filter(|breach| !was_let_be(breach, before, &known)));
            }
            Strictness::Lenient => warnings.extend(found.into_iter().filter(|breach| !known.contains(breach))),
        }
    }
    warnings
}

/// Whether an item goes on without an answer that it was active without under a policy that was strict already: what is sold was complete when
/// lists were not asked for, and is not held up by a change of something else.
fn was_let_be(breach: &Breach, before: &Catalog, known: &[Breach]) -> bool {
    let was_strict = before.policy.completeness == Strictness::Strict;
    was_strict && ListField::parse(breach.rule).is_some() && known.contains(breach)
}

/// The rules that ask about holders: none may entitle a company to what is archived, and a package becomes a base package for those who
/// have it only one company at a time. Gives what the store must find unheld.
fn retired(before: &Catalog, draft: &mut Draft<'_>, facts: &CatalogFacts) -> Vec<ItemRef> {
    let mut breaches = Vec::new();
    let mut unheld = Vec::new();
    let after = &draft.next;
    for item in after.all_items() {
        let reference = item.reference();
        let Some(known) = before.item(&reference) else { continue };
        let holders = facts.holders(&reference);
        let (kind, key) = (item.kind.as_str(), &item.key);
        if item.lifecycle == Lifecycle::Archived && known.lifecycle != Lifecycle::Archived {
            unheld.push(reference.clone());
            if holders > 0 {
                let message =
                    format!("{kind} `{key}` entitles {holders} companies; end or move them before it is archived");
                breaches.push(Breach::of_entry(format!("{kind} {key}"), "holders", LIFECYCLE, message));
            }
        }
        if becomes_base(known, before, item, after) {
            unheld.push(reference);
            if holders > 0 {
                let message = format!(
                    "package `{key}` becomes a base package for {holders} companies, of which some may have another; change it \
                     with reach `future` and roll it out, which looks at each company"
                );
                let subject = format!("{kind} {key}");
                breaches.push(Breach::of_entry(subject, "one_base_package", "requirements 004 §7.6", message));
            }
        }
    }
    draft.is_conflict |= !breaches.is_empty();
    // What cannot be undone by saying it otherwise comes first.
    draft.breaches.splice(0..0, breaches);
    unheld
}

/// Whether some row, of whichever revision, means a base package now and did not before.
fn becomes_base(known: &Item, before: &Catalog, item: &Item, after: &Catalog) -> bool {
    let reached = known.newest_existing();
    let mut meant = known.revisions.iter().filter(|revision| revision.number >= reached);
    item.kind == ItemKind::Package
        && reached != item.newest_existing()
        && item.included_revision().is_some_and(|revision| after.includes_base(revision))
        && meant.any(|revision| !before.includes_base(revision))
}

/// What differs, with the epochs of everything whose meaning does grown, and whom that reaches.
fn compared(before: &Catalog, after: &Catalog, at: Timestamp, actor: &Text) -> CatalogChange {
    let mut change = CatalogChange {
        generation_before: before.generation,
        generation: before.generation + 1,
        at,
        actor: actor.clone(),
        events: Vec::new(),
        revisions: Vec::new(),
        grown: Vec::new(),
        reach: Vec::new(),
        unheld: Vec::new(),
        warnings: Vec::new(),
    };
    for (item, revision) in after.revisions() {
        let known = before.item(&item.reference()).and_then(|item| item.revision(revision.number));
        let grown = match known {
            None => revision.clone(),
            Some(known) if meaning::of_revision(known, before) == meaning::of_revision(revision, after) => continue,
            Some(_) => Revision { epoch: revision.epoch + 1, epoch_grown_at: at, ..revision.clone() },
        };
        change.reach.extend(reached(item, revision.number));
        change.revisions.push((item.reference(), grown));
    }
    for module in after.modules() {
        let known = before.module(&module.key);
        let differs = known.is_some_and(|known| meaning::of_module(known) != meaning::of_module(module));
        let mut module = module.clone();
        if differs {
            (module.epoch, module.epoch_grown_at) = (module.epoch + 1, at);
            change.reach.push(reach_of(Reached::Module(module.key.clone())));
        }
        push(&mut change, known.cloned().map(Entry::Module), Entry::Module(module), EntityType::Catalog);
    }
    for permission in after.permissions() {
        let known = before.permission(&permission.key).cloned().map(Entry::Permission);
        push(&mut change, known, Entry::Permission(permission.clone()), EntityType::Catalog);
    }
    for feature in after.features() {
        let known = before.feature(&feature.key);
        let differs = known.is_some_and(|known| known.combine != feature.combine);
        let mut feature = feature.clone();
        if differs {
            (feature.epoch, feature.epoch_grown_at) = (feature.epoch + 1, at);
            change.reach.push(reach_of(Reached::Feature(feature.key.clone())));
        }
        push(&mut change, known.cloned().map(Entry::Feature), Entry::Feature(feature), EntityType::Catalog);
    }
    for item in after.all_items() {
        let known = before.item(&item.reference());
        if known == Some(item) {
            continue;
        }
        let remapped = known.is_none_or(|known| known.revisions.len() != item.revisions.len());
        let entity = if remapped { EntityType::Mapping } else { EntityType::Catalog };
        let mut item = item.clone();
        // INVARIANT: the item carries its revisions as they stand afterwards, grown epochs included.
        let reference = item.reference();
        for (_, grown) in change.revisions.iter().filter(|(of, _)| *of == reference) {
            item.revisions.iter_mut().filter(|one| one.number == grown.number).for_each(|one| *one = grown.clone());
        }
        push(&mut change, known.cloned().map(|item| Entry::Item(Box::new(item))), Entry::Item(Box::new(item)), entity);
    }
    let policy = (before.policy != after.policy).then_some(Entry::Policy(before.policy));
    push(&mut change, policy, Entry::Policy(after.policy), EntityType::Catalog);
    change
}

fn push(change: &mut CatalogChange, before: Option<Entry>, after: Entry, entity_type: EntityType) {
    let is_unchanged_policy = before.is_none() && matches!(after, Entry::Policy(_));
    if before.as_ref() != Some(&after) && !is_unchanged_policy {
        change.events.push(CatalogEvent { change_type: ChangeType::CatalogUpdated, entity_type, before, after });
    }
}

/// The assigned revisions whose effective revision is `number`; none for one that no row can mean any more.
fn reached(item: &Item, number: u32) -> Option<CatalogReach> {
    let newest_existing = item.newest_existing();
    let (assigned_from, assigned_to) = match number.cmp(&newest_existing) {
        std::cmp::Ordering::Less => return None,
        std::cmp::Ordering::Equal => (1, number),
        std::cmp::Ordering::Greater => (number, number),
    };
    Some(CatalogReach { what: Reached::Item(item.reference()), assigned_from, assigned_to })
}

fn reach_of(what: Reached) -> CatalogReach {
    CatalogReach { what, assigned_from: 1, assigned_to: 1 }
}
