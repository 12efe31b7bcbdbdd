//! Companies counted by their shapes.

use std::collections::HashMap;

use domain::{CompanyId, Shape, Standing, Timestamp};
use rusqlite::Connection;
use store::{Census, Reshaped, mark};

use crate::{
    column::{Columns, json_list, stored},
    failure::Failure,
    now::Now,
    read::{CompanyRow, standing},
    writer::GENERATION,
};

// Counted here rather than by SQLite: a million rows have some twenty shapes, and sorting them to group them takes most of the time.
pub(crate) const SHAPES: &str = "
    SELECT company_id, shape, shape_until
    FROM company_entitlement_versions";

pub(crate) const STALE: &str = "
    SELECT company_id, write_seq, version_base, updated_at, next_boundary, history_hash
    FROM company_entitlement_versions
    WHERE company_id > ?1
        AND shape_until <= ?2
    ORDER BY company_id
    LIMIT ?3";

pub(crate) const RESHAPE: &str = "
    UPDATE company_entitlement_versions
    SET shape = ?3,
        shape_until = ?4
    WHERE company_id = ?1
        AND write_seq = ?2";

pub(crate) const COMPANIES_OF: &str = "
    SELECT company_id
    FROM company_entitlement_versions
    WHERE company_id > ?1
        AND shape IN (SELECT value FROM json_each(?2))
        AND (shape_until IS NULL OR shape_until > ?3)
    ORDER BY company_id
    LIMIT ?4";

/// How many companies are of each shape that is not over, and how many have one that may be.
pub(crate) fn census(connection: &Connection, now: &Now) -> Result<Census, Failure> {
    let now = now.get();
    let generation: i64 = connection.prepare_cached(GENERATION)?.query_row((), |row| row.get(0))?;
    let generation = u64::try_from(generation).map_err(|_| Failure::nonsense("catalog generation is negative"))?;
    let mut counts: HashMap<String, (u64, u64)> = HashMap::new();
    let mut stale = 0;
    let mut statement = connection.prepare_cached(SHAPES)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let until: Option<i64> = row.get(2)?;
        if until.is_some_and(|until| until <= now.micros()) {
            stale += 1;
            continue;
        }
        let shape = row.get_ref(1)?.as_str().map_err(|error| Failure::nonsense(format!("stored shape: {error}")))?;
        let mark = mark(Columns::of(row).company()?);
        match counts.get_mut(shape) {
            Some((count, digest)) => (*count, *digest) = (*count + 1, *digest ^ mark),
            None => drop(counts.insert(shape.to_owned(), (1, mark))),
        }
    }
    let counted = counts.into_iter().map(|(shape, (count, digest))| (Shape::from_stored(shape), count, digest));
    Ok(Census::of(now, generation, stale, counted.collect()))
}

/// The companies whose stored shape may be over, after a company, by identifier.
pub(crate) fn stale_standings(
    connection: &Connection,
    now: Timestamp,
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<Standing>, Failure> {
    let mut statement = connection.prepare_cached(STALE)?;
    let mut rows = statement.query((from(after), now.micros(), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let company = columns.company()?;
        let row = CompanyRow {
            write_seq: columns.number()?,
            version_base: columns.raw()?,
            last_write_at: columns.instant()?,
            next_boundary: columns.optional_instant()?,
            head: columns.raw()?,
        };
        all.push(standing(connection, company, &row)?);
    }
    Ok(all)
}

/// Stores the present shapes of companies that nobody has written since.
pub(crate) fn reshape(connection: &Connection, reshaped: &[Reshaped]) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(RESHAPE)?;
    for one in reshaped {
        let company = one.company_id.uuid().into_bytes();
        let until = one.until.map(Timestamp::micros);
        statement.execute((company, stored(one.write_seq)?, one.shape.as_str(), until))?;
    }
    Ok(())
}

/// The companies of some shapes that are not over, after a company, by identifier.
pub(crate) fn companies_of(
    connection: &Connection,
    now: Timestamp,
    shapes: &[Shape],
    after: Option<CompanyId>,
    limit: u32,
) -> Result<Vec<CompanyId>, Failure> {
    let mut statement = connection.prepare_cached(COMPANIES_OF)?;
    let shapes = json_list(shapes.iter().map(Shape::as_str));
    let mut rows = statement.query((from(after), shapes, now.micros(), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Columns::of(row).company()?);
    }
    Ok(all)
}

/// What every later company's identifier is larger than.
pub(crate) fn from(after: Option<CompanyId>) -> Vec<u8> {
    after.map(|company| company.uuid().into_bytes().to_vec()).unwrap_or_default()
}
