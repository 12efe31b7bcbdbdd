//! Loading a company whole, to decide a command on.

use async_trait::async_trait;
use domain::{CompanyState, Holding, Origin, Text, Timestamp};
use sqlx::PgConnection;
use store::Loaded;

use crate::{
    ask::{Asked, Question},
    instant::Instant,
    read::terms_of,
    shape::{counted, impossible, line},
};

/// [`store::Store::load`] for many companies in one statement.
pub(crate) struct Load;

#[async_trait]
impl Question for Load {
    type Answer = Loaded;

    async fn ask(connection: &mut PgConnection, asked: &[Asked]) -> Result<Vec<Loaded>, sqlx::Error> {
        let companies: Vec<_> = asked.iter().map(|asked| asked.company.uuid()).collect();
        let rows = sqlx::query_file_as!(Row, "src/load.sql", &companies,);
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
    is_package: Option<bool>,
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
}

impl Row {
    fn loaded(&self, asked: Asked) -> Result<Loaded, sqlx::Error> {
        let mut state = CompanyState::unknown(asked.company);
        if let (Some(seq), Some(version_base), Some(at)) = (self.write_seq, self.version_base, self.last_write_at) {
            state.write_seq = counted(seq)?;
            state.version_base = version_base;
            state.last_write_at = at.0;
        }
        Ok(Loaded { now: self.now.0, generation: counted(self.generation)?, state })
    }

    /// The row; `None` for a company without rows.
    fn holding(self) -> Result<Option<Holding>, sqlx::Error> {
        let (Some(is_package), Some(key), Some(status)) = (self.is_package, self.key, self.status) else {
            return Ok(None);
        };
        let windows = [self.starts_at, self.ends_at, self.grace_ends_at];
        let (Some(quantity), Some(assigned), Some(created_at), Some(updated_at)) =
            (self.quantity, self.assigned_revision, self.created_at, self.updated_at)
        else {
            return Err(impossible("a company's row lacks a value"));
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
        let terms = terms_of(is_package, &key, &status, windows, quantity, assigned, created_at)?;
        Ok(Some(Holding { terms, origin }))
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
        loaded.state.holdings.extend(row.holding()?);
    }
    let complete = loads.into_iter().map(|loaded| {
        let mut loaded = loaded.ok_or_else(|| impossible("the catalog has no state"))?;
        loaded.state.holdings.sort_unstable_by(|one, other| one.terms.item.cmp(&other.terms.item));
        Ok(loaded)
    });
    complete.collect()
}
