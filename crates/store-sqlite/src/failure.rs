//! What can go wrong inside the store, and what the contract calls it.

use rusqlite::ErrorCode;
use store::{StoreError, record::RecordError};

/// A failure inside the store.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// Already in the contract's words.
    Store(StoreError),
}

impl Failure {
    /// Stored or given values that make no sense.
    pub(crate) fn nonsense(message: impl Into<String>) -> Self {
        Self::Store(StoreError::Defect(message.into()))
    }

    /// Whether the failure lies in what was asked, so that other writes may still succeed; otherwise it lies in the database.
    pub(crate) fn is_of_the_request(&self) -> bool {
        match self {
            Self::Sqlite(error) => !is_of_the_database(error),
            Self::Store(StoreError::Defect(_)) => true,
            Self::Store(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) | StoreError::Schema { .. }) => {
                false
            }
        }
    }

    /// The error of a COMMIT that failed. When the disk failed under it, its last page may or may not lie in the write-ahead log,
    /// and a crash before the next commit would bring it back: nobody can know.
    pub(crate) fn of_commit(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::SystemIoFailure) => StoreError::OutcomeUnknown(error.to_string()),
            _ => Self::Sqlite(error).into(),
        }
    }
}

/// Whether the database itself cannot serve now: it is locked, full, read-only, or its disk fails.
fn is_of_the_database(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::OperationAborted
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::Store(error.into())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Sqlite(error) if is_of_the_database(&error) => Self::Unavailable(error.to_string()),
            Failure::Sqlite(error) => Self::Defect(error.to_string()),
        }
    }
}
