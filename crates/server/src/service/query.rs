//! Reading: what a company owns, from memory where that is provably current.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use domain::{Catalog, CompanyId, Entitlements, Standing, Timestamp, resolve};
use store::{CompanyReading, StoreError};

use super::{Core, view::entitlements_view};
use crate::cache::{CachedAnswer, Lookup};

/// How often a read starts over because the catalog moved between two steps. Each time somebody's catalog write succeeded.
pub(super) const MAX_ATTEMPTS: u32 = 16;

/// An answer ready to be sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body, envelope included.
    pub body: Bytes,
    /// Its entitlement version.
    pub version: u64,
    /// Whether it came from memory without asking the database.
    pub from_memory: bool,
}

impl Core {
    /// The encoded entitlements of a company, if the process has them and knows them to be current, at a moment which this machine's
    /// monotonic clock and its calendar both name. Never waits.
    pub fn remembered(&self, company: CompanyId, moment: Instant, calendar: Timestamp) -> Option<Answer> {
        // On a shared store: the latest that the database's clock may tell, so that nothing is answered past its end.
        let now = if self.store.is_sole_writer() { calendar } else { self.knowledge.latest(moment)? };
        let catalog = self.catalog.borrow();
        match self.cache.lookup(company, catalog.generation, now) {
            Lookup::Answer { body, version } => Some(Answer { body, version, from_memory: true }),
            Lookup::Standing(_) | Lookup::NewerCatalog | Lookup::Miss => None,
        }
    }

