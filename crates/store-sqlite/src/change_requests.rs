//! Change requests.

use domain::{Text, Timestamp};
use rusqlite::Connection;
use store::{ChangeRequest, ChangeRequestStatus, Decision};

use crate::{column::Columns, commit_catalog::one_row, failure::Failure};

pub(crate) const ADD: &str = "
    INSERT INTO change_requests
        (id, status, item_kind, item_key, change, impact, based_on_revision, based_on_updated_at, requested_by,
        requested_at, decided_by, decided_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

pub(crate) const ALL: &str = "
    SELECT id, status, item_kind, item_key, change, impact, based_on_revision, based_on_updated_at, requested_by,
        requested_at, decided_by, decided_at
    FROM change_requests
    WHERE ?1 IS NULL
        OR status = ?1
    ORDER BY requested_at DESC, id DESC";

pub(crate) const PENDING: &str = "
    SELECT 1
    FROM change_requests
    WHERE id = ?1
        AND status = 'pending'";

pub(crate) const DECIDE: &str = "
    UPDATE change_requests
    SET status = ?2,
        decided_by = ?3,
        decided_at = ?4
    WHERE id = ?1
        AND status = 'pending'";

/// Stores a new change request.
pub(crate) fn add(connection: &Connection, request: &ChangeRequest) -> Result<(), Failure> {
    connection.prepare_cached(ADD)?.execute((
        request.id.into_bytes(),
        request.status.as_str(),
        request.item.kind.as_str(),
        request.item.key.as_str(),
        &request.change,
        &request.impact,
        request.based_on.0,
        request.based_on.1.micros(),
        request.requested_by.as_str(),
        request.requested_at.micros(),
        request.decided_by.as_ref().map(Text::as_str),
        request.decided_at.map(Timestamp::micros),
    ))?;
    Ok(())
}

/// Every change request, newest first; of one status, where one is named.
pub(crate) fn all(connection: &Connection, status: Option<ChangeRequestStatus>) -> Result<Vec<ChangeRequest>, Failure> {
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query([status.map(ChangeRequestStatus::as_str)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push(ChangeRequest {
            id: columns.uuid()?,
            status: columns.word("status", ChangeRequestStatus::parse)?,
            item: columns.item()?,
            change: columns.raw()?,
            impact: columns.raw()?,
            based_on: (columns.raw()?, columns.instant()?),
            requested_by: columns.line(Text::ACTOR_CHARS)?,
            requested_at: columns.instant()?,
            decided_by: columns.optional_line(Text::ACTOR_CHARS)?,
            decided_at: columns.optional_instant()?,
        });
    }
    Ok(all)
}

/// Whether the request of a decision still waits for one.
pub(crate) fn is_pending(connection: &Connection, decision: &Decision) -> Result<bool, Failure> {
    Ok(connection.prepare_cached(PENDING)?.exists([decision.request.into_bytes()])?)
}

/// Moves a pending change request to another status.
pub(crate) fn decide(connection: &Connection, decision: &Decision) -> Result<(), Failure> {
    let Decision { request, status, by, at } = decision;
    one_row(connection, DECIDE, (request.into_bytes(), status.as_str(), by.as_str(), at.micros()))
}
