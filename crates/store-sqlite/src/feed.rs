//! The feed. With one writer, the order of its numbers is the order of commits, so nothing can appear before what was shown.

use domain::{ChangeType, CompanyId, EntityType, Timestamp};
use rusqlite::Connection;
use store::{FeedEntry, FeedPage, FeedPosition};

use crate::{
    column::{Columns, stored},
    failure::Failure,
    now::Now,
};

pub(crate) const APPEND: &str = "
    INSERT INTO change_feed
        (at, company_id, version, change_type, entity_type, entity_key, request_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) const AFTER: &str = "
    SELECT seq, at, company_id, version, change_type, entity_type, entity_key, request_id
    FROM change_feed
    WHERE seq > ?1
    ORDER BY seq
    LIMIT ?2";

pub(crate) const LAST: &str = "
    SELECT max(seq)
    FROM change_feed";

pub(crate) const STATE: &str = "
    SELECT epoch, pruned
    FROM feed_state
    WHERE id = 1";

pub(crate) const WRITTEN: &str = "
    SELECT written.company_id, version.write_seq
    FROM (
        SELECT DISTINCT company_id
        FROM change_feed
        WHERE seq > ?1
            AND company_id IS NOT NULL
    ) AS written
    CROSS JOIN company_entitlement_versions AS version ON version.company_id = written.company_id";

pub(crate) const OLDEST: &str = "
    SELECT seq, at
    FROM change_feed
    ORDER BY seq
    LIMIT ?1";

pub(crate) const PRUNE: &str = "
    DELETE FROM change_feed
    WHERE seq <= ?1";

pub(crate) const NOTE_PRUNED: &str = "
    UPDATE feed_state
    SET pruned = ?1
    WHERE id = 1";

/// Draws another epoch, for a database that is another one from now on.
pub(crate) const NEW_EPOCH: &str = "
    UPDATE feed_state
    SET epoch = random() & 9223372036854775807
    WHERE id = 1";

/// The most old changes removed in one transaction: writers wait a few milliseconds, not for a week's worth.
pub(crate) const PRUNE_FEED_LIMIT: u32 = 1_000;

/// An entry before it has its place.
pub(crate) struct NewEntry<'a> {
    pub(crate) at: Timestamp,
    pub(crate) company: Option<CompanyId>,
    pub(crate) version: i64,
    pub(crate) change_type: ChangeType,
    pub(crate) entity_type: EntityType,
    pub(crate) entity_key: Option<&'a str>,
    pub(crate) request_id: &'a str,
}

pub(crate) fn append(connection: &Connection, entry: &NewEntry<'_>) -> Result<(), Failure> {
    connection.prepare_cached(APPEND)?.execute((
        entry.at.micros(),
        entry.company.map(|company| company.uuid().into_bytes()),
        entry.version,
        entry.change_type.as_str(),
        entry.entity_type.as_str(),
        entry.entity_key,
        entry.request_id,
    ))?;
    Ok(())
}

/// The entries after a position, in commit order, and the feed's state.
pub(crate) fn page(connection: &Connection, now: &Now, after: FeedPosition, limit: u32) -> Result<FeedPage, Failure> {
    // Before the first look, so that everything that was committed by then is seen.
    let now = now.get();
    let state = state(connection)?;
    let entries = entries(connection, after, limit)?;
    let complete_at = (entries.len() < limit as usize).then_some(now);
    let is_ahead = entries.is_empty() && after > end(connection)?;
    Ok(FeedPage {
        epoch: state.epoch,
        pruned: FeedPosition { transaction: 0, seq: state.pruned },
        is_ahead,
        entries,
        complete_at,
        is_settled: complete_at.is_some(),
    })
}

/// The position of the last change, or of the last that was pruned.
pub(crate) fn end(connection: &Connection) -> Result<FeedPosition, Failure> {
    let last: Option<i64> = connection.prepare_cached(LAST)?.query_row((), |row| row.get(0))?;
    let pruned = state(connection)?.pruned;
    let seq = last.and_then(|last| u64::try_from(last).ok()).unwrap_or(pruned);
    Ok(FeedPosition { transaction: 0, seq })
}

/// Removes some of the changes from before an instant; says how many. Fewer than [`PRUNE_FEED_LIMIT`] means that none are left.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> Result<u64, Failure> {
    let mut statement = connection.prepare_cached(OLDEST)?;
    let mut rows = statement.query([PRUNE_FEED_LIMIT])?;
    let mut last = None;
    // The order of rows is that of commits, not of `at`: up to the first that is young.
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let (seq, at): (i64, _) = (columns.raw()?, columns.instant()?);
        if at >= before {
            break;
        }
        last = Some(seq);
    }
    let Some(last) = last else { return Ok(0) };
    let pruned = connection.prepare_cached(PRUNE)?.execute([last])?;
    connection.prepare_cached(NOTE_PRUNED)?.execute([last])?;
    Ok(pruned as u64)
}

/// Which companies were written after a change, with their write sequences now; `None` when some of the changes are pruned.
pub(crate) fn written_since(connection: &Connection, seen: u64) -> Result<Option<Vec<(CompanyId, u64)>>, Failure> {
    let Ok(after) = stored(seen) else { return Ok(None) };
    if state(connection)?.pruned > seen {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(WRITTEN)?;
    let mut rows = statement.query([after])?;
    let mut written = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        written.push((columns.company()?, columns.number()?));
    }
    Ok(Some(written))
}

/// The feed's epoch, and the number up to which it was pruned.
pub(crate) struct State {
    pub(crate) epoch: u64,
    pub(crate) pruned: u64,
}

pub(crate) fn state(connection: &Connection) -> Result<State, Failure> {
    let mut statement = connection.prepare_cached(STATE)?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Err(Failure::nonsense("the feed has no state")) };
    let mut columns = Columns::of(row);
    Ok(State { epoch: columns.number()?, pruned: columns.number()? })
}

fn entries(connection: &Connection, after: FeedPosition, limit: u32) -> Result<Vec<FeedEntry>, Failure> {
    // The transaction of a position is 0 here; one from another store lies after everything.
    let Ok(seq) = stored(if after.transaction == 0 { after.seq } else { u64::MAX }) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows = statement.query((seq, limit))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        entries.push(FeedEntry {
            position: FeedPosition { transaction: 0, seq: columns.number()? },
            at: columns.instant()?,
            company_id: columns.optional_company()?,
            version: columns.number()?,
            change_type: columns.change_type()?,
            entity_type: columns.entity_type()?,
            entity_key: columns.raw()?,
            request_id: columns.raw()?,
        });
    }
    Ok(entries)
}
