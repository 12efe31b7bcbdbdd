//! History and feed entries in the model store.

use std::{cmp::Reverse, collections::BTreeSet};

use domain::{
    CatalogChange, CatalogEvent, CatalogReach, ChangeSet, CompanyEvent, CompanyId, Granted, ItemRef, Reached, Record,
    Timestamp, Uuid,
};

use crate::{FeedEntry, FeedPosition, HistoryEntry, HistoryPosition, HistorySource};

#[derive(Default)]
pub(super) struct History {
    companies: Vec<(CompanyId, HistoryEntry, CompanyEvent)>,
    catalog: Vec<(HistoryEntry, Vec<CatalogReach>)>,
}

impl History {
    pub(super) fn record(&mut self, changes: &ChangeSet, request_id: &str) {
        for (part, event) in (0..).zip(changes.events()) {
            let entry = HistoryEntry {
                id: Uuid::new_v4(),
                position: HistoryPosition {
                    created_at: changes.at,
                    source: HistorySource::Company,
                    number: changes.write_seq_before + 1,
                    part,
                },
                version: Some(changes.version),
                change_type: event.change_type,
                entity_type: event.entity_type,
                entity_key: event.entity_key.clone(),
                previous_status: event.previous_status(),
                new_status: event.new_status(),
                source: event.source().map(ToOwned::to_owned),
                changed_by: Some(changes.actor.to_string()),
                request_id: Some(request_id.to_owned()),
            };
            self.companies.push((changes.company_id, entry, event));
        }
    }

    pub(super) fn record_catalog(&mut self, change: &CatalogChange, request_id: &str) {
        for (part, event) in (0..).zip(&change.events) {
            let position = HistoryPosition {
                created_at: change.at,
                source: HistorySource::Catalog,
                number: change.generation,
                part,
            };
            let entry = HistoryEntry {
                id: Uuid::new_v4(),
                position,
                version: None,
                change_type: event.change_type,
                entity_type: event.entity_type,
                entity_key: Some(event.after.key().to_owned()),
                previous_status: None,
                new_status: None,
                source: None,
                changed_by: Some(change.actor.to_string()),
                request_id: Some(request_id.to_owned()),
            };
            self.catalog.push((entry, change.reach.clone()));
        }
    }

    /// A company's entries before a position, newest first: its own, and the catalog changes that reached what it then had.
    pub(super) fn of(&self, company: CompanyId, before: Option<HistoryPosition>, limit: usize) -> Vec<HistoryEntry> {
        let own = self.companies.iter().filter(|(whose, ..)| *whose == company).map(|(_, entry, _)| entry);
        let reached = self.catalog.iter().filter(|(entry, reach)| {
            reach.iter().any(|reach| self.is_reached(company, reach, entry.position.created_at))
        });
        let mut entries: Vec<&HistoryEntry> = own.chain(reached.map(|(entry, _)| entry)).collect();
        entries.retain(|entry| before.is_none_or(|before| entry.position < before));
        entries.sort_by_key(|entry| Reverse(entry.position));
        entries.into_iter().take(limit).cloned().collect()
    }

    fn is_reached(&self, company: CompanyId, reach: &CatalogReach, at: Timestamp) -> bool {
        match &reach.what {
            Reached::Item(item) => {
                let held = self.held(company, item, at);
                held.is_some_and(|revision| (reach.assigned_from..=reach.assigned_to).contains(&revision))
            }
            Reached::Module(key) => {
                self.has_grant(company, at, |granted| matches!(granted, Granted::Module(of) if of == key))
            }
            Reached::Feature(key) => {
                self.has_grant(company, at, |granted| matches!(granted, Granted::Feature(of, _) if of == key))
            }
        }
    }

    /// What the company wrote at or before an instant, oldest first.
    fn written(&self, company: CompanyId, at: Timestamp) -> impl DoubleEndedIterator<Item = &CompanyEvent> {
        let own =
            self.companies.iter().filter(move |(whose, entry, _)| *whose == company && entry.position.created_at <= at);
        own.map(|(.., event)| event)
    }

    /// The assigned revision of the company's row for an item as last written at or before an instant, if that row was active or on trial.
    fn held(&self, company: CompanyId, item: &ItemRef, at: Timestamp) -> Option<u32> {
        let rows = self.written(company, at).filter_map(|event| match &event.after {
            Some(Record::Holding(row)) => Some(&row.terms),
            Some(Record::Grant(_) | Record::Credit(_) | Record::Profile(_)) | None => None,
        });
        let last = rows.rev().find(|terms| terms.item == *item);
        last.filter(|terms| terms.status.is_entitling()).map(|terms| terms.assigned_revision)
    }

    /// Whether the company then had such a grant.
    fn has_grant(&self, company: CompanyId, at: Timestamp, is_such: impl Fn(&Granted) -> bool) -> bool {
        let mut had = BTreeSet::new();
        for event in self.written(company, at) {
            match (&event.before, &event.after) {
                (None, Some(Record::Grant(grant))) if is_such(&grant.terms.granted) => had.insert(grant.terms.id),
                (Some(Record::Grant(grant)), None) => had.remove(&grant.terms.id),
                _ => false,
            };
        }
        !had.is_empty()
    }
}

pub(super) fn feed_entries(changes: &ChangeSet, request_id: &str) -> Vec<FeedEntry> {
    let entry = |event: CompanyEvent| FeedEntry {
        position: FeedPosition::default(),
        at: changes.at,
        company_id: Some(changes.company_id),
        version: changes.version,
        change_type: event.change_type,
        entity_type: event.entity_type,
        entity_key: event.entity_key,
        request_id: Some(request_id.to_owned()),
    };
    changes.events().into_iter().map(entry).collect()
}

pub(super) fn catalog_feed_entries(change: &CatalogChange, request_id: &str) -> Vec<FeedEntry> {
    let entry = |event: &CatalogEvent| FeedEntry {
        position: FeedPosition::default(),
        at: change.at,
        company_id: None,
        version: change.generation,
        change_type: event.change_type,
        entity_type: event.entity_type,
        entity_key: Some(event.after.key().to_owned()),
        request_id: Some(request_id.to_owned()),
    };
    change.events.iter().map(entry).collect()
}
