//! Versioned stored forms. Every form carries its version `v`; old forms stay readable for ever.

mod catalog;
mod company;
mod definition;
mod entry;
mod holding;
mod profile;
mod rule;

use std::collections::BTreeMap;

pub use catalog::CatalogPayload;
pub use company::{CompanyPayload, CompanyProfileRecord, CreditRecord, GrantRecord, RecordForm};
pub use definition::{DefinitionRecord, RevisionRecord};
use domain::{FeatureValue, Text, Timestamp};
pub use entry::{EntryRecord, FeatureRecord, ItemRecord, ModuleRecord, PermissionRecord, PolicyRecord};
pub use holding::{HoldingRecord, ReplacedRecord};
pub use profile::ProfileRecord;
pub use rule::RequirementRecord;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What is wrong with a stored form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored form is unreadable: {0}")]
pub struct RecordError(pub String);

impl From<RecordError> for crate::StoreError {
    fn from(error: RecordError) -> Self {
        Self::Defect(error.0)
    }
}

/// A value or the name of the field that has none.
pub(crate) fn need<T>(value: Option<T>, field: &'static str) -> Result<T, RecordError> {
    value.ok_or_else(|| RecordError(format!("field `{field}` has an impossible value")))
}

/// A stored form as JSON.
fn json(form: &impl Serialize) -> String {
    // Maps of texts and numbers cannot fail to be written.
    serde_json::to_string(form).unwrap_or_default()
}

/// A stored form of JSON.
fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, RecordError> {
    serde_json::from_str(text).map_err(|error| RecordError(error.to_string()))
}

/// Fails for a version that this build does not know.
fn of_version(what: &str, found: u32, newest: u32) -> Result<(), RecordError> {
    if (1..=newest).contains(&found) { Ok(()) } else { Err(RecordError(format!("{what} has unknown version {found}"))) }
}

/// A stored text. Its limit was kept when it came in; whether it still is the limit is not the reader's business.
fn text(stored: &str, field: &'static str) -> Result<Text, RecordError> {
    need(Text::paragraph(stored, usize::MAX).ok(), field)
}

fn optional_text(stored: Option<&String>, field: &'static str) -> Result<Option<Text>, RecordError> {
    stored.map(|stored| text(stored, field)).transpose()
}

fn instant(micros: i64, field: &'static str) -> Result<Timestamp, RecordError> {
    need(Timestamp::from_micros(micros), field)
}

fn optional_instant(micros: Option<i64>, field: &'static str) -> Result<Option<Timestamp>, RecordError> {
    micros.map(|micros| instant(micros, field)).transpose()
}

/// Texts as they are written: keys, words, people.
fn texts<'a, T: ToString + 'a>(all: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    all.into_iter().map(ToString::to_string).collect()
}

fn text_map<'a, K: ToString + 'a, V: ToString + 'a>(
    all: impl IntoIterator<Item = (&'a K, &'a V)>,
) -> BTreeMap<String, String> {
    all.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// A set read by a parser that knows what is right.
fn set<T, S: FromIterator<T>>(
    stored: &[String],
    field: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<S, RecordError> {
    stored.iter().map(|one| need(parse(one), field)).collect()
}

/// A feature's value as JSON: `true`, `false`, an integer, or `null` for unlimited.
#[must_use]
pub fn feature_value(value: FeatureValue) -> Value {
    match value {
        FeatureValue::Off => Value::Bool(false),
        FeatureValue::On => Value::Bool(true),
        FeatureValue::Amount(amount) => Value::from(amount),
        FeatureValue::Unlimited => Value::Null,
    }
}

/// The feature's value of that JSON.
///
/// # Errors
/// [`RecordError`] when it is none of the four.
pub fn to_feature_value(stored: &Value) -> Result<FeatureValue, RecordError> {
    let value = match stored {
        Value::Null => Some(FeatureValue::Unlimited),
        Value::Bool(true) => Some(FeatureValue::On),
        Value::Bool(false) => Some(FeatureValue::Off),
        Value::Number(number) => number.as_u64().map(FeatureValue::Amount),
        Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    need(value, "value")
}
