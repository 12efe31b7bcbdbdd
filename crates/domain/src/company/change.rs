//! What a company command changes.

use super::{
    ChangeType, CompanyEvent, CompanyId, CompanyProfile, CompanyState, CreditEntry, CreditLot, CreditMove, EntityType,
    Grant, Holding, Record,
};
use crate::{Breach, ItemKind, Shape, Text, Timestamp};
use uuid::Uuid;

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
    /// The entitlement version that it makes: one more, or the same where it changes nothing that decides an answer.
    pub version: u64,
    /// The version base that makes it so.
    pub version_base: i64,
    /// When the company's answer was last written, afterwards: `at`, or what it was where nothing that decides an answer changes.
    pub last_write_at: Timestamp,
    /// What is in force afterwards, at `at`.
    pub shape: Shape,
    /// The first instant after `at` at which the shape may be another.
    pub shape_until: Option<Timestamp>,
    /// The rows that it makes or changes.
    pub holdings: Vec<HoldingChange>,
    /// The grants that it adds.
    pub grants_added: Vec<Grant>,
    /// The grants that it takes away.
    pub grants_removed: Vec<Grant>,
    /// The credit lots that it makes or changes, as they stand afterwards.
    pub credit_lots: Vec<CreditLot>,
    /// The lines that it adds to the credit ledger.
    pub credit_entries: Vec<CreditEntry>,
    /// How the company is shown before and afterwards, where that changes.
    pub profile: Option<(CompanyProfile, CompanyProfile)>,
    /// What it records beside the changes of rows.
    pub note: Option<Note>,
    /// What began and ended by time, where it records a boundary; rows that ended are among `holdings`.
    pub passed: Option<Passed>,
    /// The first boundary that the history does not tell of afterwards.
    pub next_boundary: Option<Timestamp>,
    /// What whoever asked should know.
    pub warnings: Vec<Breach>,
}

/// What began and ended at a boundary, beside the rows that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Rows that began.
    pub begun: Vec<Holding>,
    /// Grants that began.
    pub grants_begun: Vec<Grant>,
    /// Grants that ended.
    pub grants_ended: Vec<Grant>,
}

/// What a change set records beside the changes of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The version was moved by hand.
    Repaired,
    /// The company was moved from one package to another, or a planned move was taken back.
    PackageChanged,
}

impl ChangeSet {
    /// What the history and the feed say, in order.
    pub fn events(&self) -> Vec<CompanyEvent> {
        let note = self.note.map(|note| CompanyEvent {
            change_type: match note {
                Note::Repaired => ChangeType::EntitlementRepaired,
                Note::PackageChanged => ChangeType::PackageChanged,
            },
            entity_type: EntityType::Company,
            entity_key: None,
            before: None,
            after: None,
            by_time: false,
        });
        let added = self.grants_added.iter().map(|grant| grant_event(ChangeType::GrantAdded, grant));
        let removed = self.grants_removed.iter().map(|grant| grant_event(ChangeType::GrantRemoved, grant));
        let profile = self.profile.as_ref().map(|(before, after)| CompanyEvent {
            change_type: ChangeType::ProfileUpdated,
            entity_type: EntityType::Company,
            entity_key: None,
            before: Some(Record::Profile(before.clone())),
            after: Some(Record::Profile(after.clone())),
            by_time: false,
        });
        let passed = self.passed.iter().flat_map(passed_events);
        let by_time = self.passed.is_some();
        let rows = self.holdings.iter().map(move |change| row_event(change, by_time));
        let rows = rows.chain(passed).chain(removed).chain(added);
        rows.chain(self.credit_entries.iter().map(credit_event)).chain(profile).chain(note).collect()
    }

    /// Whether it changes what decides an answer.
    pub fn moves_the_version(&self) -> bool {
        self.version != self.version_before
    }
}

