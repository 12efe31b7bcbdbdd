//! The stored form of a company's row, as history keeps it.

use domain::{CompanyEvent, Holding, ItemKey, ItemKind, ItemRef, Origin, Status, Terms, Text, Timestamp, Window};
use serde::{Deserialize, Serialize};

use super::{RecordError, need};

/// A row, whole. Instants are microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldingRecord {
    kind: String,
    key: String,
    status: String,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    grace_ends_at: Option<i64>,
    quantity: u32,
    assigned_revision: u32,
    source: Option<String>,
    external_reference: Option<String>,
    created_by: String,
    updated_by: String,
    created_at: i64,
    updated_at: i64,
}

/// The payload of a company's history row, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyPayload {
    /// The form's version.
    pub v: u32,
    /// The row before.
    pub before: Option<HoldingRecord>,
    /// The row after.
    pub after: Option<HoldingRecord>,
}

impl CompanyPayload {
    /// The payload of an event.
    pub fn of(event: &CompanyEvent) -> Self {
        let record = |holding: &Option<Holding>| holding.as_ref().map(HoldingRecord::of);
        Self { v: 1, before: record(&event.before), after: record(&event.after) }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl HoldingRecord {
    /// The stored form of a row.
    pub fn of(holding: &Holding) -> Self {
        let Holding { terms, origin } = holding;
        let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
        Self {
            kind: terms.item.kind.as_str().to_owned(),
            key: terms.item.key.to_string(),
            status: terms.status.as_str().to_owned(),
            starts_at: terms.window.starts_at.map(Timestamp::micros),
            ends_at: terms.window.ends_at.map(Timestamp::micros),
            grace_ends_at: terms.window.grace_ends_at.map(Timestamp::micros),
            quantity: terms.quantity,
            assigned_revision: terms.assigned_revision,
            source: text(&origin.source),
            external_reference: text(&origin.external_reference),
            created_by: origin.created_by.to_string(),
            updated_by: origin.updated_by.to_string(),
            created_at: terms.created_at.micros(),
            updated_at: origin.updated_at.micros(),
        }
    }

    /// The row of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_holding(&self) -> Result<Holding, RecordError> {
        let instant = |micros: Option<i64>, field| match micros {
            Some(micros) => need(Timestamp::from_micros(micros), field).map(Some),
            None => Ok(None),
        };
        let line = |text: &str, limit, field| need(Text::line(text, limit).ok(), field);
        let optional = |text: &Option<String>, limit, field| match text {
            Some(text) => line(text, limit, field).map(Some),
            None => Ok(None),
        };
        let terms = Terms {
            item: ItemRef {
                kind: need(ItemKind::parse(&self.kind), "kind")?,
                key: need(ItemKey::parse(&self.key).ok(), "key")?,
            },
            status: need(Status::parse(&self.status), "status")?,
            window: Window {
                starts_at: instant(self.starts_at, "startsAt")?,
                ends_at: instant(self.ends_at, "endsAt")?,
                grace_ends_at: instant(self.grace_ends_at, "graceEndsAt")?,
            },
            quantity: self.quantity,
            assigned_revision: self.assigned_revision,
            created_at: need(Timestamp::from_micros(self.created_at), "createdAt")?,
        };
        let origin = Origin {
            source: optional(&self.source, Text::SOURCE_CHARS, "source")?,
            external_reference: optional(&self.external_reference, Text::REFERENCE_CHARS, "externalReference")?,
            created_by: line(&self.created_by, Text::ACTOR_CHARS, "createdBy")?,
            updated_by: line(&self.updated_by, Text::ACTOR_CHARS, "updatedBy")?,
            updated_at: need(Timestamp::from_micros(self.updated_at), "updatedAt")?,
        };
        Ok(Holding { terms, origin })
    }
}
