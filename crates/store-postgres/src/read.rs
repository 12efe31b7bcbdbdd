//! Reading what decides a company's answer.

use async_trait::async_trait;
use domain::{
    FeatureKey, GrantTerms, Granted, ItemKey, ItemKind, ItemRef, ModuleKey, Standing, Status, Terms, Timestamp, Uuid,
    Window,
};
use sqlx::PgConnection;
use store::{CompanyReading, Reading, record::to_feature_value};

use crate::{
    ask::{Asked, Question},
    instant::Instant,
    shape::{counted, impossible},
};

/// [`store::Store::read`] for many companies in one statement.
pub(crate) struct Read;

#[async_trait]
impl Question for Read {
    type Answer = Reading;

    async fn ask(connection: &mut PgConnection, asked: &[Asked]) -> Result<Vec<Reading>, sqlx::Error> {
        let companies: Vec<_> = asked.iter().map(|asked| asked.company.uuid()).collect();
        let known: Vec<_> = asked.iter().map(|asked| asked.known.and_then(|seq| i64::try_from(seq).ok())).collect();
        let rows = sqlx::query_file_as!(Row, "src/read.sql", &companies, &known as _,);
        readings(asked, rows.fetch_all(connection).await?)
    }
}

/// One row of a company, or one without a row when it has none, is unknown or unchanged.
struct Row {
    place: i64,
    generation: i64,
    now: Instant,
    write_seq: Option<i64>,
    version_base: Option<i64>,
    last_write_at: Option<Instant>,
    what: Option<String>,
    key: Option<String>,
    status: Option<String>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
    quantity: Option<i64>,
    assigned_revision: Option<i32>,
    created_at: Option<Instant>,
    grant_id: Option<Uuid>,
    value: Option<String>,
}

impl Row {
    fn reading(&self, asked: Asked) -> Result<Reading, sqlx::Error> {
        let (now, generation) = (self.now.0, counted(self.generation)?);
        let company = match (self.write_seq, self.version_base, self.last_write_at) {
            (Some(seq), Some(version_base), Some(at)) => {
                let write_seq = counted(seq)?;
                if asked.known == Some(write_seq) {
                    CompanyReading::Unchanged
                } else {
                    let (company_id, last_write_at) = (asked.company, at.0);
                    let (terms, grants) = (Vec::new(), Vec::new());
                    let standing = Standing { company_id, write_seq, version_base, last_write_at, terms, grants };
                    CompanyReading::Standing(standing)
                }
            }
            _ => CompanyReading::Unknown,
        };
        Ok(Reading { now, generation, company })
    }

    /// Adds what the row holds; a company without anything has one row that holds nothing.
    fn add_to(self, standing: &mut Standing) -> Result<(), sqlx::Error> {
        let (Some(what), Some(key), Some(created_at)) = (self.what, self.key, self.created_at) else { return Ok(()) };
        if let Some(id) = self.grant_id {
            let window = [self.starts_at, self.ends_at];
            standing.grants.push(grant_terms_of(id, &what, &key, self.value.as_deref(), window, created_at)?);
            return Ok(());
        }
        let (Some(status), Some(quantity), Some(assigned)) = (self.status, self.quantity, self.assigned_revision)
        else {
            return Err(impossible("a company's row lacks a value"));
        };
        let windows = [self.starts_at, self.ends_at, self.grace_ends_at];
        standing.terms.push(terms_of(&what, &key, &status, windows, quantity, assigned, created_at)?);
        Ok(())
    }
}

/// The terms of a grant as it is stored.
pub(crate) fn grant_terms_of(
    id: Uuid,
    granted: &str,
    key: &str,
    value: Option<&str>,
    [starts_at, ends_at]: [Option<Instant>; 2],
    created_at: Instant,
) -> Result<GrantTerms, sqlx::Error> {
    let bad_key = || impossible("a grant's key is none");
    let granted = if granted == "module" {
        Granted::Module(ModuleKey::parse(key).map_err(|_| bad_key())?)
    } else {
        let value = value.and_then(|value| to_feature_value(&serde_json::from_str(value).ok()?).ok());
        let value = value.ok_or_else(|| impossible("a grant's value is none"))?;
        Granted::Feature(FeatureKey::parse(key).map_err(|_| bad_key())?, value)
    };
    let (starts_at, ends_at) = (starts_at.map(Timestamp::from), ends_at.map(Timestamp::from));
    let window = Window { starts_at, ends_at, grace_ends_at: None };
    Ok(GrantTerms { id, granted, window, created_at: created_at.0 })
}

/// The terms of a row as it is stored.
pub(crate) fn terms_of(
    kind: &str,
    key: &str,
    status: &str,
    [starts_at, ends_at, grace_ends_at]: [Option<Instant>; 3],
    quantity: i64,
    assigned_revision: i32,
    created_at: Instant,
) -> Result<Terms, sqlx::Error> {
    let kind = ItemKind::parse(kind).ok_or_else(|| impossible("an item kind is none"))?;
    Ok(Terms {
        item: ItemRef { kind, key: ItemKey::parse(key).map_err(|_| impossible("a catalog key is none"))? },
        status: Status::parse(status).ok_or_else(|| impossible("a status is none"))?,
        window: Window {
            starts_at: starts_at.map(Timestamp::from),
            ends_at: ends_at.map(Timestamp::from),
            grace_ends_at: grace_ends_at.map(Timestamp::from),
        },
        quantity: counted(quantity)?,
        assigned_revision: counted(assigned_revision)?,
        created_at: created_at.0,
    })
}

/// One reading for each asked, in their order.
fn readings(asked: &[Asked], rows: Vec<Row>) -> Result<Vec<Reading>, sqlx::Error> {
    let mut readings: Vec<Option<Reading>> = asked.iter().map(|_| None).collect();
    for row in rows {
        let index = usize::try_from(row.place).ok().and_then(|place| place.checked_sub(1));
        let slot = index.and_then(|index| Some((readings.get_mut(index)?, *asked.get(index)?)));
        let (slot, asked) = slot.ok_or_else(|| impossible("a row belongs to nobody"))?;
        let reading = match slot {
            Some(reading) => reading,
            None => slot.insert(row.reading(asked)?),
        };
        if let CompanyReading::Standing(standing) = &mut reading.company {
            row.add_to(standing)?;
        }
    }
    let complete = readings.into_iter().map(|reading| {
        let mut reading = reading.ok_or_else(|| impossible("the catalog has no state"))?;
        if let CompanyReading::Standing(standing) = &mut reading.company {
            standing.terms.sort_unstable_by(|one, other| one.item.cmp(&other.item));
            standing.grants.sort_unstable_by_key(|grant| grant.id);
        }
        Ok(reading)
    });
    complete.collect()
}
