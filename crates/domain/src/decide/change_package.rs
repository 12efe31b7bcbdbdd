//! Moving a company from one package to another, at once or at an instant, and taking a planned move back.

use super::{Drafted, Scene, assignment, brought, consequences};
use crate::{
    Breach, ChangePackage, Direction, Holding, HoldingChange, Item, ItemKind, ItemRef, Note, Origin, Refusal,
    RefusalCode, Replaced, Status, Terms, Timestamp, Window,
};

pub(super) fn judge(change: &ChangePackage, scene: Scene<'_>) -> Result<Drafted, Refusal> {
    let target = ItemRef { kind: ItemKind::Package, key: change.package.clone() };
    let target = scene.catalog.item_named(&target);
    let target = target
        .ok_or_else(|| Refusal::not_found(format!("package `{}` does not exist in the catalog", change.package)))?;
    let effective = change.effective_at.unwrap_or(scene.at);
    if effective < scene.at {
        return Err(Refusal::invalid("effectiveAt", "effectiveAt must not lie in the past"));
    }
    if let Some(planned) = planned(scene) {
        let message =
            format!("a change to package `{}` is planned already; take it back first", planned.terms.item.key);
        return Err(Refusal::conflict("planned_change", message));
    }
    not_held(target, scene)?;
    let (row, _) = leaving(change, target, effective, scene)?;
    let source = change.source.applied_to(row.origin.source.as_ref());
    assignment::may_be_assigned(target, source.as_ref(), scene.actor)?;
    let holdings = moved(change, row, target, effective, scene);
    let mut resulting = scene.after(&holdings);
    resulting.holdings.sort_by(|one, other| one.terms.item.cmp(&other.terms.item));
    for changed in &holdings {
        assignment::one_base_package(&changed.after.terms, &resulting, scene)?;
    }
    if let Some(arriving) = holdings.last() {
        let leaving_only = Scene { state: &resulting, ..scene };
        assignment::rules_hold(arriving, target, leaving_only)?;
    }
    let mut drafted = Drafted { note: Some(Note::PackageChanged), ..Drafted::of_rows(holdings) };
    if change.deactivate_invalidated {
        end_invalidated(&mut drafted, target, effective, scene);
    }
    drafted.warnings = consequences::warnings(&drafted.holdings, scene);
    // Named by what is left, so that a change which is planned, taken back and planned again is one purchase.
    let since = row.terms.window.starts_at.unwrap_or(row.terms.created_at).micros();
    let unnamed = format!("change from {} since {since}", row.terms.item.key);
    let purchase = brought::Purchase { item: target, is_new: true, unnamed: &unnamed, fresh: change.fresh };
    brought::come_with(&mut drafted, purchase, scene)?;
    Ok(drafted)
}

/// Refuses a change to a package that the company has, or would have again after a pause: its row has one window only.
fn not_held(target: &Item, scene: Scene<'_>) -> Result<(), Refusal> {
    let held = scene.state.holding(&target.reference()).filter(|row| {
        (row.terms.status.is_entitling() || row.terms.status == Status::Paused)
            && !row.terms.window.has_closed(scene.at)
    });
    let Some(row) = held else { return Ok(()) };
    let message = format!(
        "the company has a row of package `{}` already, which is {}; end it first",
        target.key,
        row.terms.status.as_str()
    );
    Err(Refusal::conflict("change_target", message))
}

