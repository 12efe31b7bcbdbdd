//! Roll-outs and where companies stood before them.

use domain::{CompanyId, ItemKey, ItemKind, ItemRef, Text, Uuid};
use sqlx::PgConnection;
use store::{Committed, RollOut, RollOutStatus, RollOutStep};

use crate::{
    instant::Instant,
    limits::ROLL_OUT_GATE,
    shape::{column, company, counted, impossible, line},
};

fn ids(companies: &[CompanyId]) -> Vec<Uuid> {
    companies.iter().map(|company| company.uuid()).collect()
}

fn companies(ids: Vec<Uuid>) -> Result<Vec<CompanyId>, sqlx::Error> {
    ids.into_iter().map(company).collect()
}

/// Stores a roll-out that is started or steered.
pub(crate) async fn put(connection: &mut PgConnection, step: &RollOutStep) -> Result<Committed, sqlx::Error> {
    match step.known {
        Some(known) => move_on(connection, known, &step.next).await,
        None => add(connection, &step.next).await,
    }
}

/// Stores a roll-out, unless another of its item is under way. Who waited at the gate sees what was stored before it.
async fn add(connection: &mut PgConnection, roll_out: &RollOut) -> Result<Committed, sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1) AS locked", ROLL_OUT_GATE).fetch_one(&mut *connection).await?;
    let only = roll_out.only.as_deref().map(ids);
    let added = sqlx::query!(
        r#"
        INSERT INTO roll_outs
            (id, step, item_kind, item_key, to_revision, status, only_companies, excluded_companies, percent, batch_size,
                cursor, moved, unchanged, refused, reasons, total, created_by, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
        WHERE NOT EXISTS (
            SELECT 1
            FROM roll_outs
            WHERE item_kind = $3
                AND item_key = $4
                AND status IN ('running', 'paused', 'returning')
        )
        "#,
        roll_out.id,
        column::<_, i64>(roll_out.step)?,
        roll_out.item.kind.as_str(),
        roll_out.item.key.as_str(),
        column::<_, i32>(roll_out.to_revision)?,
        roll_out.status.as_str(),
        only.as_deref(),
        &ids(&roll_out.exclude),
        column::<_, i32>(roll_out.percent)?,
        i64::from(roll_out.batch_size),
        roll_out.cursor.map(CompanyId::uuid),
        column::<_, i64>(roll_out.moved)?,
        column::<_, i64>(roll_out.unchanged)?,
        column::<_, i64>(roll_out.refused)?,
        &roll_out.reasons,
        column::<_, i64>(roll_out.total)?,
        roll_out.created_by.as_str(),
        Instant(roll_out.created_at) as _,
        Instant(roll_out.updated_at) as _,
    );
    let added = added.execute(connection).await?.rows_affected();
    Ok(if added == 1 { Committed::Done } else { Committed::Raced })
}

/// Stores a roll-out's progress, unless it is no longer as it was at `known`.
pub(crate) async fn move_on(
    connection: &mut PgConnection,
    known: u64,
    next: &RollOut,
) -> Result<Committed, sqlx::Error> {
    let only = next.only.as_deref().map(ids);
    let moved = sqlx::query!(
        r#"
        UPDATE roll_outs
        SET step = $3,
            status = $4,
            only_companies = $5,
            excluded_companies = $6,
            percent = $7,
            batch_size = $8,
            cursor = $9,
            moved = $10,
            unchanged = $11,
            refused = $12,
            reasons = $13,
            total = $14,
            updated_at = $15
        WHERE id = $1
            AND step = $2
        "#,
        next.id,
        column::<_, i64>(known)?,
        column::<_, i64>(next.step)?,
        next.status.as_str(),
        only.as_deref(),
        &ids(&next.exclude),
        column::<_, i32>(next.percent)?,
        i64::from(next.batch_size),
        next.cursor.map(CompanyId::uuid),
        column::<_, i64>(next.moved)?,
        column::<_, i64>(next.unchanged)?,
        column::<_, i64>(next.refused)?,
        &next.reasons,
        column::<_, i64>(next.total)?,
        Instant(next.updated_at) as _,
    );
    let moved = moved.execute(connection).await?.rows_affected();
    Ok(if moved == 1 { Committed::Done } else { Committed::Raced })
}

