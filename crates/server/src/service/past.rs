//! What was owned at an instant that has passed, rebuilt from history, and what will be, as things are scheduled.

use std::{collections::VecDeque, sync::Arc};

use domain::{Catalog, CompanyId, CompanyState, CreditScope, Entitlements, Timestamp, resolve};
use parking_lot::Mutex;
use store::{PastCatalog, PastCompany, Store, StoreError};

use super::{Core, query::MAX_ATTEMPTS};

/// Rows of history asked for at once.
const PAGE: u32 = 500;

/// Past catalogs that are kept: whoever asks for one instant asks for its neighbours too.
const MAX_KEPT: usize = 8;

/// A catalog, and the instant at which the next one took its place.
#[derive(Clone, Debug)]
struct Era {
    catalog: Arc<Catalog>,
    until: Option<Timestamp>,
}

/// The past catalogs that were asked for last.
#[derive(Default)]
pub struct Eras(Mutex<VecDeque<Era>>);

impl Eras {
    fn at(&self, at: Timestamp) -> Option<Arc<Catalog>> {
        let eras = self.0.lock();
        let covers = |era: &&Era| era.catalog.changed_at <= at && era.until.is_some_and(|until| at < until);
        eras.iter().find(covers).map(|era| Arc::clone(&era.catalog))
    }

    fn keep(&self, era: Era) {
        let mut eras = self.0.lock();
        eras.push_front(era);
        eras.truncate(MAX_KEPT);
    }
}

impl Core {
    /// What a company owned at `at`, or will own as scheduled; `None` when it was not known then. What was written at that very instant
    /// counts.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer, or history from before schema version 2 would be needed.
    pub async fn resolved_at(
        &self,
        company: CompanyId,
        at: Timestamp,
    ) -> Result<Option<(Entitlements, CompanyState, Arc<Catalog>)>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let loaded = self.load(company, CreditScope::None).await?;
            let catalog = self.catalog.at_least(loaded.generation, &*self.store).await?;
            if catalog.generation != loaded.generation {
                continue;
            }
            if !loaded.state.is_known() {
                return Ok(None);
            }
            if at >= loaded.now {
                let entitlements = resolve(&loaded.state.standing(), &catalog, at);
                return Ok(Some((entitlements, loaded.state, catalog)));
            }
            let Some(mut past) = company_at(&*self.store, company, at).await? else { return Ok(None) };
            if let Some((_, written_at)) = past.unsaid_base {
                let then = self.catalog_at(written_at, &catalog).await?;
                past.complete(&then);
            }
            let catalog = self.catalog_at(at, &catalog).await?;
            return Ok(Some((resolve(&past.state.standing(), &catalog, at), past.state, catalog)));
        }
        Err(StoreError::Unavailable("the catalog changes faster than it can be read".to_owned()))
    }

    async fn catalog_at(&self, at: Timestamp, current: &Arc<Catalog>) -> Result<Arc<Catalog>, StoreError> {
        if current.changed_at <= at {
            return Ok(Arc::clone(current));
        }
        if let Some(catalog) = self.eras.at(at) {
            return Ok(catalog);
        }
        let (catalog, until) = catalog_at(&*self.store, at).await?;
        let catalog = Arc::new(catalog);
        self.eras.keep(Era { catalog: Arc::clone(&catalog), until });
        Ok(catalog)
    }
}

/// A company as it stood at `at`; `None` when it was not known then.
///
/// # Errors
/// [`StoreError`] when the store does not answer.
pub async fn company_at(
    store: &dyn Store,
    company: CompanyId,
    at: Timestamp,
) -> Result<Option<PastCompany>, StoreError> {
    let mut past = PastCompany::unknown(company);
    let mut after = (0, 0);
    loop {
        let page = store.company_log(company, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.write_seq, last.part);
        for line in &page {
            past.take_until(at, line)?;
        }
    }
    Ok(past.state.is_known().then_some(past))
}

/// The catalog as it stood at `at`, and the instant at which the next one took its place, if one did.
///
/// # Errors
/// [`StoreError`] when the store does not answer, or the history is of schema version 1, which does not say enough.
pub async fn catalog_at(store: &dyn Store, at: Timestamp) -> Result<(Catalog, Option<Timestamp>), StoreError> {
    let mut past = PastCatalog::empty();
    let mut after = (0, 0);
    loop {
        let page = store.catalog_log(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((past.catalog().clone(), None)) };
        after = (last.generation, last.part);
        for line in &page {
            if line.created_at > at {
                return Ok((past.catalog().clone(), Some(line.created_at)));
            }
            past.take(line)?;
        }
    }
}