fn row_event(change: &HoldingChange, by_time: bool) -> CompanyEvent {
    let terms = &change.after.terms;
    let before = change.before.as_ref().map(Holding::shown_status);
    let is_basic = terms.item.key.as_str() == "basic";
    CompanyEvent {
        change_type: ChangeType::of_holding(terms.item.kind, is_basic, before, change.after.shown_status()),
        by_time,
        entity_type: match terms.item.kind {
            ItemKind::Package => EntityType::Package,
            ItemKind::Addon => EntityType::Addon,
        },
        entity_key: Some(terms.item.key.to_string()),
        before: change.before.clone().map(|holding| Record::Holding(Box::new(holding))),
        after: Some(Record::Holding(Box::new(change.after.clone()))),
    }
}

/// What began and ended by time. The row or grant stands before and after, as it did.
fn passed_events(passed: &Passed) -> impl Iterator<Item = CompanyEvent> {
    let begun = passed.begun.iter().map(|row| {
        let terms = &row.terms;
        let is_basic = terms.item.key.as_str() == "basic";
        let change = HoldingChange { before: Some(row.clone()), after: row.clone() };
        let change_type = ChangeType::of_holding(terms.item.kind, is_basic, None, terms.status);
        CompanyEvent { change_type, ..row_event(&change, true) }
    });
    let of_grant = |change_type| {
        move |grant: &Grant| {
            let record = Some(Record::Grant(grant.clone()));
            let event = grant_event(change_type, grant);
            CompanyEvent { before: record.clone(), after: record, by_time: true, ..event }
        }
    };
    let ended = passed.grants_ended.iter().map(of_grant(ChangeType::GrantExpired));
    begun.chain(ended).chain(passed.grants_begun.iter().map(of_grant(ChangeType::GrantActivated)))
}

fn grant_event(change_type: ChangeType, grant: &Grant) -> CompanyEvent {
    let record = Some(Record::Grant(grant.clone()));
    let (before, after) = if change_type == ChangeType::GrantAdded { (None, record) } else { (record, None) };
    let entity_key = Some(grant.terms.granted.key().to_owned());
    CompanyEvent { change_type, entity_type: EntityType::Grant, entity_key, before, after, by_time: false }
}

fn credit_event(entry: &CreditEntry) -> CompanyEvent {
    CompanyEvent {
        change_type: match entry.kind {
            CreditMove::Grant => ChangeType::CreditGranted,
            CreditMove::Consume => ChangeType::CreditConsumed,
            CreditMove::TakeBack => ChangeType::CreditTakenBack,
        },
        entity_type: EntityType::Credit,
        entity_key: Some(entry.feature.to_string()),
        before: None,
        after: Some(Record::Credit(entry.clone())),
        by_time: false,
    }
}

/// The state after a change set. Cannot fail: [`crate::decide()`] made the change set from this very state.
pub fn apply(mut state: CompanyState, changes: &ChangeSet) -> CompanyState {
    state.write_seq = changes.write_seq_before + 1;
    state.version_base = changes.version_base;
    state.last_write_at = changes.last_write_at;
    state.next_boundary = changes.next_boundary;
    for change in &changes.holdings {
        let item = &change.after.terms.item;
        match state.holdings.binary_search_by(|holding| holding.terms.item.cmp(item)) {
            Ok(index) => state.holdings.get_mut(index).into_iter().for_each(|held| *held = change.after.clone()),
            Err(index) => state.holdings.insert(index, change.after.clone()),
        }
    }
    let removed: Vec<Uuid> = changes.grants_removed.iter().map(|grant| grant.terms.id).collect();
    state.grants.retain(|grant| !removed.contains(&grant.terms.id));
    for grant in &changes.grants_added {
        let at = state.grants.partition_point(|known| known.terms.id < grant.terms.id);
        state.grants.insert(at, grant.clone());
    }
    for lot in &changes.credit_lots {
        match state.credits.lots.binary_search_by(|known| known.id.cmp(&lot.id)) {
            Ok(index) => state.credits.lots.get_mut(index).into_iter().for_each(|known| *known = lot.clone()),
            Err(index) => state.credits.lots.insert(index, lot.clone()),
        }
    }
    if let Some((_, after)) = &changes.profile {
        state.profile.clone_from(after);
    }
    state
}
