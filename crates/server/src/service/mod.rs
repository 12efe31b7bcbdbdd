//! What the service does, apart from HTTP: one write path ([`Core::write`]) and the queries.

mod advice;
mod ahead;
mod backfill;
mod boundary;
mod catalog_cell;
mod catalog_view;
mod explain;
mod follow;
mod four_eyes;
mod impact;
mod knowledge;
mod past;
mod query;
mod roll_out;
mod roll_out_work;
mod seed;
mod sweep;
mod timeline;
mod turns;
mod view;
mod write;
mod write_catalog;
mod write_company;
mod write_system;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

pub use backfill::{Backfill, backfill};
pub use catalog_cell::CatalogCell;
pub use catalog_view::{
    change_request_view, feature_view, foretold, foretold_roll_out_view, item_detail, permission_view, planned_changes,
    policy_view, revision_view, roll_out_view,
};
pub use explain::{asked_of, explained, feature_views, source_view};
pub use follow::follow;
pub use impact::{Page, Weighed};
pub use past::{catalog_at, company_at};
pub use query::{Answer, Freshness};
pub use roll_out::{NewRollOut, RollOutError};
pub use roll_out_work::take_up_roll_outs;
pub use seed::{has_bootstrap_catalog, seed_bootstrap_catalog};
use store::{ReplyKey, Store, StoreError, WatchMark, model::Clock};
pub use timeline::timeline_view;
pub use view::{entitlements_view, from_instant, item_status, item_view, module_view, to_instant, word_status};
pub use write::{Call, Idempotency, Precondition, Rendered, Write, WriteError, Written};
pub use write_catalog::{Approval, CatalogAsk, CatalogOutcome, CatalogWrite};
pub use write_company::{CompanyOutcome, CompanyWrite};
pub use write_system::SystemStep;

use crate::{cache::CompanyCache, telemetry::Metrics};
use follow::LearntClock;
use knowledge::Knowledge;
use turns::Turns;

/// The service over one store: what every request, whichever way it came in, ends in.
pub struct Core {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    cache: CompanyCache,
    catalog: CatalogCell,
    eras: past::Eras,
    metrics: Arc<Metrics>,
    knowledge: Arc<Knowledge>,
    mark: tokio::sync::Mutex<Option<WatchMark>>,
    seen_writes: AtomicU64,
    /// Company writes hold it shared from load to cache, catalog writes alone: so no cached company is ever combined with a catalog
    /// that came after a write which the cache has not seen.
    gate: tokio::sync::RwLock<()>,
    companies: Turns<domain::CompanyId>,
    replies: Turns<ReplyKey>,
    roll_outs: Turns<domain::Uuid>,
}

impl Core {
    /// The service over a store, with the catalog loaded. On a store that others write too, `clock` is not used: the database's is, and
    /// what is remembered may be `staleness_bound` old.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or has another schema.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        cache_max_bytes: usize,
        staleness_bound: Duration,
    ) -> Result<Arc<Self>, StoreError> {
        store.ready().await?;
        let (catalog, _) = store.catalog().await?;
        let knowledge = Arc::new(Knowledge::new(staleness_bound));
        let clock = if store.is_sole_writer() { clock } else { Arc::new(LearntClock(Arc::clone(&knowledge))) };
        let core = Arc::new(Self {
            store,
            clock,
            cache: CompanyCache::new(cache_max_bytes),
            catalog: CatalogCell::new(catalog),
            eras: past::Eras::default(),
            metrics,
            knowledge,
            mark: tokio::sync::Mutex::new(None),
            seen_writes: AtomicU64::new(0),
            gate: tokio::sync::RwLock::new(()),
            companies: Turns::new(),
            replies: Turns::new(),
            roll_outs: Turns::new(),
        });
        if !core.store.is_sole_writer() {
            core.catch_up().await?;
        }
        Ok(core)
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The clock for what is not an answer about a company (keys, logs): the machine's, or the database's as far as it is known here.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// How many companies are cached, and their bytes.
    pub fn cache_size(&self) -> (usize, usize) {
        self.cache.size()
    }
}
