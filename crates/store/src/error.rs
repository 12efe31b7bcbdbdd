//! Why a store did not answer.

/// A failure of the store itself. A refused command or a lost race is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database is away, hangs, is full or read-only: nothing was changed. Asking again later may work.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A commit was sent and its outcome never learnt. Repeating it with its idempotency key resolves it.
    #[error("the outcome of the write is unknown: {0}")]
    OutcomeUnknown(String),
    /// The schema is not [`crate::SCHEMA_VERSION`].
    #[error("the database has schema version {found}, this program needs {expected}; {remedy}")]
    Schema {
        /// What the database has; 0 when it was never migrated.
        found: u32,
        /// What this build needs.
        expected: u32,
        /// What to do.
        remedy: &'static str,
    },
    /// What is stored, or what the database said, makes no sense: a defect.
    #[error("defect in the store: {0}")]
    Defect(String),
}

impl StoreError {
    /// The error for a schema of version `found`; `None` when it is the right one.
    pub fn schema(found: u32) -> Option<Self> {
        let expected = crate::SCHEMA_VERSION;
        let remedy = match found.cmp(&expected) {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Less => "run `platform-core migrate` first",
            std::cmp::Ordering::Greater => "run a program as new as the database",
        };
        Some(Self::Schema { found, expected, remedy })
    }
}