/// The row that the change leaves, and which way that is.
pub(super) fn leaving<'a>(
    change: &ChangePackage,
    target: &Item,
    effective: Timestamp,
    scene: Scene<'a>,
) -> Result<(&'a Holding, Direction), Refusal> {
    let in_force: Vec<&Holding> = scene
        .state
        .holdings
        .iter()
        .filter(|row| row.terms.item.kind == ItemKind::Package && row.terms.in_force(effective))
        .filter(|row| row.terms.item != target.reference())
        .collect();
    let direction = |row: &Holding| {
        let profile = &scene.catalog.item(&row.terms.item)?.profile;
        let leads = |targets: &std::collections::BTreeSet<crate::ItemKey>| targets.contains(&target.key);
        if leads(&profile.upgrade_targets) {
            return Some(Direction::Upgrade);
        }
        leads(&profile.downgrade_targets).then_some(Direction::Downgrade)
    };
    let from = change.from.as_ref().map(|key| {
        let named = ItemRef { kind: ItemKind::Package, key: key.clone() };
        scene.catalog.item_named(&named).map_or(key, |item| &item.key)
    });
    let asked = |row: &&&Holding| from.is_none_or(|from| row.terms.item.key == *from);
    let possible: Vec<(&Holding, Direction)> =
        in_force.iter().filter(asked).filter_map(|row| Some((*row, direction(row)?))).collect();
    match possible.as_slice() {
        [one] => Ok(*one),
        [] => {
            let names = |row: &&Holding| row.terms.item.key.to_string();
            let held: Vec<String> = in_force.iter().map(names).collect();
            let held = if held.is_empty() { "no package in force then".to_owned() } else { held.join(", ") };
            let message = format!(
                "package `{}` is neither an upgrade nor a downgrade target of what the company has ({held})",
                target.key
            );
            Err(Refusal::conflict("change_target", message))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(row, _)| row.terms.item.key.as_str()).collect();
            let message =
                format!("package `{}` can be reached from {}; say fromPackageKey", target.key, names.join(" and "));
            Err(Refusal::conflict("change_target", message))
        }
    }
}

/// The row that ends and the row that begins, in that order.
fn moved(
    change: &ChangePackage,
    row: &Holding,
    target: &Item,
    effective: Timestamp,
    scene: Scene<'_>,
) -> Vec<HoldingChange> {
    let at = scene.at;
    let at_once = effective <= at;
    let origin = |origin: &Origin| Origin { updated_by: scene.actor.clone(), updated_at: at, ..origin.clone() };
    let mut ended = row.clone();
    ended.terms.window = Window { ends_at: Some(effective), grace_ends_at: None, ..ended.terms.window };
    if at_once {
        ended.terms.status = Status::Inactive;
        // A row cannot end before it began; one that begins at this very instant is empty.
        ended.terms.window.starts_at = ended.terms.window.starts_at.map(|start| start.min(effective));
    }
    ended.origin = origin(&row.origin);
    let before = scene.state.holding(&target.reference());
    let kept = before.map(|known| &known.origin);
    let stored = before.map(|known| &known.terms);
    let terms = Terms {
        item: target.reference(),
        status: row.terms.status,
        window: Window {
            starts_at: Some(effective),
            // Of a row in its grace period the end has passed; the grace goes on.
            ends_at: row.terms.window.ends_at.map(|end| end.max(effective)),
            ..row.terms.window
        },
        quantity: row.terms.quantity,
        assigned_revision: target.newest().map_or(1, |revision| revision.number),
        created_at: stored.map_or(at, |terms| terms.created_at),
    };
    let origin = Origin {
        source: change.source.applied_to(row.origin.source.as_ref()),
        external_reference: change.external_reference.applied_to(row.origin.external_reference.as_ref()),
        created_by: kept.map_or(scene.actor, |origin| &origin.created_by).clone(),
        updated_by: scene.actor.clone(),
        updated_at: at,
    };
    let replaces = (!at_once).then(|| Replaced {
        package: row.terms.item.key.clone(),
        ends_at: row.terms.window.ends_at,
        grace_ends_at: row.terms.window.grace_ends_at,
    });
    // A trial goes on in the new package: it is the same one.
    let carried = (row.terms.status == Status::Trial).then_some(effective);
    let trialed_at = before.and_then(|known| known.trialed_at).or(carried);
    let arriving = Holding { terms, origin, trialed_at, paused_from: None, replaces, lapsed: false };
    vec![
        HoldingChange { before: Some(row.clone()), after: ended },
        HoldingChange { before: before.cloned(), after: arriving },
    ]
}

