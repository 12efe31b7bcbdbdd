//! Recording boundaries: what began and ended by time is written to history and feed, once, whichever node comes first. No answer and no
//! version depends on it.

use std::sync::Arc;

use domain::{Catalog, Command, CompanyId, CreditScope, Text, apply, decide};
use store::{Committed, CompanyCommit, Loaded};

use super::{Core, WriteError};

/// On whose behalf boundaries are recorded, and the request that they stand under.
const SWEEPER: &str = "platform-core";
const REQUEST: &str = "sweep";

/// The most boundaries that one look at a company records: more than a company's rows and grants can have.
const MAX_BOUNDARIES: u32 = 8_192;

impl Core {
    /// Records every boundary of a company that has passed and that its history does not tell of, in order, each under its own instant.
    /// Says how many.
    ///
    /// # Errors
    /// [`WriteError`] when the store does not answer.
    pub async fn sweep(&self, company: CompanyId) -> Result<u32, WriteError> {
        let _alone = (self.companies.enter(&company).await, self.gate.read().await);
        let (_, recorded) = self.load_told(company, CreditScope::None, true).await?;
        Ok(recorded)
    }

    /// Loads a company, with what passed recorded first: a write may replace the very row that it passed for. Gives nothing when others
    /// were in the way, and how many boundaries were recorded.
    pub(super) async fn load_told(
        &self,
        company: CompanyId,
        credits: CreditScope,
        record: bool,
    ) -> Result<(Option<(Loaded, Arc<Catalog>)>, u32), WriteError> {
        for recorded in 0..MAX_BOUNDARIES {
            let loaded = self.load(company, credits).await?;
            let catalog = self.catalog.at_least(loaded.generation, &*self.store).await?;
            if catalog.generation != loaded.generation {
                return Ok((None, recorded));
            }
            // As a write is judged: never before the company's last one, wherever the clock stands.
            let now = loaded.now.max(loaded.state.last_write_at);
            let is_due = loaded.state.next_boundary.is_some_and(|due| due <= now);
            if !record || !is_due {
                return Ok((Some((loaded, catalog)), recorded));
            }
            match self.record_boundary(&loaded, &catalog).await? {
                Some(Committed::Done) => {}
                Some(Committed::Raced) => return Ok((None, recorded)),
                // Nothing began or ended then: what is stored says so wrongly, and `verify` tells.
                None => return Ok((Some((loaded, catalog)), recorded)),
            }
        }
        Ok((None, MAX_BOUNDARIES))
    }

    async fn record_boundary(&self, loaded: &Loaded, catalog: &Catalog) -> Result<Option<Committed>, WriteError> {
        let actor =
            Text::line(SWEEPER, Text::ACTOR_CHARS).map_err(|_| WriteError::Defect("a name is none".to_owned()))?;
        let state = &loaded.state;
        let Some(changes) = decide(&Command::SweepBoundary, state, catalog, loaded.now, &actor)? else {
            return Ok(None);
        };
        let commit = CompanyCommit {
            changes: Some(changes.clone()),
            head: loaded.head,
            request_id: REQUEST.to_owned(),
            reply: None,
            too_late_at: None,
        };
        let committed = match self.store.commit(commit).await {
            Ok(committed) => committed,
            Err(error) => {
                self.cache.forget(state.company_id);
                return Err(error.into());
            }
        };
        if committed == Committed::Done {
            self.cache.written(&apply(state.clone(), &changes).standing(), catalog.generation);
            self.metrics.company_written("swept");
            for event in changes.events() {
                tracing::info!(
                    company_id = %changes.company_id,
                    change_type = event.change_type.as_str(),
                    entity_key = event.entity_key.as_deref(),
                    at = changes.at.micros(),
                    entitlement_version = changes.version,
                    "boundary recorded"
                );
            }
        }
        Ok(Some(committed))
    }
}
