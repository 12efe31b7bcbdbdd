//! Making or changing a company's row for a package or an add-on.

use super::{
    Drafted, MAX_HOLDINGS, Scene,
    assignment::{self, Assignment},
    brought::{self, Purchase},
    consequences, trial,
};
use crate::{
    Breach, Holding, HoldingChange, Item, ItemKind, Origin, Patch, Refusal, RefusalCode, SetHolding, Status, Terms,
    Window,
};

/// The row's change; `None` when nothing stored would differ.
pub(super) fn judge(set: &SetHolding, scene: Scene<'_>) -> Result<Option<Drafted>, Refusal> {
    let item = scene.catalog.item_named(&set.item).ok_or_else(|| {
        Refusal::not_found(format!("{} `{}` does not exist in the catalog", set.item.kind.as_str(), set.item.key))
    })?;
    let before = scene.state.holding(&item.reference());
    if before.is_none() && scene.state.holdings.len() >= MAX_HOLDINGS {
        let message = format!("the company has {MAX_HOLDINGS} rows, the most it can");
        return Err(Refusal::conflict("holdings", message));
    }
    let Some((change, kind)) = changed_row(set, item, before, scene)? else { return Ok(None) };
    match kind {
        Assignment::New => assignment::may_be_assigned(item, change.after.origin.source.as_ref(), scene.actor)?,
        Assignment::Kept => assignment::may_go_on(item, set.status)?,
    }
    trial::first_of_its_line(item, set.status, before, scene)?;
    assignment::one_base_package(&change.after.terms, scene.state, scene)?;
    if kind == Assignment::New {
        assignment::rules_hold(&change, item, scene)?;
    }
    let mut drafted = Drafted::of_rows(vec![change]);
    drafted.warnings = consequences::warnings(&drafted.holdings, scene);
    let unnamed = format!("write {}", scene.state.write_seq + 1);
    let purchase = Purchase { item, is_new: kind == Assignment::New, unnamed: &unnamed, fresh: set.fresh };
    brought::come_with(&mut drafted, purchase, scene)?;
    Ok(Some(drafted))
}

fn changed_row(
    set: &SetHolding,
    item: &Item,
    before: Option<&Holding>,
    scene: Scene<'_>,
) -> Result<Option<(HoldingChange, Assignment)>, Refusal> {
    let at = scene.at;
    let window = window(set, item, before, scene)?;
    let stored = before.map(|holding| &holding.terms);
    let quantity = set.quantity.or(stored.map(|terms| terms.quantity)).unwrap_or(1);
    let kept = before.map(|holding| &holding.origin);
    let source = set.source.applied_to(kept.and_then(|origin| origin.source.as_ref()));
    let external_reference =
        set.external_reference.applied_to(kept.and_then(|origin| origin.external_reference.as_ref()));
    // Before anything is assigned: a write that repeats what is stored assigns nothing, also when the row has ended since.
    let unchanged = before.is_some_and(|Holding { terms, origin, .. }| {
        (terms.status, terms.window, terms.quantity) == (set.status, window, quantity)
            && (&origin.source, &origin.external_reference) == (&source, &external_reference)
    });
    if unchanged {
        return Ok(None);
    }
    if quantity == 0 {
        return Err(Refusal::invalid("quantity", "quantity must be at least 1"));
    }
    let kind = assignment::kind(set.status, before, at);
    let terms = Terms {
        item: item.reference(),
        status: set.status,
        window,
        quantity,
        assigned_revision: assignment::revision(kind, before, item),
        created_at: stored.map_or(at, |terms| terms.created_at),
    };
    let created_by = kept.map_or(scene.actor, |origin| &origin.created_by).clone();
    let updated_by = scene.actor.clone();
    let origin = Origin { source, external_reference, created_by, updated_by, updated_at: at };
    let first_trial = (set.status == Status::Trial).then_some(at);
    let stays_ended = stored.is_some_and(|stored| (stored.status, stored.window) == (terms.status, window));
    let after = Holding {
        lapsed: stays_ended && before.is_some_and(|row| row.lapsed),
        terms,
        origin,
        trialed_at: before.and_then(|row| row.trialed_at).or(first_trial),
        paused_from: assignment::paused_from(kind, set.status, before),
        // An add-on whose end this write moves is no longer ended by a planned change.
        replaces: before.and_then(|row| row.replaces.clone()).filter(|_| {
            let end_stays = stored.is_some_and(|terms| terms.window.ends_at == window.ends_at);
            kind == Assignment::Kept && (item.kind == ItemKind::Package || end_stays)
        }),
    };
    Ok(Some((HoldingChange { before: before.cloned(), after }, kind)))
}

/// The row's window afterwards (requirements 004 §21.4), with the end of a trial and the grace that the definition proposes.
fn window(set: &SetHolding, item: &Item, before: Option<&Holding>, scene: Scene<'_>) -> Result<Window, Refusal> {
    let stored = before.map(|holding| holding.terms.window).unwrap_or_default();
    let mut window = Window {
        starts_at: set.starts_at.applied_to(stored.starts_at.as_ref()),
        ends_at: set.ends_at.applied_to(stored.ends_at.as_ref()),
        grace_ends_at: set.grace_ends_at.applied_to(stored.grace_ends_at.as_ref()),
    };
    window.ends_at = window.ends_at.or(trial::proposed_end(item, set.status, &window, before, scene.at));
    let end_is_new = window.ends_at != stored.ends_at || before.is_none();
    if let (Some(end), Some(days), Patch::Keep, true) =
        (window.ends_at, item.profile.grace_days, &set.grace_ends_at, end_is_new)
    {
        window.grace_ends_at = Some(trial::days_after(end, days));
    }
    // Grace goes with the end that it followed: who renews need not know of it.
    let is_over = match (window.ends_at, window.grace_ends_at) {
        (None, _) => item.profile.grace_days.is_some(),
        (Some(end), grace) => grace.is_some_and(|grace| grace < end),
    };
    if set.grace_ends_at == Patch::Keep && is_over {
        window.grace_ends_at = None;
    }
    let mut breaches = Vec::new();
    let mut breach = |rule, message: &str| breaches.push(Breach::new(rule, message));
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