/// Ends the add-ons that stop working, each at the instant at which it would.
fn end_invalidated(drafted: &mut Drafted, target: &Item, effective: Timestamp, scene: Scene<'_>) {
    let (before, after) = (scene.state.standing(), scene.after(&drafted.holdings).standing());
    for (key, (instant, _)) in consequences::invalidated(&before, &after, scene, effective) {
        let Some(row) = scene.state.holding(&ItemRef { kind: ItemKind::Addon, key }) else { continue };
        let mut ended = row.clone();
        if instant <= scene.at {
            ended.terms.status = Status::Inactive;
        } else {
            ended.terms.window = Window { ends_at: Some(instant), grace_ends_at: None, ..ended.terms.window };
        }
        ended.replaces = (effective > scene.at).then(|| Replaced {
            package: target.key.clone(),
            ends_at: row.terms.window.ends_at,
            grace_ends_at: row.terms.window.grace_ends_at,
        });
        ended.origin = Origin { updated_by: scene.actor.clone(), updated_at: scene.at, ..ended.origin };
        drafted.holdings.push(HoldingChange { before: Some(row.clone()), after: ended });
    }
}

/// The row of a planned change, where there is one.
pub(super) fn planned(scene: Scene<'_>) -> Option<&Holding> {
    scene.state.holdings.iter().find(|row| {
        row.terms.item.kind == ItemKind::Package
            && row.replaces.is_some()
            && row.terms.status.is_entitling()
            && row.terms.window.starts_at.is_some_and(|start| start > scene.at)
    })
}

/// Takes a planned change back: the old row and the add-ons that were to end with it get their ends back, the new one is cancelled
/// before it began, and so were its trial.
pub(super) fn cancel(scene: Scene<'_>) -> Result<Drafted, Refusal> {
    let at = scene.at;
    let row = planned(scene).ok_or_else(|| Refusal::not_found("no change of package is planned"))?;
    let Some(replaced) = &row.replaces else { return Err(Refusal::not_found("no change of package is planned")) };
    let origin = |origin: &Origin| Origin { updated_by: scene.actor.clone(), updated_at: at, ..origin.clone() };
    let mut cancelled = row.clone();
    cancelled.terms.status = Status::Cancelled;
    cancelled.replaces = None;
    cancelled.trialed_at = row.trialed_at.filter(|begun| *begun <= at);
    cancelled.origin = origin(&row.origin);
    let mut holdings = vec![HoldingChange { before: Some(row.clone()), after: cancelled }];
    let old = scene.state.holding(&ItemRef { kind: ItemKind::Package, key: replaced.package.clone() });
    let planned_at = old.map_or(row.origin.updated_at, |old| old.origin.updated_at.min(row.origin.updated_at));
    let old = old.filter(|old| old.terms.window.ends_at == row.terms.window.starts_at);
    let addons = scene.state.holdings.iter().filter_map(|addon| {
        let replaced = addon.replaces.as_ref().filter(|replaced| replaced.package == row.terms.item.key)?;
        // One that an earlier change to the same package has ended stays ended.
        let is_of_this_change = addon.terms.item.kind == ItemKind::Addon && addon.origin.updated_at >= planned_at;
        is_of_this_change.then_some((addon, replaced))
    });
    for (ended, replaced) in old.map(|old| (old, replaced)).into_iter().chain(addons) {
        let mut resumed = ended.clone();
        resumed.terms.window.ends_at = replaced.ends_at;
        resumed.terms.window.grace_ends_at = replaced.grace_ends_at;
        if ended.terms.item.kind == ItemKind::Addon {
            resumed.replaces = None;
        }
        resumed.origin = origin(&ended.origin);
        holdings.push(HoldingChange { before: Some(ended.clone()), after: resumed });
    }
    let resulting = scene.after(&holdings);
    let breaches: Vec<Breach> = holdings
        .iter()
        .filter_map(|change| assignment::one_base_package(&change.after.terms, &resulting, scene).err())
        .flat_map(|refusal| refusal.breaches)
        .collect();
    if !breaches.is_empty() {
        return Err(Refusal::of(RefusalCode::Conflict, breaches));
    }
    let warnings = consequences::warnings(&holdings, scene);
    let mut drafted = Drafted { note: Some(Note::PackageChanged), warnings, ..Drafted::of_rows(holdings) };
    brought::follow(&mut drafted, None, scene);
    Ok(drafted)
}
