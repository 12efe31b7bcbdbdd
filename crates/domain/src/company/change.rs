//! What a company command changes.

use super::{ChangeType, CompanyEvent, CompanyId, CompanyState, EntityType, Holding};
use crate::{ItemKind, Text, Timestamp};

/// One row before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingChange {
    /// `None` when the row is new.
    pub before: Option<Holding>,
    /// As it stands afterwards.
    pub after: Holding,
}

/// Everything a company command changes, to be stored in one transaction guarded by what it was decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// Whose.
    pub company_id: CompanyId,
    /// The company's write sequence that it was decided on; 0 for a first write.
    pub write_seq_before: u64,
    /// The catalog generation that it was decided on.
    pub generation: u64,
    /// The instant from which it holds; never before the company's last write.
    pub at: Timestamp,
    /// On whose behalf.
    pub actor: Text,
    /// The entitlement version right before it; 0 for a first write.
    pub version_before: u64,
    /// The entitlement version that it makes: one more.
    pub version: u64,
    /// The version base that makes it so.
    pub version_base: i64,
    /// The rows that it makes or changes.
    pub holdings: Vec<HoldingChange>,
    /// What it records that is not a row's change.
    pub repair: bool,
}

impl ChangeSet {
    /// What the history and the feed say, in order.
    pub fn events(&self) -> Vec<CompanyEvent> {
        let repaired = self.repair.then_some(CompanyEvent {
            change_type: ChangeType::EntitlementRepaired,
            entity_type: EntityType::Company,
            entity_key: None,
            before: None,
            after: None,
        });
        self.holdings.iter().map(event_of).chain(repaired).collect()
    }
}

fn event_of(change: &HoldingChange) -> CompanyEvent {
    let terms = &change.after.terms;
    let before = change.before.as_ref().map(|holding| holding.terms.status);
    let is_basic = terms.item.key.as_str() == "basic";
    CompanyEvent {
        change_type: ChangeType::of_holding(terms.item.kind, is_basic, before, terms.status),
        entity_type: match terms.item.kind {
            ItemKind::Package => EntityType::Package,
            ItemKind::Addon => EntityType::Addon,
        },
        entity_key: Some(terms.item.key.to_string()),
        before: change.before.clone(),
        after: Some(change.after.clone()),
    }
}

/// The state after a change set. Cannot fail: [`crate::decide()`] made the change set from this very state.
pub fn apply(mut state: CompanyState, changes: &ChangeSet) -> CompanyState {
    state.write_seq = changes.write_seq_before + 1;
    state.version_base = changes.version_base;
    state.last_write_at = changes.at;
    for change in &changes.holdings {
        let item = &change.after.terms.item;
        match state.holdings.binary_search_by(|holding| holding.terms.item.cmp(item)) {
            Ok(index) => state.holdings.get_mut(index).into_iter().for_each(|held| *held = change.after.clone()),
            Err(index) => state.holdings.insert(index, change.after.clone()),
        }
    }
    state
}
