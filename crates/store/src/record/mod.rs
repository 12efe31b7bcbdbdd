//! Versioned stored forms. Every form carries its version `v`; old forms stay readable for ever.

mod catalog;
mod holding;

pub use catalog::{CatalogPayload, DefinitionRecord, ItemRecord, ModuleRecord, RevisionRecord};
pub use holding::{CompanyPayload, HoldingRecord};

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
