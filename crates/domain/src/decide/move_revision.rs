//! Moving a row to another revision: what a roll-out does to one company at a time.

use super::{Scene, assignment};
use crate::{HoldingChange, ItemRef, Origin, Refusal};

/// The row's change; `None` when it is there already, or no longer where it is to be moved from.
pub(super) fn judge(
    item: &ItemRef,
    from: Option<u32>,
    revision: u32,
    scene: Scene<'_>,
) -> Result<Option<HoldingChange>, Refusal> {
    let known = scene.catalog.item(item);
    let known = known.ok_or_else(|| {
        Refusal::not_found(format!("{} `{}` does not exist in the catalog", item.kind.as_str(), item.key))
    })?;
    if known.revision(revision).is_none() {
        let message = format!("{} `{}` has no revision {revision}", item.kind.as_str(), item.key);
        return Err(Refusal::conflict("revision", message));
    }
    let row = scene.state.holding(item);
    let row = row.ok_or_else(|| {
        Refusal::not_found(format!("the company has no row for {} `{}`", item.kind.as_str(), item.key))
    })?;
    let stands = row.terms.assigned_revision;
    if stands == revision || from.is_some_and(|from| from != stands) {
        return Ok(None);
    }
    let mut after = row.clone();
    after.terms.assigned_revision = revision;
    after.origin = Origin { updated_by: scene.actor.clone(), updated_at: scene.at, ..after.origin };
    assignment::one_base_package(&after.terms, scene.state, scene)?;
    Ok(Some(HoldingChange { before: Some(row.clone()), after }))
}
