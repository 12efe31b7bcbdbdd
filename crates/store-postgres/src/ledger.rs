//! The credit ledger.

use domain::{CompanyId, CreditEntry, CreditMove, FeatureKey, Text, Timestamp};
use sqlx::PgConnection;
use store::{LedgerLine, LedgerPosition};

use crate::shape::{counted, impossible, line, paragraph};

/// A company's ledger of one feature before a position, newest first.
pub(crate) async fn page(
    connection: &mut PgConnection,
    company: CompanyId,
    feature: &FeatureKey,
    before: Option<LedgerPosition>,
    limit: u32,
) -> Result<Vec<LedgerLine>, sqlx::Error> {
    let before = before.unwrap_or(LedgerPosition { number: u64::MAX, part: 0 });
    let rows = sqlx::query!(
        r#"
        SELECT write_seq, part, id, kind, amount, balance, starts_at, expires_at, reason, external_reference, created_at,
            created_by
        FROM credit_ledger
        WHERE company_id = $1
            AND feature_key = $2
            AND (write_seq, part) < ($3::bigint, $4::integer)
        ORDER BY write_seq DESC, part DESC
        LIMIT $5
        "#,
        company.uuid(),
        feature.as_str(),
        i64::try_from(before.number).unwrap_or(i64::MAX),
        i32::try_from(before.part).unwrap_or(i32::MAX),
        i64::from(limit),
    );
    let optional = |text: Option<String>| text.map(|text| paragraph(&text, usize::MAX)).transpose();
    let lines = rows.fetch_all(connection).await?.into_iter().map(|row| {
        Ok(LedgerLine {
            position: LedgerPosition { number: counted(row.write_seq)?, part: counted(row.part)? },
            entry: CreditEntry {
                id: row.id,
                feature: feature.clone(),
                kind: CreditMove::parse(&row.kind).ok_or_else(|| impossible("a credit move is none"))?,
                amount: counted(row.amount)?,
                balance: counted(row.balance)?,
                starts_at: row.starts_at.map(Timestamp::from),
                expires_at: row.expires_at.map(Timestamp::from),
                reason: optional(row.reason)?,
                external_reference: optional(row.external_reference)?,
            },
            at: row.created_at.0,
            actor: line(&row.created_by, Text::ACTOR_CHARS)?,
        })
    });
    lines.collect()
}
