//! Loading a company whole, to decide a command on.

use async_trait::async_trait;
use domain::{CompanyState, CreditLot, CreditScope, FeatureKey, Grant, Holding, Origin, Status, Text, Timestamp, Uuid};
use sqlx::PgConnection;
use store::{
    Loaded,
    record::{CompanyProfileRecord, RecordError, ReplacedRecord},
};

use crate::{
    ask::{Asked, Question},
    instant::Instant,
    read::{grant_terms_of, terms_of},
    shape::{counted, impossible, line, link, paragraph},
};

/// [`store::Store::load`] for many companies in one statement.
pub(crate) struct Load;

#[async_trait]
impl Question for Load {
    type Answer = Loaded;

    async fn ask(connection: &mut PgConnection, asked: &[Asked]) -> Result<Vec<Loaded>, sqlx::Error> {
        let companies: Vec<_> = asked.iter().map(|asked| asked.company.uuid()).collect();
        let credits: Vec<i32> = asked.iter().map(|asked| of_credits(asked.credits)).collect();
        let rows = sqlx::query_file_as!(Row, "src/load.sql", &companies, &credits);
        loads(asked, rows.fetch_all(connection).await?)
    }
}

/// One row of a company, or one without a row when it has none or is unknown.
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
    source: Option<String>,
    external_reference: Option<String>,
    created_by: Option<String>,
    updated_by: Option<String>,
    updated_at: Option<Instant>,
    trialed_at: Option<Instant>,
    paused_from: Option<String>,
    id: Option<Uuid>,
    /// What a row replaces, a grant's value or a profile's references, as JSON.
    detail: Option<String>,
    reason: Option<String>,
    remaining: Option<i64>,
    lapsed: Option<bool>,
    next_boundary: Option<Instant>,
    head: Option<Vec<u8>>,
}

/// How much of the credits is asked for, as the statement counts.
fn of_credits(scope: CreditScope) -> i32 {
    match scope {
        CreditScope::None => 0,
        CreditScope::Open => 1,
        CreditScope::All => 2,
    }
}

fn lacking() -> sqlx::Error {
    impossible("a company's row lacks a value")
}

fn unreadable(error: RecordError) -> sqlx::Error {
    sqlx::Error::Decode(error.0.into())
}

impl Row {
    fn loaded(&self, asked: Asked) -> Result<Loaded, sqlx::Error> {
        let mut state = CompanyState::unknown(asked.company);
        if let (Some(seq), Some(version_base), Some(at)) = (self.write_seq, self.version_base, self.last_write_at) {
            state.write_seq = counted(seq)?;
            state.version_base = version_base;
            state.last_write_at = at.0;
            state.next_boundary = self.next_boundary.map(Timestamp::from);
        }
        let head = link(self.head.as_deref())?;
        Ok(Loaded { now: self.now.0, generation: counted(self.generation)?, state, head })
    }

    /// Adds what the row holds; a company without anything has one row that holds nothing.
    fn add_to(self, state: &mut CompanyState) -> Result<(), sqlx::Error> {
        match self.what.as_deref() {
            None => {}
            Some("package" | "addon") => state.holdings.push(self.holding()?),
            Some("module" | "feature") => state.grants.push(self.grant()?),
            Some("lot") => state.credits.lots.push(self.lot()?),
            Some("profile") => {
                let references = self.detail.ok_or_else(lacking)?;
                state.profile = CompanyProfileRecord::from_columns(self.key, &references).map_err(unreadable)?;
            }
            Some(_) => return Err(impossible("a company has something unknown")),
        }
        Ok(())
    }

