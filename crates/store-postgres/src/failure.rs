//! From what the driver says to what the contract knows.

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};
use store::StoreError;

/// What a failed statement means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection is gone or cannot be trusted: what was asked may or may not have happened.
    ConnectionLost,
    /// The server refused and rolled back; asking again may work.
    Refused,
    /// The server rolled back because of others: a deadlock, a serialization failure.
    Contention,
    /// An idempotency key is taken.
    ReplyTaken,
    /// A defect.
    Defect,
}

impl Failure {
    /// What kind of failure an error is.
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let Some(refusal) = error.as_database_error() else {
            let is_defect = matches!(
                error,
                sqlx::Error::ColumnDecode { .. }
                    | sqlx::Error::Decode(_)
                    | sqlx::Error::Encode(_)
                    | sqlx::Error::RowNotFound
                    | sqlx::Error::ColumnNotFound(_)
                    | sqlx::Error::TypeNotFound { .. }
            );
            // The rest is the connection itself: I/O, encryption, protocol.
            return if is_defect { Self::Defect } else { Self::ConnectionLost };
        };
        let code = refusal.code().unwrap_or_default();
        let class = code.get(..2).unwrap_or_default();
        match (class, code.as_ref()) {
            // Ended by an operator, by a crash, or because the server is starting or stopping.
            ("57", "57P01" | "57P02" | "57P03" | "57P05") | ("08", _) => Self::ConnectionLost,
            ("40", _) => Self::Contention,
            ("23", "23505") if refusal.constraint() == Some("idempotency_replies_pkey") => Self::ReplyTaken,
            // Cancelled or timed out; out of disk, memory or connections; a lock not got; read-only; an I/O error.
            ("57" | "53" | "55" | "58" | "28" | "3D", _) | ("25", "25006" | "25P03") => Self::Refused,
            _ => Self::Defect,
        }
    }
}

/// The error for something that was asked, or was not sent: nothing was changed.
pub(crate) fn unanswered(error: &sqlx::Error) -> StoreError {
    match Failure::of(error) {
        Failure::ConnectionLost | Failure::Refused | Failure::Contention => StoreError::Unavailable(said(error)),
        Failure::ReplyTaken | Failure::Defect if is_missing_schema(error) => missing_schema(),
        Failure::ReplyTaken | Failure::Defect => StoreError::Defect(said(error)),
    }
}

/// The error for a write that was sent.
pub(crate) fn uncommitted(error: &sqlx::Error) -> StoreError {
    match Failure::of(error) {
        Failure::ConnectionLost => StoreError::OutcomeUnknown(said(error)),
        Failure::Refused | Failure::Contention | Failure::ReplyTaken | Failure::Defect => unanswered(error),
    }
}

/// What the server or the driver said, without the statement, the row or the URL.
pub(crate) fn said(error: &sqlx::Error) -> String {
    let refusal = error.as_database_error().and_then(|refusal| refusal.try_downcast_ref::<PgDatabaseError>());
    match refusal {
        Some(refusal) => format!("{} (SQLSTATE {})", refusal.message(), refusal.code()),
        None => error.to_string(),
    }
}

/// Whether a table of ours is missing.
pub(crate) fn is_missing_schema(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "42P01")
}

/// The error for a database that was never migrated.
pub(crate) fn missing_schema() -> StoreError {
    StoreError::schema(0).unwrap_or_else(|| StoreError::Defect("a table is missing".to_owned()))
}
