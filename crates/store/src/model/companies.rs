//! History and feed entries in the model store.

use domain::{CatalogChange, CatalogReach, ChangeSet, CompanyEvent, CompanyId, ItemRef, Status, Uuid};

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
        let entry = HistoryEntry {
            id: Uuid::new_v4(),
            position: HistoryPosition {
                created_at: change.at,
                source: HistorySource::Catalog,
                number: change.generation,
                part: 0,
            },
            version: None,
            change_type: change.event.change_type,
            entity_type: change.event.entity_type,
            entity_key: Some(change.event.entity_key.clone()),
            previous_status: None,
            new_status: None,
            source: None,
            changed_by: Some(change.actor.to_string()),
            request_id: Some(request_id.to_owned()),
        };
        self.catalog.push((entry, change.reach.clone()));
    }

    /// A company's entries before a position, newest first: its own, and the catalog changes that reached a row that then entitled.
    pub(super) fn of(&self, company: CompanyId, before: Option<HistoryPosition>, limit: usize) -> Vec<HistoryEntry> {
        let own = self.companies.iter().filter(|(whose, ..)| *whose == company).map(|(_, entry, _)| entry);
        let reached = self.catalog.iter().filter(|(entry, reach)| {
            reach.iter().any(|reach| {
                let held = self.held(company, &reach.item, entry.position.created_at);
                held.is_some_and(|revision| (reach.assigned_from..=reach.assigned_to).contains(&revision))
            })
        });
        let mut entries: Vec<&HistoryEntry> = own.chain(reached.map(|(entry, _)| entry)).collect();
        entries.retain(|entry| before.is_none_or(|before| entry.position < before));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.position));
        entries.into_iter().take(limit).cloned().collect()
    }

    /// The assigned revision of the company's row for an item as last written at or before an instant, if that row was active or on trial.
    fn held(&self, company: CompanyId, item: &ItemRef, at: domain::Timestamp) -> Option<u32> {
        let rows =
            self.companies.iter().filter(|(whose, entry, _)| *whose == company && entry.position.created_at <= at);
        let last = rows.filter_map(|(.., event)| event.after.as_ref()).rfind(|row| row.terms.item == *item);
        last.filter(|row| Status::is_entitling(row.terms.status)).map(|row| row.terms.assigned_revision)
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

pub(super) fn catalog_feed_entry(change: &CatalogChange, request_id: &str) -> FeedEntry {
    FeedEntry {
        position: FeedPosition::default(),
        at: change.at,
        company_id: None,
        version: change.generation,
        change_type: change.event.change_type,
        entity_type: change.event.entity_type,
        entity_key: Some(change.event.entity_key.clone()),
        request_id: Some(request_id.to_owned()),
    }
}
