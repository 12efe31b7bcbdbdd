//! The feed of committed changes.

use domain::{ChangeType, CompanyId, EntityType};
use sqlx::PgConnection;
use store::{FeedEntry, FeedPosition};

use crate::shape::{column, counted, impossible};

/// The committed changes after a position. A transaction's entries are shown once every transaction below it has ended: only then can
/// nothing come before them any more. Polling by `seq` alone would lose what commits late.
pub(crate) async fn changes(
    connection: &mut PgConnection,
    after: FeedPosition,
    limit: u32,
) -> Result<Vec<FeedEntry>, sqlx::Error> {
    let seq: i64 = column(after.seq)?;
    let rows = sqlx::query_file!("src/feed.sql", after.transaction.to_string(), seq, i64::from(limit),);
    let entries = rows.fetch_all(connection).await?.into_iter().map(|row| {
        let transaction = row.transaction.parse().map_err(|_| impossible("a transaction has no number"))?;
        let company_id = row.company_id.map(|id| CompanyId::new(id).ok_or_else(|| impossible("a company is nil")));
        Ok(FeedEntry {
            position: FeedPosition { transaction, seq: counted(row.seq)? },
            at: row.at.0,
            company_id: company_id.transpose()?,
            version: counted(row.entitlement_version)?,
            change_type: ChangeType::parse(&row.change_type).ok_or_else(|| impossible("a change type is none"))?,
            entity_type: EntityType::parse(&row.entity_type).ok_or_else(|| impossible("an entity type is none"))?,
            entity_key: row.entity_key,
            request_id: row.request_id,
        })
    });
    entries.collect()
}