/// Every roll-out, newest first; of an item, where one is named.
pub(crate) async fn all(connection: &mut PgConnection, item: Option<&ItemRef>) -> Result<Vec<RollOut>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Stored,
        r#"
        SELECT id, step, item_kind, item_key, to_revision, status, only_companies, excluded_companies, percent, batch_size,
            cursor, moved, unchanged, refused, reasons, total, created_by, created_at, updated_at
        FROM roll_outs
        WHERE $1::text IS NULL
            OR (item_kind = $1 AND item_key = $2)
        ORDER BY created_at DESC, id DESC
        "#,
        item.map(|item| item.kind.as_str()),
        item.map(|item| item.key.as_str()),
    );
    rows.fetch_all(connection).await?.into_iter().map(Stored::roll_out).collect()
}

struct Stored {
    id: Uuid,
    step: i64,
    item_kind: String,
    item_key: String,
    to_revision: i32,
    status: String,
    only_companies: Option<Vec<Uuid>>,
    excluded_companies: Vec<Uuid>,
    percent: i32,
    batch_size: i64,
    cursor: Option<Uuid>,
    moved: i64,
    unchanged: i64,
    refused: i64,
    reasons: Vec<String>,
    total: i64,
    created_by: String,
    created_at: Instant,
    updated_at: Instant,
}

impl Stored {
    fn roll_out(self) -> Result<RollOut, sqlx::Error> {
        Ok(RollOut {
            id: self.id,
            step: counted(self.step)?,
            item: item_ref(&self.item_kind, &self.item_key)?,
            to_revision: counted(self.to_revision)?,
            status: RollOutStatus::parse(&self.status).ok_or_else(|| impossible("a roll-out's status is none"))?,
            only: self.only_companies.map(companies).transpose()?,
            exclude: companies(self.excluded_companies)?,
            percent: counted(self.percent)?,
            batch_size: counted(self.batch_size)?,
            cursor: self.cursor.map(company).transpose()?,
            moved: counted(self.moved)?,
            unchanged: counted(self.unchanged)?,
            refused: counted(self.refused)?,
            reasons: self.reasons,
            total: counted(self.total)?,
            created_by: line(&self.created_by, Text::ACTOR_CHARS)?,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// An item by its stored words.
pub(crate) fn item_ref(kind: &str, key: &str) -> Result<ItemRef, sqlx::Error> {
    let kind = ItemKind::parse(kind).ok_or_else(|| impossible("an item kind is none"))?;
    Ok(ItemRef { kind, key: ItemKey::parse(key).map_err(|_| impossible("a catalog key is none"))? })
}

/// Notes where companies stood; what is noted already stays.
pub(crate) async fn note_moves(
    connection: &mut PgConnection,
    roll_out: Uuid,
    moves: &[(CompanyId, u32)],
) -> Result<(), sqlx::Error> {
    let companies: Vec<Uuid> = moves.iter().map(|(company, _)| company.uuid()).collect();
    let revisions: Vec<i32> = moves.iter().map(|(_, revision)| column(*revision)).collect::<Result<_, _>>()?;
    let noted = sqlx::query!(
        r#"
        INSERT INTO roll_out_moves (roll_out_id, company_id, assigned_revision)
        SELECT $1, given.company_id, given.assigned_revision
        FROM unnest($2::uuid[], $3::integer[]) AS given (company_id, assigned_revision)
        ON CONFLICT (roll_out_id, company_id) DO NOTHING
        "#,
        roll_out,
        &companies,
        &revisions,
    );
    noted.execute(connection).await.map(|_| ())
}

/// Where companies stood, after a company, by identifier.
pub(crate) async fn moves(
    connection: &mut PgConnection,
    roll_out: Uuid,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<(CompanyId, u32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT company_id, assigned_revision
        FROM roll_out_moves
        WHERE roll_out_id = $1
            AND company_id > $2
        ORDER BY company_id
        LIMIT $3
        "#,
        roll_out,
        after.map_or(Uuid::nil(), CompanyId::uuid),
        i64::from(limit),
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    rows.map(|row| Ok((company(row.company_id)?, counted(row.assigned_revision)?))).collect()
}
