//! What the writes of packages and add-ons have in common: from the body's fields to the command, and from the outcome to `changes`.

use api::{Detail, Given, Instant, ItemStatus, response::ChangeView};
use domain::{Command, ItemKey, ItemKind, ItemRef, Patch, SetHolding, Text, Timestamp, Uuid};

use super::super::{Problem, catalog::FromBreach};
use crate::{
    service::{CompanyOutcome, from_instant, item_status, word_status},
    wire::given_line,
};

/// The fields of a company write, as they stand in the body.
pub(super) struct Fields {
    pub(super) kind: ItemKind,
    /// The name of the field that holds the key, and the key.
    pub(super) key: (&'static str, String),
    pub(super) status: ItemStatus,
    pub(super) starts_at: Given<Instant>,
    pub(super) ends_at: Given<Instant>,
    pub(super) grace_ends_at: Given<Instant>,
    pub(super) quantity: Option<u32>,
    pub(super) source: Given<String>,
    pub(super) external_reference: Given<String>,
}

/// The most of one add-on that a company may hold.
const MAX_QUANTITY: u32 = 1_000_000;

impl Fields {
    /// The item and the command, or a problem that names every bad field.
    pub(super) fn command(self) -> Result<(ItemRef, Command), Problem> {
        let mut details = Vec::new();
        let mut breach = |field: &str, message: String| details.push(Detail::new(field, message));
        let (key_field, key) = self.key;
        let key = ItemKey::parse(&key).inspect_err(|error| breach(key_field, format!("{key_field} {error}"))).ok();
        let mut text = |given: Given<String>, field: &str, limit: usize| match given {
            Given::Missing => Patch::Keep,
            Given::Null => Patch::Clear,
            Given::Value(value) => match given_line(&value, limit) {
                Ok(text) => Patch::Set(text),
                Err(error) => {
                    breach(field, format!("{field} {error}"));
                    Patch::Keep
                }
            },
        };
        let source = text(self.source, "source", Text::SOURCE_CHARS);
        let external_reference = text(self.external_reference, "externalReference", Text::REFERENCE_CHARS);
        if self.quantity.is_some_and(|quantity| !(1..=MAX_QUANTITY).contains(&quantity)) {
            breach("quantity", format!("quantity must be from 1 to {MAX_QUANTITY}"));
        }
        let Some(key) = key.filter(|_| details.is_empty()) else { return Err(Problem::invalid_fields(details)) };
        let item = ItemRef { kind: self.kind, key };
        let set = SetHolding {
            fresh: Uuid::now_v7(),
            item: item.clone(),
            status: word_status(self.status),
            starts_at: instant(&self.starts_at),
            ends_at: instant(&self.ends_at),
            grace_ends_at: instant(&self.grace_ends_at),
            quantity: self.quantity,
            source,
            external_reference,
        };
        Ok((item, Command::SetHolding(set)))
    }
}

fn instant(given: &Given<Instant>) -> Patch<Timestamp> {
    match given {
        Given::Missing => Patch::Keep,
        Given::Null => Patch::Clear,
        Given::Value(value) => Patch::Set(from_instant(*value)),
    }
}

/// What a dry run says would change; `None` for a real write.
pub(super) fn changes(outcome: &CompanyOutcome) -> Option<Vec<ChangeView>> {
    let view = |event: domain::CompanyEvent| ChangeView {
        change_type: event.change_type.as_str().to_owned(),
        entity_type: event.entity_type.as_str().to_owned(),
        previous_status: event.previous_status().map(item_status),
        new_status: event.new_status().map(item_status),
        entity_key: event.entity_key,
    };
    let events = || outcome.changes.iter().flat_map(domain::ChangeSet::events);
    outcome.dry_run.then(|| events().map(view).collect())
}

/// What whoever asked should know.
pub(super) fn warnings(outcome: &CompanyOutcome) -> Vec<Detail> {
    outcome.changes.iter().flat_map(|changes| &changes.warnings).cloned().map(Detail::from_breach).collect()
}

/// The status of an item's row after the write.
pub(super) fn status_of(outcome: &CompanyOutcome, item: &ItemRef) -> ItemStatus {
    let named = outcome.catalog.item_named(item).map_or_else(|| item.clone(), domain::Item::reference);
    let holding = outcome.state.holding(&named);
    holding.map_or(ItemStatus::Inactive, |holding| item_status(holding.shown_status()))
}
