//! The credit ledger.

use domain::{CompanyId, CreditEntry, CreditMove, FeatureKey, Text};
use rusqlite::Connection;
use store::{LedgerLine, LedgerPosition};

use crate::{
    column::{Columns, stored},
    failure::Failure,
};

pub(crate) const PAGE: &str = "
    SELECT write_seq, part, id, feature_key, kind, amount, balance, starts_at, expires_at, reason, external_reference,
        created_at, created_by
    FROM credit_ledger
    WHERE company_id = ?1
        AND feature_key = ?2
        AND (write_seq, part) < (?3, ?4)
    ORDER BY write_seq DESC, part DESC
    LIMIT ?5";

/// A company's ledger of one feature before a position, newest first.
pub(crate) fn ledger(
    connection: &Connection,
    company: CompanyId,
    feature: &FeatureKey,
    before: Option<LedgerPosition>,
    limit: u32,
) -> Result<Vec<LedgerLine>, Failure> {
    let (number, part) = match before {
        Some(LedgerPosition { number, part }) => (stored(number)?, part),
        None => (i64::MAX, 0),
    };
    let mut statement = connection.prepare_cached(PAGE)?;
    let mut rows = statement.query((company.uuid().into_bytes(), feature.as_str(), number, part, limit))?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        lines.push(LedgerLine {
            position: LedgerPosition { number: columns.number()?, part: columns.raw()? },
            entry: CreditEntry {
                id: columns.uuid()?,
                feature: columns.feature_key()?,
                kind: columns.word("credit move", CreditMove::parse)?,
                amount: columns.number()?,
                balance: columns.number()?,
                starts_at: columns.optional_instant()?,
                expires_at: columns.optional_instant()?,
                reason: columns.optional_text()?,
                external_reference: columns.optional_text()?,
            },
            at: columns.instant()?,
            actor: columns.line(Text::ACTOR_CHARS)?,
        });
    }
    Ok(lines)
}
