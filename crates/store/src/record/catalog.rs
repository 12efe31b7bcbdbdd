//! The payload of a catalog history row.

use domain::{CatalogChange, CatalogEvent};
use serde::{Deserialize, Serialize};

use super::{EntryRecord, RecordError, RevisionRecord, json, of_version, parsed};

/// The payload of one row of catalog history, version 2. Version 1 had `moduleBefore`, `moduleAfter`, `itemBefore` and `itemAfter`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogPayload {
    /// The form's version.
    pub v: u32,
    /// The entry before, when one was changed.
    pub before: Option<EntryRecord>,
    /// The entry as it stands afterwards.
    pub after: EntryRecord,
    /// Of a change's first row: every revision that is new or whose epoch grew, as `(kind, key, revision)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<(String, String, RevisionRecord)>,
    /// Of a change's first row: modules and features whose epoch grew and that no row tells of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grown: Vec<EntryRecord>,
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl CatalogPayload {
    /// The payloads of a change, one for each event.
    pub fn of(change: &CatalogChange) -> Vec<Self> {
        let payload = |event: &CatalogEvent| Self {
            v: 2,
            before: event.before.as_ref().map(EntryRecord::of),
            after: EntryRecord::of(&event.after),
            revisions: Vec::new(),
            grown: Vec::new(),
        };
        let mut payloads: Vec<Self> = change.events.iter().map(payload).collect();
        if let Some(first) = payloads.first_mut() {
            let revisions = change.revisions.iter().map(|(item, revision)| {
                (item.kind.as_str().to_owned(), item.key.to_string(), RevisionRecord::of(revision))
            });
            first.revisions = revisions.collect();
            first.grown = change.grown.iter().map(EntryRecord::of).collect();
        }
        payloads
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no payload, or of version 1, which did not say when revisions were made.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let Versioned { v } = parsed(text)?;
        of_version("catalog history", v, 2)?;
        if v == 1 {
            let reason = "catalog history of schema version 1 does not say enough to rebuild the catalog from it";
            return Err(RecordError(reason.to_owned()));
        }
        parsed(text)
    }
}
