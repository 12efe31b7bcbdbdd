//! The stored form of a company's row, as history keeps it.

use domain::{Holding, ItemKey, ItemKind, ItemRef, Origin, Replaced, Status, Terms, Text, Timestamp, Window};
use serde::{Deserialize, Serialize};

use super::{RecordError, json, need, optional_instant, parsed};

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trialed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<ReplacedRecord>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lapsed: bool,
}

/// What a planned change of package replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacedRecord {
    package: String,
    ends_at: Option<i64>,
    grace_ends_at: Option<i64>,
}

impl ReplacedRecord {
    /// The stored form.
    pub fn of(replaced: &Replaced) -> Self {
        Self {
            package: replaced.package.to_string(),
            ends_at: replaced.ends_at.map(Timestamp::micros),
            grace_ends_at: replaced.grace_ends_at.map(Timestamp::micros),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`RecordError`] when the text is none, or a field has an impossible value.
    pub fn from_json(text: &str) -> Result<Replaced, RecordError> {
        parsed::<Self>(text)?.to_replaced()
    }

    fn to_replaced(&self) -> Result<Replaced, RecordError> {
        Ok(Replaced {
            package: need(ItemKey::parse(&self.package).ok(), "package")?,
            ends_at: optional_instant(self.ends_at, "endsAt")?,
            grace_ends_at: optional_instant(self.grace_ends_at, "graceEndsAt")?,
        })
    }
}

impl HoldingRecord {
    /// The stored form of a row.
    pub fn of(holding: &Holding) -> Self {
        let Holding { terms, origin, trialed_at, paused_from, replaces, lapsed } = holding;
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
            trialed_at: trialed_at.map(Timestamp::micros),
            paused_from: paused_from.map(|status| status.as_str().to_owned()),
            replaces: replaces.as_ref().map(ReplacedRecord::of),
            lapsed: *lapsed,
        }
    }

    /// The row of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_holding(&self) -> Result<Holding, RecordError> {
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
                starts_at: optional_instant(self.starts_at, "startsAt")?,
                ends_at: optional_instant(self.ends_at, "endsAt")?,
                grace_ends_at: optional_instant(self.grace_ends_at, "graceEndsAt")?,
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
        Ok(Holding {
            terms,
            origin,
            trialed_at: optional_instant(self.trialed_at, "trialedAt")?,
            paused_from: self.paused_from.as_deref().map(|word| need(Status::parse(word), "pausedFrom")).transpose()?,
            replaces: self.replaces.as_ref().map(ReplacedRecord::to_replaced).transpose()?,
            lapsed: self.lapsed,
        })
    }
}
