//! History as it is stored: whole rows in the order in which they were written, each with its link of the chain.

use domain::{CatalogChange, ChangeSet, CompanyId, Shape, Status, Timestamp, Uuid};

use crate::{
    chain::{self, Hash},
    record::{CatalogPayload, CompanyPayload},
};

/// One row of a company's history, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyLine {
    /// Identifier.
    pub id: Uuid,
    /// Whose.
    pub company_id: CompanyId,
    /// The write sequence that the write made.
    pub write_seq: u64,
    /// The place among the rows of one write, from 0.
    pub part: u32,
    /// The entitlement version that the write made.
    pub version: u64,
    /// What happened, in the word of the tables.
    pub change_type: String,
    /// To what.
    pub entity_type: String,
    /// Its key.
    pub entity_key: Option<String>,
    /// The row's status before.
    pub previous_status: Option<String>,
    /// The row's status after.
    pub new_status: Option<String>,
    /// The revision that the row was assigned.
    pub assigned_revision: Option<u32>,
    /// What was before and what is after, whole, as JSON.
    pub payload: String,
    /// What kind of process wrote the row.
    pub source: Option<String>,
    /// On whose behalf.
    pub changed_by: Option<String>,
    /// The request that made it.
    pub request_id: Option<String>,
    /// The instant from which it holds.
    pub created_at: Timestamp,
    /// Its link of the chain; `None` of a row that was written before there was one.
    pub hash: Option<Hash>,
}

/// One row of the catalog's history, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogLine {
    /// Identifier.
    pub id: Uuid,
    /// The generation that the change made.
    pub generation: u64,
    /// The place among the rows of one change, from 0.
    pub part: u32,
    /// What happened, in the word of the tables.
    pub change_type: String,
    /// To what.
    pub entity_type: String,
    /// The entry's key.
    pub entity_key: String,
    /// The entry before and after, whole, as JSON.
    pub payload: String,
    /// On whose behalf.
    pub changed_by: String,
    /// The request that made it.
    pub request_id: String,
    /// The instant from which it holds.
    pub created_at: Timestamp,
    /// Its link of the chain; `None` of a row that was written before there was one.
    pub hash: Option<Hash>,
}

/// What a store says of a company beside its rows: what its history must lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyHead {
    /// Whose.
    pub company_id: CompanyId,
    /// How many times it was written.
    pub write_seq: u64,
    /// The entitlement version that the last write made.
    pub version: u64,
    /// The link of the newest row of its history; `None` before the first that has one.
    pub hash: Option<Hash>,
    /// The first write whose rows have a link: 1, but for companies that were known before there was a chain.
    pub chained_from: u64,
    /// The shape by which it is counted, and the first instant at which that may be over; `None` where there is a history only.
    pub shape: Option<(Shape, Option<Timestamp>)>,
}

/// What a store says of the catalog beside its entries: what its history must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogHead {
    /// The generation.
    pub generation: u64,
    /// The link of the newest row of its history; `None` before the first that has one.
    pub hash: Option<Hash>,
    /// The first generation whose rows have a link: 1, but for a catalog that was there before there was a chain.
    pub chained_from: u64,
}

/// The rows that a company write adds to the history, linked to the newest row before it.
pub fn company_lines(
    changes: &ChangeSet,
    request_id: &str,
    head: Option<Hash>,
    mut fresh: impl FnMut() -> Uuid,
) -> Vec<CompanyLine> {
    let mut before = head.unwrap_or_else(|| chain::genesis_of(changes.company_id));
    let lines = (0..).zip(changes.events()).map(|(part, event)| {
        let mut line = CompanyLine {
            id: fresh(),
            company_id: changes.company_id,
            write_seq: changes.write_seq_before + 1,
            part,
            version: changes.version,
            change_type: event.change_type.as_str().to_owned(),
            entity_type: event.entity_type.as_str().to_owned(),
            previous_status: event.previous_status().map(|status| Status::as_str(status).to_owned()),
            new_status: event.new_status().map(|status| Status::as_str(status).to_owned()),
            assigned_revision: event.assigned_revision(),
            payload: CompanyPayload::in_change(&event, changes).to_json(),
            source: event.source().map(ToOwned::to_owned),
            entity_key: event.entity_key,
            changed_by: Some(changes.actor.to_string()),
            request_id: Some(request_id.to_owned()),
            created_at: changes.at,
            hash: None,
        };
        before = chain::of_company(&before, &line);
        line.hash = Some(before);
        line
    });
    lines.collect()
}

/// The rows that a catalog change adds to the history, linked to the newest row before it.
pub fn catalog_lines(
    change: &CatalogChange,
    request_id: &str,
    head: Option<Hash>,
    mut fresh: impl FnMut() -> Uuid,
) -> Vec<CatalogLine> {
    let mut before = head.unwrap_or_else(chain::genesis_of_catalog);
    let payloads = CatalogPayload::of(change);
    let lines = (0..).zip(&change.events).zip(payloads).map(|((part, event), payload)| {
        let mut line = CatalogLine {
            id: fresh(),
            generation: change.generation,
            part,
            change_type: event.change_type.as_str().to_owned(),
            entity_type: event.entity_type.as_str().to_owned(),
            entity_key: event.after.key().to_owned(),
            payload: payload.to_json(),
            changed_by: change.actor.to_string(),
            request_id: request_id.to_owned(),
            created_at: change.at,
            hash: None,
        };
        before = chain::of_catalog(&before, &line);
        line.hash = Some(before);
        line
    });
    lines.collect()
}
