//! What the process's follower hands to all who follow the process: encoded once.

use std::sync::Arc;

use api::response::{FeedChangeView, FeedKind};
use bytes::Bytes;
use domain::Timestamp;
use store::{FeedEntry, FeedPage, FeedPosition};

use super::Cursor;
use crate::service::to_instant;

/// One change, ready to be sent either way.
pub(super) struct Shown {
    pub(super) position: FeedPosition,
    pub(super) view: FeedChangeView,
    /// As a server-sent event.
    pub(super) event: Bytes,
}

/// Changes that follow one another.
pub(super) struct Batch {
    pub(super) epoch: u64,
    /// The place that it begins behind.
    pub(super) after: FeedPosition,
    /// The place of its last change; where it begins, when it has none.
    pub(super) through: FeedPosition,
    pub(super) shown: Vec<Shown>,
    /// The database's instant as of which nothing that stands before `through` or at it is missing, and nothing else exists.
    pub(super) complete_at: Option<Timestamp>,
}

impl Batch {
    /// What a page of the feed after a place holds.
    pub(super) fn of(page: &FeedPage, after: FeedPosition) -> Arc<Self> {
        let through = page.entries.last().map_or(after, |entry| entry.position);
        let shown = page.entries.iter().map(|entry| shown(page.epoch, entry)).collect();
        Arc::new(Self { epoch: page.epoch, after, through, shown, complete_at: page.complete_at })
    }

    /// The changes behind a place.
    pub(super) fn behind(&self, position: FeedPosition) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(move |shown| shown.position > position)
    }
}

/// A comment line that says up to where, and as of when, a stream is complete.
pub(super) fn heartbeat(cursor: Cursor, complete_at: Timestamp) -> Bytes {
    format!(": position={cursor} asOf={}\n\n", to_instant(complete_at)).into()
}

fn shown(epoch: u64, entry: &FeedEntry) -> Shown {
    let cursor = Cursor { epoch, position: entry.position }.to_string();
    let kind = if entry.company_id.is_some() { FeedKind::Company } else { FeedKind::Catalog };
    let version = |of: FeedKind| (kind == of).then_some(entry.version);
    let view = FeedChangeView {
        cursor: cursor.clone(),
        at: to_instant(entry.at),
        kind,
        company_id: entry.company_id.map(domain::CompanyId::uuid),
        entitlement_version: version(FeedKind::Company),
        catalog_generation: version(FeedKind::Catalog),
        change_type: entry.change_type.as_str().to_owned(),
        entity_type: entry.entity_type.as_str().to_owned(),
        entity_key: entry.entity_key.clone(),
        request_id: entry.request_id.clone(),
    };
    // JSON has no line break outside a text, and inside one it is escaped: the event's data is one line.
    let json = serde_json::to_string(&view).unwrap_or_default();
    let event = format!("id: {cursor}\nevent: {}\ndata: {json}\n\n", kind.as_str()).into();
    Shown { position: entry.position, view, event }
}
