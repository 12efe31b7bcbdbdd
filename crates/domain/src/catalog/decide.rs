//! Judging catalog commands.

use std::collections::BTreeSet;

use super::{
    Catalog, CatalogChange, CatalogCommand, CatalogEvent, CatalogReach, Item, ItemKind, Module, ModuleKind, Reach,
    Revision, apply_catalog, meaning::Meaning,
};
use crate::{Breach, ChangeType, EntityType, ModuleKey, Patch, Refusal, RefusalCode, Text, Timestamp};

/// The most modules, packages or add-ons (each) that a catalog may hold. The whole catalog is kept in memory and answered in one
/// body; a catalog is meant to stay small and intentional (requirements 002 §11).
pub const MAX_CATALOG_ENTRIES: usize = 5_000;

/// Judges a catalog command at `now`: a refusal, `None` when it changes nothing, or the change.
///
/// # Errors
/// [`Refusal`] with every broken rule: an unknown id or module key, a taken or colliding key, a base module in an add-on,
/// two base modules in a package, a full catalog.
pub fn decide_catalog(
    command: &CatalogCommand,
    catalog: &Catalog,
    now: Timestamp,
    actor: &Text,
) -> Result<Option<CatalogChange>, Refusal> {
    let draft = draft(command, catalog, now.max(catalog.changed_at))?;
    Ok(draft.changes_something().then(|| finish(draft, catalog, actor)))
}

/// A command carried out on copies, before epochs.
struct Draft {
    at: Timestamp,
    entity_key: String,
    module: Option<(Option<Module>, Module)>,
    item: Option<(Option<Item>, Item)>,
}

impl Draft {
    fn changes_something(&self) -> bool {
        let module = self.module.as_ref().is_some_and(|(before, after)| before.as_ref() != Some(after));
        let item = self.item.as_ref().is_some_and(|(before, after)| before.as_ref() != Some(after));
        module || item
    }
}

fn draft(command: &CatalogCommand, catalog: &Catalog, at: Timestamp) -> Result<Draft, Refusal> {
    let draft = match command {
        CatalogCommand::CreateModule { id, key, name, kind, description, is_active } => {
            let taken = catalog.modules().map(|module| &module.key).find(|known| known.collides_with(key));
            refuse_taken("module", key.as_str(), taken.map(ModuleKey::as_str), catalog.modules().count())?;
            let module = Module {
                id: *id,
                key: key.clone(),
                name: name.clone(),
                kind: *kind,
                description: description.clone(),
                is_active: *is_active,
                created_at: at,
                updated_at: at,
            };
            Draft { at, entity_key: key.to_string(), module: Some((None, module)), item: None }
        }
        CatalogCommand::UpdateModule { id, name, description, is_active } => {
            let before = catalog.module_by_id(*id);
            let before = before.ok_or_else(|| Refusal::not_found(format!("module `{id}` does not exist")))?;
            let mut after = before.clone();
            after.name = name.clone().unwrap_or(after.name);
            after.description = description.applied_to(before.description.as_ref());
            after.is_active = is_active.unwrap_or(after.is_active);
            after.updated_at = if after == *before { before.updated_at } else { at };
            let entity_key = after.key.to_string();
            Draft { at, entity_key, module: Some((Some(before.clone()), after)), item: None }
        }
        CatalogCommand::CreateItem { id, kind, key, name, description, is_active, modules } => {
            let taken = catalog.items(*kind).map(|item| &item.key).find(|known| known.collides_with(key));
            let taken = taken.map(crate::ItemKey::as_str);
            refuse_taken(kind.as_str(), key.as_str(), taken, catalog.items(*kind).count())?;
            let modules = checked_modules(*kind, modules, catalog)?;
            let first =
                Revision { number: 1, reach: Reach::Existing, modules, epoch: 0, epoch_grown_at: at, created_at: at };
            let item = Item {
                id: *id,
                kind: *kind,
                key: key.clone(),
                name: name.clone(),
                description: description.clone(),
                is_active: *is_active,
                revisions: vec![first],
                created_at: at,
                updated_at: at,
            };
            Draft { at, entity_key: key.to_string(), module: None, item: Some((None, item)) }
        }
        CatalogCommand::UpdateItem { kind, id, name, description, is_active, modules, reach } => {
            let before = catalog.item_by_id(*kind, *id);
            let before =
                before.ok_or_else(|| Refusal::not_found(format!("{} `{id}` does not exist", kind.as_str())))?;
            let edit =
                ItemEdit { name, description, is_active: *is_active, modules: modules.as_deref(), reach: *reach };
            let after = edit.applied_to(before, catalog, at)?;
            let entity_key = after.key.to_string();
            Draft { at, entity_key, module: None, item: Some((Some(before.clone()), after)) }
        }
    };
    Ok(draft)
}

/// The changeable part of an item, as a command gives it.
struct ItemEdit<'a> {
    name: &'a Option<Text>,
    description: &'a Patch<Text>,
    is_active: Option<bool>,
    modules: Option<&'a [ModuleKey]>,
    reach: Reach,
}

