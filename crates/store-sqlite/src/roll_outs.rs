//! Roll-outs and where companies stood before them.

use domain::{CompanyId, ItemRef, Text, Uuid};
use rusqlite::{Connection, params};
use store::{Committed, RollOut, RollOutStatus, RollOutStep};

use crate::{
    census::from,
    column::{Columns, json_list, stored},
    failure::Failure,
};

pub(crate) const ADD: &str = "
    INSERT INTO roll_outs
        (id, step, item_kind, item_key, to_revision, status, only_companies, excluded_companies, percent, batch_size,
        cursor, moved, unchanged, refused, reasons, total, created_by, created_at, updated_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
    WHERE NOT EXISTS (
        SELECT 1
        FROM roll_outs
        WHERE item_kind = ?3
            AND item_key = ?4
            AND status IN ('running', 'paused', 'returning')
    )";

pub(crate) const MOVE_ON: &str = "
    UPDATE roll_outs
    SET step = ?3,
        status = ?4,
        percent = ?5,
        batch_size = ?6,
        cursor = ?7,
        moved = ?8,
        unchanged = ?9,
        refused = ?10,
        reasons = ?11,
        total = ?12,
        updated_at = ?13,
        only_companies = ?14,
        excluded_companies = ?15
    WHERE id = ?1
        AND step = ?2";

pub(crate) const ALL: &str = "
    SELECT id, step, item_kind, item_key, to_revision, status, only_companies, excluded_companies, percent, batch_size,
        cursor, moved, unchanged, refused, reasons, total, created_by, created_at, updated_at
    FROM roll_outs
    WHERE ?1 IS NULL
        OR (item_kind = ?1 AND item_key = ?2)
    ORDER BY created_at DESC, id DESC";

pub(crate) const NOTE_MOVE: &str = "
    INSERT INTO roll_out_moves (roll_out_id, company_id, assigned_revision)
    VALUES (?1, ?2, ?3)
    ON CONFLICT (roll_out_id, company_id) DO NOTHING";

pub(crate) const MOVES: &str = "
    SELECT company_id, assigned_revision
    FROM roll_out_moves
    WHERE roll_out_id = ?1
        AND company_id > ?2
    ORDER BY company_id
    LIMIT ?3";

fn companies(all: &[CompanyId]) -> String {
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    json_list(words.iter().map(String::as_str))
}

/// Stores a roll-out that is started or steered.
pub(crate) fn put(connection: &Connection, step: &RollOutStep) -> Result<Committed, Failure> {
    match step.known {
        Some(known) => move_on(connection, known, &step.next),
        None => add(connection, &step.next),
    }
}

/// Stores a roll-out, unless another of its item is under way.
fn add(connection: &Connection, roll_out: &RollOut) -> Result<Committed, Failure> {
    let added = connection.prepare_cached(ADD)?.execute(params![
        roll_out.id.into_bytes(),
        stored(roll_out.step)?,
        roll_out.item.kind.as_str(),
        roll_out.item.key.as_str(),
        roll_out.to_revision,
        roll_out.status.as_str(),
        roll_out.only.as_deref().map(companies),
        companies(&roll_out.exclude),
        roll_out.percent,
        roll_out.batch_size,
        roll_out.cursor.map(|company| company.uuid().into_bytes()),
        stored(roll_out.moved)?,
        stored(roll_out.unchanged)?,
        stored(roll_out.refused)?,
        json_list(roll_out.reasons.iter().map(String::as_str)),
        stored(roll_out.total)?,
        roll_out.created_by.as_str(),
        roll_out.created_at.micros(),
        roll_out.updated_at.micros(),
    ])?;
    Ok(if added == 1 { Committed::Done } else { Committed::Raced })
}

/// Stores a roll-out's progress, unless it is no longer as it was at `known`.
pub(crate) fn move_on(connection: &Connection, known: u64, next: &RollOut) -> Result<Committed, Failure> {
    let moved = connection.prepare_cached(MOVE_ON)?.execute((
        next.id.into_bytes(),
        stored(known)?,
        stored(next.step)?,
        next.status.as_str(),
        next.percent,
        next.batch_size,
        next.cursor.map(|company| company.uuid().into_bytes()),
        stored(next.moved)?,
        stored(next.unchanged)?,
        stored(next.refused)?,
        json_list(next.reasons.iter().map(String::as_str)),
        stored(next.total)?,
        next.updated_at.micros(),
        next.only.as_deref().map(companies),
        companies(&next.exclude),
    ))?;
    Ok(if moved == 1 { Committed::Done } else { Committed::Raced })
}

/// Every roll-out, newest first; of an item, where one is named.
pub(crate) fn all(connection: &Connection, item: Option<&ItemRef>) -> Result<Vec<RollOut>, Failure> {
    let mut statement = connection.prepare_cached(ALL)?;
    let (kind, key) = (item.map(|item| item.kind.as_str()), item.map(|item| item.key.as_str()));
    let mut rows = statement.query((kind, key))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(roll_out_of(&mut Columns::of(row))?);
    }
    Ok(all)
}

fn roll_out_of(columns: &mut Columns<'_>) -> Result<RollOut, Failure> {
    let company = |word: &str| CompanyId::new(Uuid::parse_str(word).ok()?);
    Ok(RollOut {
        id: columns.uuid()?,
        step: columns.number()?,
        item: columns.item()?,
        to_revision: columns.raw()?,
        status: columns.word("status", RollOutStatus::parse)?,
        only: columns.optional_list("companies", company)?,
        exclude: columns.list("companies", company)?,
        percent: columns.raw()?,
        batch_size: columns.raw()?,
        cursor: columns.optional_company()?,
        moved: columns.number()?,
        unchanged: columns.number()?,
        refused: columns.number()?,
        reasons: columns.list("reasons", |reason| Some(reason.to_owned()))?,
        total: columns.number()?,
        created_by: columns.line(Text::ACTOR_CHARS)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
    })
}

/// Notes where companies stood; what is noted already stays.
pub(crate) fn note_moves(connection: &Connection, roll_out: Uuid, moves: &[(CompanyId, u32)]) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(NOTE_MOVE)?;
    for (company, revision) in moves {
        statement.execute((roll_out.into_bytes(), company.uuid().into_bytes(), *revision))?;
    }
    Ok(())
}

/// Where companies stood, after a company, by identifier.
pub(crate) fn moves(
    connection: &Connection,
    roll_out: Uuid,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<(CompanyId, u32)>, Failure> {
    let mut statement = connection.prepare_cached(MOVES)?;
    let mut rows = statement.query((roll_out.into_bytes(), from(after), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        all.push((columns.company()?, columns.raw()?));
    }
    Ok(all)
}
