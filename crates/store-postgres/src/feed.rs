//! The feed of committed changes.

use domain::{ChangeType, CompanyId, EntityType, Timestamp};
use sqlx::{Connection, PgConnection};
use store::{FeedEntry, FeedPage, FeedPosition};

use crate::{
    instant::Instant,
    limits::PRUNE_FEED_BATCH,
    shape::{column, counted, impossible},
};

/// The committed changes after a position. A transaction's entries are shown once every transaction below it has ended: only then can
/// nothing come before them any more. Polling by `seq` alone would lose what commits late.
pub(crate) async fn page(
    connection: &mut PgConnection,
    after: FeedPosition,
    limit: u32,
) -> Result<FeedPage, sqlx::Error> {
    let seq: i64 = column(after.seq)?;
    let rows = sqlx::query_file_as!(Row, "src/feed.sql", after.transaction.to_string(), seq, i64::from(limit))
        .fetch_all(connection);
    let rows = rows.await?;
    let state = rows.first().ok_or_else(|| impossible("the feed has no state"))?;
    // What is committed and not shown yet was written at one of its instants or later, so whatever was committed before is shown.
    let complete_at =
        state.unsettled_since.map_or(state.now, |since| if since.0 < state.now.0 { since } else { state.now });
    let (epoch, pruned) = (state.epoch.cast_unsigned(), position(&state.pruned_transaction, state.pruned_seq)?);
    let (is_ahead, is_unsettled) = (state.is_ahead, state.unsettled_since.is_some());
    let entries = rows.into_iter().filter_map(|row| row.entry().transpose()).collect::<Result<Vec<_>, _>>()?;
    let is_full = entries.len() >= limit as usize;
    let complete_at = (!is_full).then(|| Timestamp::from(complete_at));
    Ok(FeedPage { epoch, pruned, is_ahead, entries, complete_at, is_settled: !is_full && !is_unsettled })
}

/// The position of the last change that is shown, or of the last that was pruned.
pub(crate) async fn end(connection: &mut PgConnection) -> Result<FeedPosition, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT
            coalesce(last.feed_xid, state.pruned_xid)::text AS "transaction!",
            coalesce(last.seq, state.pruned_seq) AS "seq!"
        FROM feed_state AS state
        LEFT JOIN LATERAL (
            SELECT feed_xid, seq
            FROM change_feed
            WHERE feed_xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY feed_xid DESC, seq DESC
            LIMIT 1
        ) AS last ON true
        "#
    );
    let row = row.fetch_one(connection).await?;
    position(&row.transaction, row.seq)
}

/// Removes some of the changes that are older than so many seconds; says how many. Fewer than [`PRUNE_FEED_BATCH`] means that none are left.
pub(crate) async fn prune(connection: &mut PgConnection, kept_secs: u32) -> Result<u64, sqlx::Error> {
    // The order of rows is that of commits, not of `at`: up to the first that is young.
    let pruned = sqlx::query!(
        r#"
        WITH oldest AS MATERIALIZED (
            SELECT feed_xid, seq, at
            FROM change_feed
            WHERE feed_xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY feed_xid, seq
            LIMIT $2
        ),
        judged AS MATERIALIZED (
            SELECT feed_xid, seq,
                bool_and(at < clock_timestamp() - make_interval(secs => $1)) OVER (ORDER BY feed_xid, seq) AS is_over
            FROM oldest
        ),
        gone AS (
            DELETE FROM change_feed AS change
            USING judged
            WHERE change.feed_xid = judged.feed_xid
                AND change.seq = judged.seq
                AND judged.is_over
            RETURNING change.seq
        ),
        last AS (
            SELECT feed_xid, seq
            FROM judged
            WHERE is_over
            ORDER BY feed_xid DESC, seq DESC
            LIMIT 1
        ),
        noted AS (
            UPDATE feed_state AS state
            SET pruned_xid = last.feed_xid,
                pruned_seq = last.seq
            FROM last
            WHERE (state.pruned_xid, state.pruned_seq) < (last.feed_xid, last.seq)
        )
        SELECT count(*) AS "pruned!"
        FROM gone
        "#,
        f64::from(kept_secs),
        PRUNE_FEED_BATCH,
    );
    counted(pruned.fetch_one(connection).await?.pruned)
}

/// Whether there are positions of transactions that this server has not come to yet. Then the rows came from another server, which had counted
/// further: they would be hidden until this one has counted as far, and be told again in the middle of what is new.
pub(crate) async fn is_foreign(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"
        SELECT greatest(last.feed_xid, state.pruned_xid) >= pg_snapshot_xmax(pg_current_snapshot()) AS "is_foreign!"
        FROM feed_state AS state
        LEFT JOIN LATERAL (SELECT feed_xid FROM change_feed ORDER BY feed_xid DESC, seq DESC LIMIT 1) AS last ON true
        "#
    );
    found.fetch_one(connection).await
}

/// Gives up what another server's feed told, as if it had been pruned: whoever followed it has a cursor of another epoch and loads anew.
pub(crate) async fn give_up_foreign(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query!("SELECT only_row FROM feed_state FOR UPDATE").fetch_one(&mut *transaction).await?;
    // Another node may have come first.
    if is_foreign(&mut transaction).await? {
        sqlx::query!("DELETE FROM change_feed").execute(&mut *transaction).await?;
        let noted = sqlx::query!("UPDATE feed_state SET pruned_xid = pg_current_xact_id(), pruned_seq = 0");
        noted.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

fn position(transaction: &str, seq: i64) -> Result<FeedPosition, sqlx::Error> {
    let transaction = transaction.parse().map_err(|_| impossible("a transaction has no number"))?;
    Ok(FeedPosition { transaction, seq: counted(seq)? })
}

/// One entry with the feed's state, or the state alone when there are none.
struct Row {
    epoch: i64,
    now: Instant,
    pruned_transaction: String,
    pruned_seq: i64,
    is_ahead: bool,
    unsettled_since: Option<Instant>,
    transaction: Option<String>,
    seq: Option<i64>,
    at: Option<Instant>,
    company_id: Option<domain::Uuid>,
    entitlement_version: Option<i64>,
    change_type: Option<String>,
    entity_type: Option<String>,
    entity_key: Option<String>,
    request_id: Option<String>,
}

impl Row {
    fn entry(self) -> Result<Option<FeedEntry>, sqlx::Error> {
        let (Some(transaction), Some(seq), Some(at)) = (self.transaction, self.seq, self.at) else { return Ok(None) };
        let lacking = || impossible("a change lacks a value");
        let change_type = self.change_type.ok_or_else(lacking)?;
        let entity_type = self.entity_type.ok_or_else(lacking)?;
        let company_id = self.company_id.map(|id| CompanyId::new(id).ok_or_else(|| impossible("a company is nil")));
        Ok(Some(FeedEntry {
            position: position(&transaction, seq)?,
            at: at.0,
            company_id: company_id.transpose()?,
            version: counted(self.entitlement_version.ok_or_else(lacking)?)?,
            change_type: ChangeType::parse(&change_type).ok_or_else(|| impossible("a change type is none"))?,
            entity_type: EntityType::parse(&entity_type).ok_or_else(|| impossible("an entity type is none"))?,
            entity_key: self.entity_key,
            request_id: self.request_id,
        }))
    }
}
