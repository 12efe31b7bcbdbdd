//! Moving a company from one package to another, at once or at an instant, and taking a planned move back.

use super::{Drafted, Scene, assignment, consequences, credits};
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
        end_invalidated(&mut drafted, effective, scene);
    }
    drafted.warnings = consequences::warnings(&drafted.holdings, scene);
    let mut arriving = Drafted::of_rows(drafted.holdings.get(1).cloned().into_iter().collect());
    credits::come_with(&mut arriving, target, true, change.fresh, scene)?;
    drafted.credit_lots = arriving.credit_lots;
    drafted.credit_entries = arriving.credit_entries;
    Ok(drafted)
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
    let asked = |row: &&&Holding| change.from.as_ref().is_none_or(|from| row.terms.item.key == *from);
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
        window: Window { starts_at: Some(effective), ..row.terms.window },
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
    let trialed_at = before.and_then(|known| known.trialed_at).or(row.trialed_at);
    let arriving = Holding { terms, origin, trialed_at, replaces };
    vec![
        HoldingChange { before: Some(row.clone()), after: ended },
        HoldingChange { before: before.cloned(), after: arriving },
    ]
}

/// Ends the add-ons that stop working, from the instant of the change on.
fn end_invalidated(drafted: &mut Drafted, effective: Timestamp, scene: Scene<'_>) {
    let (before, after) = (scene.state.standing(), scene.after(&drafted.holdings).standing());
    for (key, _) in consequences::invalidated(&before, &after, scene, effective) {
        let Some(row) = scene.state.holding(&ItemRef { kind: ItemKind::Addon, key }) else { continue };
        let mut ended = row.clone();
        if effective <= scene.at {
            ended.terms.status = Status::Inactive;
        } else {
            ended.terms.window = Window { ends_at: Some(effective), grace_ends_at: None, ..ended.terms.window };
        }
        ended.origin = Origin { updated_by: scene.actor.clone(), updated_at: scene.at, ..ended.origin };
        drafted.holdings.push(HoldingChange { before: Some(row.clone()), after: ended });
    }
}

/// The row of a planned change, where there is one.
pub(super) fn planned(scene: Scene<'_>) -> Option<&Holding> {
    scene.state.holdings.iter().find(|row| {
        row.replaces.is_some()
            && row.terms.status.is_entitling()
            && row.terms.window.starts_at.is_some_and(|start| start > scene.at)
    })
}

/// Takes a planned change back: the old row gets its end back, the new one is cancelled before it began.
pub(super) fn cancel(scene: Scene<'_>) -> Result<Drafted, Refusal> {
    let at = scene.at;
    let row = planned(scene).ok_or_else(|| Refusal::not_found("no change of package is planned"))?;
    let Some(replaced) = &row.replaces else { return Err(Refusal::not_found("no change of package is planned")) };
    let origin = |origin: &Origin| Origin { updated_by: scene.actor.clone(), updated_at: at, ..origin.clone() };
    let mut cancelled = row.clone();
    cancelled.terms.status = Status::Cancelled;
    cancelled.replaces = None;
    cancelled.origin = origin(&row.origin);
    let mut holdings = vec![HoldingChange { before: Some(row.clone()), after: cancelled }];
    let old = scene.state.holding(&ItemRef { kind: ItemKind::Package, key: replaced.package.clone() });
    if let Some(old) = old.filter(|old| old.terms.window.ends_at == row.terms.window.starts_at) {
        let mut resumed = old.clone();
        resumed.terms.window.ends_at = replaced.ends_at;
        resumed.terms.window.grace_ends_at = replaced.grace_ends_at;
        resumed.origin = origin(&old.origin);
        holdings.push(HoldingChange { before: Some(old.clone()), after: resumed });
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
    Ok(Drafted { note: Some(Note::PackageChanged), warnings, ..Drafted::of_rows(holdings) })
}
