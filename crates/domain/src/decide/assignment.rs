//! Who may be given what: revisions, lifecycles, visibility, assigners, and the rules at the first instant in force.

use super::Scene;
use crate::{
    Breach, CompanyState, Evaluation, Holding, HoldingChange, Item, ItemKind, Lifecycle, Refusal, RefusalCode, Status,
    Stop, Terms, Text, Timestamp,
};

/// What kind of assignment a write is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Assignment {
    /// The row goes on as it was, or ends: it keeps its revision.
    Kept,
    /// The row begins to entitle, or could be resumed without being asked again: the newest revision, of an active item only.
    New,
}

/// A renewal (the row is active, trial or paused and has not ended) keeps its revision, whatever became of the item. Anything else that
/// makes a row entitling, or resumable, is a new assignment; so is the first resume of a row that was assigned paused: nothing has asked
/// yet whether its rules hold.
pub(super) fn kind(status: Status, before: Option<&Holding>, at: Timestamp) -> Assignment {
    let is_renewal = before.is_some_and(|row| row.is_renewable(at));
    if is_renewal || !(status.is_entitling() || status == Status::Paused) { Assignment::Kept } else { Assignment::New }
}

/// Of a row that is paused from now on, as what it entitled before.
pub(super) fn paused_from(kind: Assignment, status: Status, before: Option<&Holding>) -> Option<Status> {
    let row = before.filter(|_| kind == Assignment::Kept && status == Status::Paused)?;
    if row.terms.status.is_entitling() { Some(row.terms.status) } else { row.paused_from }
}

/// The revision that the row is assigned.
pub(super) fn revision(kind: Assignment, before: Option<&Holding>, item: &Item) -> u32 {
    let newest = item.newest().map_or(1, |revision| revision.number);
    match (kind, before) {
        (Assignment::Kept, Some(row)) => row.terms.assigned_revision,
        (Assignment::Kept, None) | (Assignment::New, _) => newest,
    }
}

/// Whether an item may be newly assigned, by this actor and from this source.
pub(super) fn may_be_assigned(item: &Item, source: Option<&Text>, actor: &Text) -> Result<(), Refusal> {
    let (kind, key) = (item.kind.as_str(), &item.key);
    let governance = &item.profile.governance;
    if !governance.assigners.is_empty() && !governance.assigners.contains(actor) {
        let message = format!("`{actor}` may not assign {kind} `{key}`; its assigners are named in its governance");
        return Err(Refusal::of(RefusalCode::Forbidden, vec![Breach::new("governance.assigners", message)]));
    }
    let mut breaches = Vec::new();
    if item.lifecycle != Lifecycle::Active {
        let stays = if item.lifecycle.may_be_held() { "it stays with those who hold it, but " } else { "it " };
        let message = format!("{kind} `{key}` is {}: {stays}cannot be newly assigned", item.lifecycle.as_str());
        breaches.push(Breach::new("item_active", message));
    }
    let visibility = item.profile.visibility();
    if let Some(required) = visibility.required_source()
        && source.is_none_or(|source| source.as_str() != required)
    {
        let message =
            format!("{kind} `{key}` is {}: only a write whose source is `{required}` assigns it", visibility.as_str());
        breaches.push(Breach::new("visibility", message));
    }
    if breaches.is_empty() { Ok(()) } else { Err(Refusal::of(RefusalCode::Conflict, breaches)) }
}

/// Whether a row may go on entitling: not to what was archived while it was paused.
pub(super) fn may_go_on(item: &Item, status: Status) -> Result<(), Refusal> {
    if !status.is_entitling() || item.lifecycle.may_be_held() {
        return Ok(());
    }
    let (kind, key, lifecycle) = (item.kind.as_str(), &item.key, item.lifecycle.as_str());
    Err(Refusal::conflict("item_active", format!("{kind} `{key}` is {lifecycle}: nobody can have it any more")))
}

/// Refuses a new assignment whose rules do not hold at the first instant at which it would be in force.
pub(super) fn rules_hold(change: &HoldingChange, item: &Item, scene: Scene<'_>) -> Result<(), Refusal> {
    let terms = &change.after.terms;
    let first = terms.window.starts_at.map_or(scene.at, |start| start.max(scene.at));
    if !terms.status.is_entitling() || !terms.window.contains(first) {
        return Ok(());
    }
    let standing = scene.after(std::slice::from_ref(change)).standing();
    let evaluation = Evaluation::of(&standing, scene.catalog, first);
    let breaches = match item.kind {
        ItemKind::Addon => addon_breaches(&evaluation, terms),
        ItemKind::Package if item.profile.requires_base_package && evaluation.base_package().is_none() => {
            let message = format!("package `{}` needs a base package in force at that time", item.key);
            vec![Breach::new("requires_base_package", message)]
        }
        ItemKind::Package => Vec::new(),
    };
    if breaches.is_empty() { Ok(()) } else { Err(Refusal::of(RefusalCode::Conflict, breaches)) }
}

fn addon_breaches(evaluation: &Evaluation<'_>, terms: &Terms) -> Vec<Breach> {
    let key = &terms.item.key;
    let Some(addon) = evaluation.addons.iter().find(|addon| addon.key == key) else { return Vec::new() };
    if let Some(package) = addon.included_by.filter(|_| addon.is_operative()) {
        let message = format!(
            "add-on `{key}` is included in package `{}`, which the company has; it need not be bought",
            package.item.key
        );
        return vec![Breach::new("included", message)];
    }
    addon.stopped_by.iter().map(|stop| breach(key.as_str(), stop)).collect()
}

/// A rule that stops an add-on, for people.
pub(super) fn breach(key: &str, stop: &Stop<'_>) -> Breach {
    match stop {
        Stop::Forbidden(package) => Breach::new("forbidden", format!("package `{package}` forbids add-on `{key}`")),
        Stop::Incompatible => Breach::new(
            "compatible",
            format!("add-on `{key}` works with none of the packages and modules that the company has"),
        ),
        Stop::Requires(requires) => Breach::new("requires", format!("add-on `{key}` requires {requires}")),
        Stop::Conflict(term) => {
            Breach::new("conflicts_with", format!("add-on `{key}` does not work beside {term}, which the company has"))
        }
        Stop::Older(other) => Breach::new(
            "conflicts_with",
            format!("add-on `{key}` does not work beside add-on `{other}`, which the company has had for longer"),
        ),
    }
}

/// At most one base package is in force at any instant from now on.
pub(super) fn one_base_package(terms: &Terms, state: &CompanyState, scene: Scene<'_>) -> Result<(), Refusal> {
    let catalog = scene.catalog;
    let is_base = |terms: &Terms| {
        let revision = catalog.item(&terms.item).and_then(|item| item.effective(terms.assigned_revision));
        revision.is_some_and(|revision| catalog.includes_base(revision))
    };
    if terms.item.kind != ItemKind::Package || !terms.status.is_entitling() || !is_base(terms) {
        return Ok(());
    }
    let breaches: Vec<Breach> = state
        .holdings
        .iter()
        .map(|holding| &holding.terms)
        .filter(|other| other.item.kind == ItemKind::Package && other.item != terms.item)
        .filter(|other| other.status.is_entitling() && other.window.overlaps_from(&terms.window, scene.at))
        .filter(|other| is_base(other))
        .map(|other| {
            let message = format!(
                "base package `{}` is in force for part of that time; end it first, or start `{}` when it ends",
                other.item.key, terms.item.key
            );
            Breach::new("one_base_package", message)
        })
        .collect();
    if breaches.is_empty() { Ok(()) } else { Err(Refusal::of(RefusalCode::Conflict, breaches)) }
}
