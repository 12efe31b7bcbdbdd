//! A company's history.

use domain::{ChangeType, CompanyId, EntityType, Status, Timestamp, Uuid};
use sqlx::PgConnection;
use store::{HistoryEntry, HistoryPosition, HistorySource};

use crate::{
    instant::Instant,
    shape::{counted, impossible},
};

/// After every entry that can be.
const NEWEST: HistoryPosition =
    HistoryPosition { created_at: Timestamp::MAX, source: HistorySource::Company, number: u64::MAX, part: u32::MAX };

/// A page of a company's history, newest first; `None` when the company was never written.
///
/// A catalog change belongs to it when it reached a row that then entitled: `held` says from when until when the company had which
/// revision of which item, so no row per holder needs to be written for a catalog change.
pub(crate) async fn page(
    connection: &mut PgConnection,
    company: CompanyId,
    before: Option<HistoryPosition>,
    limit: u32,
) -> Result<Option<Vec<HistoryEntry>>, sqlx::Error> {
    let before = before.unwrap_or(NEWEST);
    let rows = sqlx::query_file_as!(
        Row,
        "src/history.sql",
        company.uuid(),
        Instant(before.created_at) as _,
        i32::from(before.source == HistorySource::Company),
        i64::try_from(before.number).unwrap_or(i64::MAX),
        i32::try_from(before.part).unwrap_or(i32::MAX),
        // A limit of 0 would hide that the company is known.
        i64::from(limit.max(1)),
    );
    let rows = rows.fetch_all(connection).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let entries = rows.into_iter().filter_map(Row::entry).take(usize::try_from(limit).unwrap_or(usize::MAX));
    entries.collect::<Result<Vec<_>, _>>().map(Some)
}

/// An entry, or none of a known company that has no further one.
struct Row {
    id: Option<Uuid>,
    created_at: Option<Instant>,
    source_rank: Option<i32>,
    number: Option<i64>,
    part: Option<i32>,
    entitlement_version: Option<i64>,
    change_type: Option<String>,
    entity_type: Option<String>,
    entity_key: Option<String>,
    previous_status: Option<String>,
    new_status: Option<String>,
    source: Option<String>,
    changed_by: Option<String>,
    request_id: Option<String>,
}

impl Row {
    fn entry(self) -> Option<Result<HistoryEntry, sqlx::Error>> {
        self.id.map(|id| self.entry_of(id))
    }

    fn entry_of(self, id: Uuid) -> Result<HistoryEntry, sqlx::Error> {
        let (Some(at), Some(rank), Some(number), Some(part), Some(change), Some(entity)) =
            (self.created_at, self.source_rank, self.number, self.part, self.change_type, self.entity_type)
        else {
            return Err(impossible("a history entry lacks a value"));
        };
        let status = |word: Option<String>| {
            word.map(|word| Status::parse(&word).ok_or_else(|| impossible("a status is none"))).transpose()
        };
        let source = if rank == 0 { HistorySource::Catalog } else { HistorySource::Company };
        Ok(HistoryEntry {
            id,
            position: HistoryPosition { created_at: at.0, source, number: counted(number)?, part: counted(part)? },
            version: self.entitlement_version.map(counted).transpose()?,
            change_type: ChangeType::parse(&change).ok_or_else(|| impossible("a change type is none"))?,
            entity_type: EntityType::parse(&entity).ok_or_else(|| impossible("an entity type is none"))?,
            entity_key: self.entity_key,
            previous_status: status(self.previous_status)?,
            new_status: status(self.new_status)?,
            source: self.source,
            changed_by: self.changed_by,
            request_id: self.request_id,
        })
    }
}
