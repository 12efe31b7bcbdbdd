//! Four eyes (requirements 002 §6.7): which changes of an item with approvers wait, and who lets them through.

use domain::{Breach, Catalog, CatalogChange, CatalogEvent, Entry, Item, ItemRef, Refusal, RefusalCode, Text};
use store::{ChangeRequest, ChangeRequestStatus, StoreError};

use super::{Core, RollOutError};

/// Who must approve a change: what an item grants moves, or where it leads to, or who approves, assigns and retires it. Nobody where nobody
/// is named.
pub(super) fn approvers(event: &CatalogEvent) -> Vec<&Text> {
    let (Some(Entry::Item(before)), Entry::Item(after)) = (&event.before, &event.after) else { return Vec::new() };
    let (was, is) = (&before.profile, &after.profile);
    let grants_otherwise = before.revisions.len() != after.revisions.len();
    let leads_elsewhere =
        (&was.upgrade_targets, &was.downgrade_targets) != (&is.upgrade_targets, &is.downgrade_targets);
    let people = |item: &Item| {
        let domain::Governance { owner: _, assigners, retirers, approvers } = item.profile.governance.clone();
        (assigners, retirers, approvers)
    };
    if grants_otherwise || leads_elsewhere || people(before) != people(after) {
        was.governance.approvers.iter().collect()
    } else {
        Vec::new()
    }
}

/// The first item whose approvers must be asked.
pub(super) fn gated_item(change: &CatalogChange) -> Option<ItemRef> {
    let gated = change.events.iter().find(|event| !approvers(event).is_empty())?;
    match &gated.after {
        Entry::Item(item) => Some(item.reference()),
        Entry::Module(_) | Entry::Permission(_) | Entry::Feature(_) | Entry::Policy(_) => None,
    }
}

/// Refuses a decision by somebody who may not take it: an approver may, as the item names them now, but never lets through what they asked
/// for; whoever asked may take it back.
pub(super) fn may_decide(
    request: &ChangeRequest,
    status: ChangeRequestStatus,
    actor: &Text,
    catalog: &Catalog,
) -> Result<(), Refusal> {
    if is_same_person(actor, &request.requested_by) {
        return match status {
            ChangeRequestStatus::Rejected => Ok(()),
            ChangeRequestStatus::Pending | ChangeRequestStatus::Applied | ChangeRequestStatus::Stale => {
                Err(forbidden(format!("`{actor}` asked for the change; somebody else must approve it")))
            }
        };
    }
    let (kind, key) = (request.item.kind.as_str(), &request.item.key);
    if catalog.item(&request.item).is_some_and(|item| item.profile.governance.approvers.contains(actor)) {
        return Ok(());
    }
    Err(forbidden(format!("`{actor}` is no approver of {kind} `{key}`; they are named in its governance")))
}

/// Refuses to move the holders of an item that names approvers on behalf of anybody else.
pub(super) fn may_move_holders(item: &Item, actor: &Text) -> Result<(), Refusal> {
    let approvers = &item.profile.governance.approvers;
    if approvers.is_empty() || approvers.contains(actor) {
        return Ok(());
    }
    let (kind, key) = (item.kind.as_str(), &item.key);
    let message =
        format!("`{actor}` is no approver of {kind} `{key}`; only those named in its governance move its holders");
    Err(forbidden(message))
}

impl Core {
    /// Refuses a roll-out of an item that names approvers, unless one of them asks for it, and another one than whoever asked for the
    /// revision: it was approved for those whom it reached then.
    pub(super) async fn may_roll_out(&self, item: &Item, to_revision: u32, actor: &Text) -> Result<(), RollOutError> {
        may_move_holders(item, actor)?;
        if item.profile.governance.approvers.is_empty() {
            return Ok(());
        }
        let (kind, key) = (item.kind.as_str(), &item.key);
        if self.asked_for(item, to_revision).await?.is_some_and(|who| is_same_person(&who, actor)) {
            let message = format!(
                "`{actor}` asked for revision {to_revision} of {kind} `{key}`; another of its approvers must move its holders"
            );
            return Err(forbidden(message).into());
        }
        Ok(())
    }

    /// Who asked for a revision, where it was approved.
    async fn asked_for(&self, item: &Item, revision: u32) -> Result<Option<Text>, StoreError> {
        let applied = self.store.change_requests(Some(ChangeRequestStatus::Applied)).await?;
        let made = applied.into_iter().find(|one| one.item == item.reference() && one.based_on.0 + 1 == revision);
        Ok(made.map(|request| request.requested_by))
    }
}

/// Whether two names are those of one person, who may be written in another case or with other blanks.
fn is_same_person(one: &Text, other: &Text) -> bool {
    let folded = |name: &Text| name.as_str().split_whitespace().flat_map(str::chars).collect::<String>().to_lowercase();
    folded(one) == folded(other)
}

fn forbidden(message: String) -> Refusal {
    Refusal::of(RefusalCode::Forbidden, vec![Breach::new("governance.approvers", message)])
}