impl ItemEdit<'_> {
    fn applied_to(&self, before: &Item, catalog: &Catalog, at: Timestamp) -> Result<Item, Refusal> {
        let mut after = before.clone();
        after.name = self.name.clone().unwrap_or(after.name);
        after.description = self.description.applied_to(before.description.as_ref());
        after.is_active = self.is_active.unwrap_or(after.is_active);
        if let Some(modules) = self.modules {
            let modules = checked_modules(before.kind, modules, catalog)?;
            if before.newest().is_none_or(|newest| newest.modules != modules) {
                let highest = before.revisions.iter().map(|revision| revision.epoch).max().unwrap_or(0);
                let number = before.newest().map_or(0, |newest| newest.number) + 1;
                let (reach, epoch) = (self.reach, highest + 1);
                after.revisions.push(Revision { number, reach, modules, epoch, epoch_grown_at: at, created_at: at });
            }
        }
        after.updated_at = if after == *before { before.updated_at } else { at };
        Ok(after)
    }
}

fn refuse_taken(what: &str, key: &str, taken: Option<&str>, count: usize) -> Result<(), Refusal> {
    match taken {
        Some(known) if known == key => Err(Refusal::conflict("key", format!("{what} key already exists"))),
        Some(known) => {
            let message = format!("{what} key `{key}` differs from `{known}` only by `-` and `_`; choose another key");
            Err(Refusal::conflict("key", message))
        }
        None if count >= MAX_CATALOG_ENTRIES => {
            let message = format!("the catalog holds {count} entries of type {what}, the most it can; retire some");
            Err(Refusal::conflict("catalog_size", message))
        }
        None => Ok(()),
    }
}

/// The module set of a revision, when it may be one.
fn checked_modules(kind: ItemKind, keys: &[ModuleKey], catalog: &Catalog) -> Result<BTreeSet<ModuleKey>, Refusal> {
    let mut breaches = Vec::new();
    let mut breach = |message: String| breaches.push(Breach { rule: "moduleKeys", message });
    let mut set = BTreeSet::new();
    let mut base = Vec::new();
    for key in keys {
        match catalog.module(key) {
            None => breach(format!("module `{key}` does not exist; create it first")),
            Some(module) if module.kind == ModuleKind::Base => base.push(key.as_str()),
            Some(_) => {}
        }
        if !set.insert(key.clone()) {
            breach(format!("module `{key}` is named twice"));
        }
    }
    base.dedup();
    match (kind, base.as_slice()) {
        (ItemKind::Addon, [first, ..]) => {
            breach(format!("`{first}` is a base module; an add-on never includes one, a package does"));
        }
        (ItemKind::Package, [_, _, ..]) => {
            breach(format!("a package includes at most one base module, not {}", base.join(", ")));
        }
        (ItemKind::Addon | ItemKind::Package, _) => {}
    }
    if breaches.is_empty() { Ok(set) } else { Err(Refusal::of(RefusalCode::Validation, breaches)) }
}

/// Grows the epochs of every revision whose meaning differs, and says whom that reaches.
fn finish(draft: Draft, catalog: &Catalog, actor: &Text) -> CatalogChange {
    let Draft { at, entity_key, module, item } = draft;
    let (module_before, module) = module.map_or((None, None), |(before, after)| (before, Some(after)));
    let (item_before, item) = item.map_or((None, None), |(before, after)| (before, Some(after)));
    let remapped = item
        .as_ref()
        .is_some_and(|after| item_before.as_ref().is_none_or(|before| before.revisions.len() != after.revisions.len()));
    let mut change = CatalogChange {
        generation_before: catalog.generation,
        generation: catalog.generation + 1,
        at,
        actor: actor.clone(),
        module,
        item,
        revisions: Vec::new(),
        reach: Vec::new(),
        event: CatalogEvent {
            change_type: ChangeType::CatalogUpdated,
            entity_type: if remapped { EntityType::Mapping } else { EntityType::Catalog },
            entity_key,
            module_before,
            item_before,
        },
    };
    let after = apply_catalog(catalog, &change);
    for (item, revision) in after.revisions() {
        let known = catalog.item(&item.reference());
        let known = known.and_then(|item| item.revisions.iter().find(|known| known.number == revision.number));
        let Some(known) = known else {
            change.revisions.push((item.reference(), revision.clone()));
            change.reach.extend(reached(item, revision.number));
            continue;
        };
        if Meaning::of(known, catalog) != Meaning::of(revision, &after) {
            let grown = Revision { epoch: revision.epoch + 1, epoch_grown_at: at, ..revision.clone() };
            change.revisions.push((item.reference(), grown));
            change.reach.extend(reached(item, revision.number));
        }
    }
    if let Some(item) = &mut change.item {
        // INVARIANT: the item carries its revisions as they stand afterwards, grown epochs included.
        for (reference, revision) in &change.revisions {
            if reference.kind == item.kind && reference.key == item.key {
                item.revisions.retain(|known| known.number != revision.number);
                item.revisions.push(revision.clone());
            }
        }
        item.revisions.sort_by_key(|revision| revision.number);
    }
    change
}

/// The assigned revisions whose effective revision is `number`; none for one that no row can
/// mean any more.
fn reached(item: &Item, number: u32) -> Option<CatalogReach> {
    let newest_existing = item.newest_existing();
    let (assigned_from, assigned_to) = match number.cmp(&newest_existing) {
        std::cmp::Ordering::Less => return None,
        std::cmp::Ordering::Equal => (1, number),
        std::cmp::Ordering::Greater => (number, number),
    };
    Some(CatalogReach { item: item.reference(), assigned_from, assigned_to })
}
