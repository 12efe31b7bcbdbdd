//! Change requests.

use domain::{Text, Timestamp};
use sqlx::PgConnection;
use store::{ChangeRequest, ChangeRequestStatus, Decision};

use crate::{
    instant::Instant,
    roll_outs::item_ref,
    shape::{column, counted, impossible, line},
};

/// Stores a new change request.
pub(crate) async fn add(connection: &mut PgConnection, request: &ChangeRequest) -> Result<(), sqlx::Error> {
    let added = sqlx::query!(
        r#"
        INSERT INTO change_requests
            (id, status, item_kind, item_key, change, impact, based_on_revision, based_on_updated_at, requested_by,
                requested_at, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        request.id,
        request.status.as_str(),
        request.item.kind.as_str(),
        request.item.key.as_str(),
        request.change,
        request.impact,
        column::<_, i32>(request.based_on.0)?,
        Instant(request.based_on.1) as _,
        request.requested_by.as_str(),
        Instant(request.requested_at) as _,
        request.decided_by.as_ref().map(Text::as_str),
        request.decided_at.map(Instant) as _,
    );
    added.execute(connection).await.map(|_| ())
}

/// Every change request, newest first; of one status, where one is named.
pub(crate) async fn all(
    connection: &mut PgConnection,
    status: Option<ChangeRequestStatus>,
) -> Result<Vec<ChangeRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, status, item_kind, item_key, change, impact, based_on_revision, based_on_updated_at, requested_by,
            requested_at, decided_by, decided_at
        FROM change_requests
        WHERE $1::text IS NULL
            OR status = $1
        ORDER BY requested_at DESC, id DESC
        "#,
        status.map(ChangeRequestStatus::as_str),
    );
    let requests = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let status = ChangeRequestStatus::parse(&row.status);
        Ok(ChangeRequest {
            id: row.id,
            status: status.ok_or_else(|| impossible("a change request's status is none"))?,
            item: item_ref(&row.item_kind, &row.item_key)?,
            change: row.change,
            impact: row.impact,
            based_on: (counted(row.based_on_revision)?, row.based_on_updated_at.0),
            requested_by: line(&row.requested_by, Text::ACTOR_CHARS)?,
            requested_at: row.requested_at.0,
            decided_by: row.decided_by.map(|by| line(&by, Text::ACTOR_CHARS)).transpose()?,
            decided_at: row.decided_at.map(Timestamp::from),
        })
    });
    requests.collect()
}

/// Moves a pending change request to another status; says whether it was pending.
pub(crate) async fn decide(connection: &mut PgConnection, decision: &Decision) -> Result<bool, sqlx::Error> {
    let decided = sqlx::query!(
        r#"
        UPDATE change_requests
        SET status = $2,
            decided_by = $3,
            decided_at = $4
        WHERE id = $1
            AND status = 'pending'
        "#,
        decision.request,
        decision.status.as_str(),
        decision.by.as_str(),
        Instant(decision.at) as _,
    );
    Ok(decided.execute(connection).await?.rows_affected() == 1)
}
