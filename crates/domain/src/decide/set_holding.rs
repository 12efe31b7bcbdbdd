//! Making or changing a company's row for a package or an add-on.

use super::MAX_HOLDINGS;
use crate::{
    Breach, Catalog, CompanyState, Holding, HoldingChange, Item, ItemKind, Origin, Refusal, RefusalCode, SetHolding,
    Status, Terms, Text, Timestamp, Window,
};

/// The row's change; `None` when nothing stored would differ.
pub(super) fn judge(
    set: &SetHolding,
    state: &CompanyState,
    catalog: &Catalog,
    at: Timestamp,
    actor: &Text,
) -> Result<Option<HoldingChange>, Refusal> {
    let item = catalog.item(&set.item).ok_or_else(|| {
        Refusal::not_found(format!("{} `{}` does not exist in the catalog", set.item.kind.as_str(), set.item.key))
    })?;
    let before = state.holding(&set.item);
    if before.is_none() && state.holdings.len() >= MAX_HOLDINGS {
        let message = format!("the company has {MAX_HOLDINGS} rows, the most it can");
        return Err(Refusal::conflict("holdings", message));
    }
    let window = window(set, before)?;
    let stored = before.map(|holding| &holding.terms);
    let quantity = set.quantity.or(stored.map(|terms| terms.quantity)).unwrap_or(1);
    let kept = before.map(|holding| &holding.origin);
    let source = set.source.applied_to(kept.and_then(|origin| origin.source.as_ref()));
    let external_reference =
        set.external_reference.applied_to(kept.and_then(|origin| origin.external_reference.as_ref()));
    // Before anything is assigned: a write that repeats what is stored assigns nothing, also when the row has ended since.
    let unchanged = before.is_some_and(|Holding { terms, origin }| {
        (terms.status, terms.window, terms.quantity) == (set.status, window, quantity)
            && (&origin.source, &origin.external_reference) == (&source, &external_reference)
    });
    if unchanged {
        return Ok(None);
    }
    let terms = Terms {
        item: set.item.clone(),
        status: set.status,
        window,
        quantity,
        assigned_revision: assigned_revision(set.status, before, item, at)?,
        created_at: stored.map_or(at, |terms| terms.created_at),
    };
    if terms.quantity == 0 {
        return Err(Refusal::invalid("quantity", "quantity must be at least 1"));
    }
    one_base_package(&terms, item, state, catalog, at)?;
    let created_by = kept.map_or(actor, |origin| &origin.created_by).clone();
    let origin = Origin { source, external_reference, created_by, updated_by: actor.clone(), updated_at: at };
    Ok(Some(HoldingChange { before: before.cloned(), after: Holding { terms, origin } }))
}

/// The row's window afterwards (requirements 004 §21.4).
fn window(set: &SetHolding, before: Option<&Holding>) -> Result<Window, Refusal> {
    let stored = before.map(|holding| holding.terms.window).unwrap_or_default();
    let window = Window {
        starts_at: set.starts_at.applied_to(stored.starts_at.as_ref()),
        ends_at: set.ends_at.applied_to(stored.ends_at.as_ref()),
        grace_ends_at: set.grace_ends_at.applied_to(stored.grace_ends_at.as_ref()),
    };
    let mut breaches = Vec::new();
    let mut breach = |rule, message: &str| breaches.push(Breach { rule, message: message.to_owned() });
    if matches!((window.starts_at, window.ends_at), (Some(start), Some(end)) if end < start) {
        breach("endsAt", "endsAt must not be before startsAt");
    }
    match (window.ends_at, window.grace_ends_at) {
        (None, Some(_)) => breach("graceEndsAt", "graceEndsAt needs an endsAt; clear it with null or set endsAt"),
        (Some(end), Some(grace)) if grace < end => breach("graceEndsAt", "graceEndsAt must not be before endsAt"),
        (Some(_) | None, _) => {}
    }
    if breaches.is_empty() { Ok(window) } else { Err(Refusal::of(RefusalCode::Validation, breaches)) }
}

/// A renewal (the row is active, trial or paused and has not ended) keeps its revision, also of an inactive item. Anything else that
/// makes a row entitling is a new assignment: the newest revision, and only of an active item.
fn assigned_revision(status: Status, before: Option<&Holding>, item: &Item, at: Timestamp) -> Result<u32, Refusal> {
    let newest = item.newest().map_or(1, |revision| revision.number);
    let Some(terms) = before.map(|holding| &holding.terms) else {
        return if status.is_entitling() { new_assignment(item, newest) } else { Ok(newest) };
    };
    let renewable = terms.status.is_entitling() || terms.status == Status::Paused;
    let is_renewal = renewable && !terms.window.has_closed(at);
    if is_renewal || !status.is_entitling() { Ok(terms.assigned_revision) } else { new_assignment(item, newest) }
}

fn new_assignment(item: &Item, newest: u32) -> Result<u32, Refusal> {
    if item.is_active {
        return Ok(newest);
    }
    let (kind, key) = (item.kind.as_str(), &item.key);
    let message = format!("{kind} `{key}` is inactive: it stays with those who hold it, but cannot be newly assigned");
    Err(Refusal::conflict("item_active", message))
}

/// At most one base package is in force at any instant from now on.
fn one_base_package(
    terms: &Terms,
    item: &Item,
    state: &CompanyState,
    catalog: &Catalog,
    at: Timestamp,
) -> Result<(), Refusal> {
    let is_base =
        |item: &Item, assigned| item.effective(assigned).is_some_and(|revision| catalog.includes_base(revision));
    if item.kind != ItemKind::Package || !terms.status.is_entitling() || !is_base(item, terms.assigned_revision) {
        return Ok(());
    }
    let breaches: Vec<Breach> = state
        .holdings
        .iter()
        .map(|holding| &holding.terms)
        .filter(|other| other.item.kind == ItemKind::Package && other.item != terms.item)
        .filter(|other| other.status.is_entitling() && other.window.overlaps_from(&terms.window, at))
        .filter(|other| catalog.item(&other.item).is_some_and(|item| is_base(item, other.assigned_revision)))
        .map(|other| Breach {
            rule: "one_base_package",
            message: format!(
                "base package `{}` is in force for part of that time; end it first, or start `{}` when it ends",
                other.item.key, terms.item.key
            ),
        })
        .collect();
    if breaches.is_empty() { Ok(()) } else { Err(Refusal::of(RefusalCode::Conflict, breaches)) }
}