    /// The encoded entitlements of a company; `None` when it was never written.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be known for certain right now.
    pub async fn entitlements(&self, company: CompanyId, wanted: Freshness) -> Result<Option<Answer>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let step = if self.store.is_sole_writer() {
                self.read_exact(company).await?
            } else if let Some(answer) = self.read_remembered(company, wanted) {
                return Ok(Some(answer));
            } else {
                self.read_confirmed(company).await?
            };
            match step {
                Step::Found(answer) => return Ok(Some(answer)),
                Step::Unknown => return Ok(None),
                Step::Again => tokio::task::yield_now().await,
            }
        }
        Err(StoreError::Unavailable("the catalog changes faster than it can be read".to_owned()))
    }

    /// What a company owns right now, with what decides it and the catalog it was resolved on; `None` when it was never written.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known for certain right now.
    pub async fn resolved(
        &self,
        company: CompanyId,
    ) -> Result<Option<(Entitlements, domain::CompanyState, Arc<Catalog>)>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let loaded = self.load(company, domain::CreditScope::None).await?;
            let catalog = self.catalog.at_least(loaded.generation, &*self.store).await?;
            if catalog.generation != loaded.generation {
                continue;
            }
            if !loaded.state.is_known() {
                return Ok(None);
            }
            let entitlements = resolve(&loaded.state.standing(), &catalog, loaded.now);
            return Ok(Some((entitlements, loaded.state, catalog)));
        }
        Err(StoreError::Unavailable("the catalog changes faster than it can be read".to_owned()))
    }

    /// A company's state with every lot of its credits, and the database's clock; `None` when it was never written.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known for certain right now.
    pub async fn with_credits(
        &self,
        company: CompanyId,
    ) -> Result<Option<(domain::CompanyState, Timestamp)>, StoreError> {
        let loaded = self.load(company, domain::CreditScope::All).await?;
        Ok(loaded.state.is_known().then_some((loaded.state, loaded.now)))
    }

    /// The catalog, known to be current.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known for certain right now.
    pub async fn current_catalog(&self) -> Result<Arc<Catalog>, StoreError> {
        if self.store.is_sole_writer() {
            return Ok(self.catalog.current());
        }
        let (catalog, _) = self.store.catalog().await?;
        Ok(self.catalog.put(catalog))
    }

    /// On a store that only this process writes, what memory holds is exact.
    async fn read_exact(&self, company: CompanyId) -> Result<Step, StoreError> {
        let catalog = self.catalog.current();
        let now = self.clock.now();
        match self.cache.lookup(company, catalog.generation, now) {
            Lookup::Answer { body, version } => {
                return Ok(Step::Found(Answer { body, version, from_memory: true }));
            }
            Lookup::Standing(standing) => {
                let answer = encode(&standing, &catalog, now);
                self.cache.answered(company, standing.write_seq, catalog.generation, &answer);
                return Ok(found(answer, true));
            }
            Lookup::NewerCatalog => return Ok(Step::Again),
            Lookup::Miss => {}
        }
        let (_, ticket) = self.cache.known(company);
        let reading = self.store.read(company, None).await?;
        let catalog = self.catalog.at_least(reading.generation, &*self.store).await?;
        match reading.company {
            _ if catalog.generation != reading.generation => Ok(Step::Again),
            CompanyReading::Unknown => Ok(Step::Unknown),
            CompanyReading::Unchanged => Ok(Step::Again),
            CompanyReading::Standing(standing) => {
                let answer = encode(&standing, &catalog, reading.now.max(now));
                self.cache.fill(ticket, &standing, catalog.generation, Some(&answer));
                Ok(found(answer, false))
            }
        }
    }

    /// On a store that others write too, what memory holds is good for a while after it was confirmed. A standing is resolved here only on
    /// the very catalog of that confirmation: then both were true at once.
    fn read_remembered(&self, company: CompanyId, wanted: Freshness) -> Option<Answer> {
        if wanted == Freshness::Strong {
            return None;
        }
        let answer = self.remembered(company, Instant::now(), self.clock.now()).or_else(|| {
            let generation = self.knowledge.generation();
            let catalog = self.catalog.current();
            let now = self.knowledge.now()?;
            if catalog.generation != generation {
                return None;
            }
            let Lookup::Standing(standing) = self.cache.lookup(company, generation, now.latest) else { return None };
            let answer = encode(&standing, &catalog, self.knowledge.not_before(now.earliest));
            // Near a boundary only the database can say on which side of it now is.
            if now.latest.micros() >= answer.valid_until {
                return None;
            }
            self.cache.answered(company, standing.write_seq, generation, &answer);
            Some(Answer { body: answer.body, version: answer.version, from_memory: true })
        })?;
        (wanted <= Freshness::AtLeast(answer.version)).then_some(answer)
    }

    /// On a store that others write too, one query says whether what memory holds is current, and brings what is if not.
    async fn read_confirmed(&self, company: CompanyId) -> Result<Step, StoreError> {
        let (known, ticket) = self.cache.known(company);
        let mut reading = self.store.read(company, known).await?;
        reading.now = self.not_before(reading.now);
        let catalog = self.catalog.at_least(reading.generation, &*self.store).await?;
        match reading.company {
            _ if catalog.generation != reading.generation => Ok(Step::Again),
            CompanyReading::Unknown => Ok(Step::Unknown),
            CompanyReading::Unchanged => match self.cache.lookup(company, catalog.generation, reading.now) {
                Lookup::Answer { body, version } => Ok(Step::Found(Answer { body, version, from_memory: false })),
                Lookup::Standing(standing) => {
                    let answer = encode(&standing, &catalog, reading.now);
                    self.cache.answered(company, standing.write_seq, catalog.generation, &answer);
                    Ok(found(answer, false))
                }
                Lookup::NewerCatalog | Lookup::Miss => Ok(Step::Again),
            },
            CompanyReading::Standing(standing) => {
                let answer = encode(&standing, &catalog, reading.now);
                self.cache.fill(ticket, &standing, catalog.generation, Some(&answer));
                Ok(found(answer, false))
            }
        }
    }
}

/// How fresh an answer must be, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Within the node's bound.
    Bounded,
    /// Of at least that version, or else confirmed by the database.
    AtLeast(u64),
    /// Confirmed by the database.
    Strong,
}

enum Step {
    Found(Answer),
    Unknown,
    Again,
}

fn found(answer: CachedAnswer, from_memory: bool) -> Step {
    Step::Found(Answer { body: answer.body, version: answer.version, from_memory })
}

fn encode(standing: &Standing, catalog: &Catalog, now: Timestamp) -> CachedAnswer {
    let entitlements = resolve(standing, catalog, now);
    let view = api::Success::of(entitlements_view(&entitlements));
    CachedAnswer {
        body: serde_json::to_vec(&view).unwrap_or_default().into(),
        version: entitlements.version,
        valid_until: entitlements.valid_until.map_or(i64::MAX, Timestamp::micros),
    }
}
