//! Storing a catalog write: one short transaction whose cost does not depend on how many companies hold what it changes.

use domain::{CatalogChange, CatalogReach, Reached, Uuid};
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use store::{CatalogCommit, Committed, catalog_lines};

use crate::{
    change_requests,
    failure::Failure,
    holders,
    instant::Instant,
    limits::CATALOG_GATE,
    put_entries, replies, roll_outs,
    shape::{column, link},
};

/// Stores it, if the catalog still has the generation that it was decided on.
pub(crate) async fn commit(connection: &mut PgConnection, commit: &CatalogCommit) -> Result<Committed, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let stored = store_all(&mut transaction, commit).await;
    finish(transaction, stored).await
}

/// Ends a transaction: for good where everything was stored, as if it had not been where a guard did not hold or the reply's key is taken.
pub(crate) async fn finish(
    transaction: Transaction<'_, Postgres>,
    stored: Result<bool, sqlx::Error>,
) -> Result<Committed, sqlx::Error> {
    let stored = match stored {
        Err(error) if Failure::of(&error) == Failure::ReplyTaken => false,
        stored => stored?,
    };
    if stored {
        transaction.commit().await?;
        Ok(Committed::Done)
    } else {
        transaction.rollback().await?;
        Ok(Committed::Raced)
    }
}

async fn store_all(transaction: &mut PgConnection, commit: &CatalogCommit) -> Result<bool, sqlx::Error> {
    if let Some(change) = &commit.change {
        if !advance(transaction, change).await? {
            return Ok(false);
        }
        for item in &change.unheld {
            // After the gate: who was about to assign it has done so, or will be raced.
            if holders::is_held(transaction, item).await? {
                return Ok(false);
            }
        }
        put_entries::put(transaction, change).await?;
        record(transaction, change, &commit.request_id).await?;
    }
    if let Some(decision) = &commit.decides
        && !change_requests::decide(transaction, decision).await?
    {
        return Ok(false);
    }
    if let Some(step) = &commit.roll_out
        && roll_outs::put(transaction, step).await? == Committed::Raced
    {
        return Ok(false);
    }
    if let Some(request) = &commit.asks {
        change_requests::add(transaction, request).await?;
    }
    if let Some(reply) = &commit.reply {
        replies::clear_expired(transaction, &reply.key).await?;
        replies::keep(transaction, reply).await?;
    }
    Ok(true)
}

/// Makes the next generation, unless somebody else did. Company writes on their way end first; those that come later wait at the gate,
/// and then see another generation. The statement may be older than a catalog write that it waited for, but the row that it changes is
/// looked at again as it is now.
async fn advance(transaction: &mut PgConnection, change: &CatalogChange) -> Result<bool, sqlx::Error> {
    let advanced = sqlx::query!(
        r#"
        WITH gate AS MATERIALIZED (
            SELECT pg_advisory_xact_lock($4)
        )
        UPDATE catalog_state
        SET generation = $1,
            changed_at = $2
        FROM gate
        WHERE generation = $3
        "#,
        column::<_, i64>(change.generation)?,
        Instant(change.at) as _,
        column::<_, i64>(change.generation_before)?,
        CATALOG_GATE,
    );
    Ok(advanced.execute(transaction).await?.rows_affected() == 1)
}

/// Writes the history and the feed, one row of each for every entry, and whom it reached.
async fn record(transaction: &mut PgConnection, change: &CatalogChange, request_id: &str) -> Result<(), sqlx::Error> {
    // Nobody else moves it: this transaction has made the generation.
    let head = sqlx::query_scalar!("SELECT history_hash FROM catalog_state").fetch_one(&mut *transaction).await?;
    let lines = catalog_lines(change, request_id, link(head.as_deref())?, Uuid::now_v7);
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let parts: Vec<i32> = lines.iter().map(|line| column(line.part)).collect::<Result<_, _>>()?;
    let change_types: Vec<&str> = lines.iter().map(|line| line.change_type.as_str()).collect();
    let entity_types: Vec<&str> = lines.iter().map(|line| line.entity_type.as_str()).collect();
    let entity_keys: Vec<&str> = lines.iter().map(|line| line.entity_key.as_str()).collect();
    let payloads: Vec<&str> = lines.iter().map(|line| line.payload.as_str()).collect();
    let hashes: Vec<Option<Vec<u8>>> = lines.iter().map(|line| line.hash.map(|hash| hash.to_vec())).collect();
    let newest = hashes.last().cloned().flatten();
    let recorded = sqlx::query!(
        r#"
        WITH event AS MATERIALIZED (
            SELECT given.*
            FROM unnest($5::uuid[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[])
                AS given (id, part, change_type, entity_type, entity_key, payload, hash)
        ),
        recorded AS (
            INSERT INTO catalog_history
                (generation, part, id, change_type, entity_type, entity_key, payload, changed_by, request_id, created_at, hash)
            SELECT $1, event.part, event.id, event.change_type, event.entity_type, event.entity_key, event.payload::jsonb,
                $2, $3, $4, event.hash
            FROM event
        ),
        linked AS (
            UPDATE catalog_state
            SET history_hash = coalesce($12, history_hash)
        )
        INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
        SELECT $4, NULL, $1, event.change_type, event.entity_type, event.entity_key, $3
        FROM event
        ORDER BY event.part
        "#,
        column::<_, i64>(change.generation)?,
        change.actor.as_str(),
        request_id,
        Instant(change.at) as _,
        &ids,
        &parts,
        &change_types as _,
        &entity_types as _,
        &entity_keys as _,
        &payloads as _,
        &hashes as _,
        newest as _,
    );
    recorded.execute(&mut *transaction).await?;
    record_reach(transaction, change).await
}

async fn record_reach(transaction: &mut PgConnection, change: &CatalogChange) -> Result<(), sqlx::Error> {
    let names = change.reach.iter().map(|reach| match &reach.what {
        Reached::Item(item) => (item.kind.as_str(), item.key.as_str()),
        Reached::Module(key) => ("module", key.as_str()),
        Reached::Feature(key) => ("feature", key.as_str()),
    });
    let (kinds, keys): (Vec<&str>, Vec<&str>) = names.unzip();
    let bounds = |bound: fn(&CatalogReach) -> u32| {
        change.reach.iter().map(|reach| column(bound(reach))).collect::<Result<Vec<i32>, _>>()
    };
    let (from, to) = (bounds(|reach| reach.assigned_from)?, bounds(|reach| reach.assigned_to)?);
    let reached = sqlx::query!(
        r#"
        INSERT INTO catalog_reach (generation, entity_type, entity_key, assigned_from, assigned_to, created_at)
        SELECT $1, given.entity_type, given.entity_key, given.assigned_from, given.assigned_to, $2
        FROM unnest($3::text[], $4::text[], $5::integer[], $6::integer[])
            AS given (entity_type, entity_key, assigned_from, assigned_to)
        "#,
        column::<_, i64>(change.generation)?,
        Instant(change.at) as _,
        &kinds as _,
        &keys as _,
        &from,
        &to,
    );
    reached.execute(transaction).await.map(|_| ())
}
