//! The credit ledger, roll-outs and change requests in the model store.

use std::{cmp::Reverse, collections::BTreeMap};

use domain::{ChangeSet, CompanyId, FeatureKey, ItemRef, Uuid};

use crate::{
    ChangeRequest, ChangeRequestStatus, Committed, Decision, LedgerLine, LedgerPosition, RollOut, RollOutStep,
};

#[derive(Default)]
pub(super) struct Records {
    ledger: Vec<(CompanyId, LedgerLine)>,
    pub(super) roll_outs: Vec<RollOut>,
    /// Where companies stood before a roll-out moved them.
    pub(super) moves: BTreeMap<(Uuid, CompanyId), u32>,
    pub(super) change_requests: Vec<ChangeRequest>,
}

impl Records {
    pub(super) fn record(&mut self, changes: &ChangeSet) {
        let number = changes.write_seq_before + 1;
        for (part, entry) in (0..).zip(&changes.credit_entries) {
            let (position, entry) = (LedgerPosition { number, part }, entry.clone());
            let line = LedgerLine { position, entry, at: changes.at, actor: changes.actor.clone() };
            self.ledger.push((changes.company_id, line));
        }
    }

    pub(super) fn ledger(
        &self,
        company: CompanyId,
        feature: &FeatureKey,
        before: Option<LedgerPosition>,
        limit: usize,
    ) -> Vec<LedgerLine> {
        let own = self.ledger.iter().filter(|(whose, line)| *whose == company && line.entry.feature == *feature);
        let earlier = own.filter(|(_, line)| before.is_none_or(|before| line.position < before));
        let mut lines: Vec<LedgerLine> = earlier.map(|(_, line)| line.clone()).collect();
        lines.sort_by_key(|line| Reverse(line.position));
        lines.truncate(limit);
        lines
    }

    /// Whether a roll-out is still as a step was decided on; of one that starts, whether no other of its item is under way.
    pub(super) fn may_put(&self, step: &RollOutStep) -> bool {
        let is_known = |one: &RollOut| one.id == step.next.id && Some(one.step) == step.known;
        let is_other = |one: &RollOut| one.item == step.next.item && one.status.is_under_way();
        match step.known {
            Some(_) => self.roll_outs.iter().any(is_known),
            None => !self.roll_outs.iter().any(is_other),
        }
    }

    pub(super) fn put(&mut self, step: RollOutStep) {
        self.roll_outs.retain(|known| known.id != step.next.id);
        self.roll_outs.push(step.next);
    }

    pub(super) fn move_roll_out(&mut self, known: u64, next: &RollOut) -> Committed {
        match self.roll_outs.iter_mut().find(|roll_out| roll_out.id == next.id && roll_out.step == known) {
            Some(roll_out) => {
                roll_out.clone_from(next);
                Committed::Done
            }
            None => Committed::Raced,
        }
    }

    pub(super) fn roll_outs(&self, item: Option<&ItemRef>) -> Vec<RollOut> {
        let of_item = |roll_out: &&RollOut| item.is_none_or(|item| roll_out.item == *item);
        let mut found: Vec<RollOut> = self.roll_outs.iter().filter(of_item).cloned().collect();
        found.sort_by_key(|roll_out| Reverse((roll_out.created_at, roll_out.id)));
        found
    }

    pub(super) fn change_requests(&self, status: Option<ChangeRequestStatus>) -> Vec<ChangeRequest> {
        let of_status = |request: &&ChangeRequest| status.is_none_or(|status| request.status == status);
        let mut found: Vec<ChangeRequest> = self.change_requests.iter().filter(of_status).cloned().collect();
        found.sort_by_key(|request| Reverse((request.requested_at, request.id)));
        found
    }

    pub(super) fn is_pending(&self, decision: &Decision) -> bool {
        let pending =
            |request: &ChangeRequest| request.id == decision.request && request.status == ChangeRequestStatus::Pending;
        self.change_requests.iter().any(pending)
    }

    pub(super) fn decide(&mut self, Decision { request: id, status, by, at }: Decision) {
        if let Some(request) = self.change_requests.iter_mut().find(|request| request.id == id) {
            (request.status, request.decided_by, request.decided_at) = (status, Some(by), Some(at));
        }
    }
}
