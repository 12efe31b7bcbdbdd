//! The feed. With one writer, the order of its numbers is the order of commits, so nothing can appear before what was shown.

use domain::{ChangeType, CompanyId, EntityType, Timestamp};
use rusqlite::Connection;
use store::{FeedEntry, FeedPosition};

use crate::{
    column::{Columns, stored},
    failure::Failure,
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

/// The entries after a position, in commit order.
pub(crate) fn changes(connection: &Connection, after: FeedPosition, limit: u32) -> Result<Vec<FeedEntry>, Failure> {
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