    fn holding(self) -> Result<Holding, sqlx::Error> {
        let windows = [self.starts_at, self.ends_at, self.grace_ends_at];
        let (Some(what), Some(key), Some(status)) = (self.what, self.key, self.status) else { return Err(lacking()) };
        let (Some(quantity), Some(assigned), Some(created_at), Some(updated_at)) =
            (self.quantity, self.assigned_revision, self.created_at, self.updated_at)
        else {
            return Err(lacking());
        };
        let optional = |text: Option<String>, limit| text.map(|text| line(&text, limit)).transpose();
        let actor = |text: Option<String>| {
            line(text.as_deref().ok_or_else(|| impossible("a company's row has no author"))?, Text::ACTOR_CHARS)
        };
        let origin = Origin {
            source: optional(self.source, Text::SOURCE_CHARS)?,
            external_reference: optional(self.external_reference, Text::REFERENCE_CHARS)?,
            created_by: actor(self.created_by)?,
            updated_by: actor(self.updated_by)?,
            updated_at: Timestamp::from(updated_at),
        };
        let terms = terms_of(&what, &key, &status, windows, quantity, assigned, created_at)?;
        let replaces = self.detail.map(|json| ReplacedRecord::from_json(&json)).transpose().map_err(unreadable)?;
        let none = || impossible("a row was paused from no status");
        let paused_from = self.paused_from.map(|word| Status::parse(&word).ok_or_else(none)).transpose()?;
        let (trialed_at, lapsed) = (self.trialed_at.map(Timestamp::from), self.lapsed.unwrap_or(false));
        Ok(Holding { terms, origin, trialed_at, paused_from, replaces, lapsed })
    }

    fn grant(self) -> Result<Grant, sqlx::Error> {
        let (Some(id), Some(what), Some(key), Some(created_at)) = (self.id, self.what, self.key, self.created_at)
        else {
            return Err(lacking());
        };
        let (Some(reason), Some(created_by)) = (self.reason, self.created_by) else { return Err(lacking()) };
        let window = [self.starts_at, self.ends_at];
        Ok(Grant {
            terms: grant_terms_of(id, &what, &key, self.detail.as_deref(), window, created_at)?,
            reason: paragraph(&reason, usize::MAX)?,
            source: self.source.map(|source| paragraph(&source, usize::MAX)).transpose()?,
            created_by: line(&created_by, Text::ACTOR_CHARS)?,
        })
    }

    fn lot(self) -> Result<CreditLot, sqlx::Error> {
        let (Some(id), Some(key), Some(granted), Some(remaining), Some(created_at)) =
            (self.id, self.key, self.quantity, self.remaining, self.created_at)
        else {
            return Err(lacking());
        };
        Ok(CreditLot {
            id,
            feature: FeatureKey::parse(&key).map_err(|_| impossible("a feature key is none"))?,
            granted: counted(granted)?,
            remaining: counted(remaining)?,
            starts_at: self.starts_at.map(Timestamp::from),
            expires_at: self.ends_at.map(Timestamp::from),
            purchase: self.external_reference.map(|purchase| paragraph(&purchase, usize::MAX)).transpose()?,
            created_at: created_at.0,
        })
    }
}

/// One state for each asked, in their order.
fn loads(asked: &[Asked], rows: Vec<Row>) -> Result<Vec<Loaded>, sqlx::Error> {
    let mut loads: Vec<Option<Loaded>> = asked.iter().map(|_| None).collect();
    for row in rows {
        let index = usize::try_from(row.place).ok().and_then(|place| place.checked_sub(1));
        let slot = index.and_then(|index| Some((loads.get_mut(index)?, *asked.get(index)?)));
        let (slot, asked) = slot.ok_or_else(|| impossible("a row belongs to nobody"))?;
        let loaded = match slot {
            Some(loaded) => loaded,
            None => slot.insert(row.loaded(asked)?),
        };
        row.add_to(&mut loaded.state)?;
    }
    let complete = loads.into_iter().map(|loaded| {
        let mut loaded = loaded.ok_or_else(|| impossible("the catalog has no state"))?;
        loaded.state.holdings.sort_unstable_by(|one, other| one.terms.item.cmp(&other.terms.item));
        loaded.state.grants.sort_unstable_by_key(|grant| grant.terms.id);
        loaded.state.credits.lots.sort_unstable_by_key(|lot| lot.id);
        Ok(loaded)
    });
    complete.collect()
}
