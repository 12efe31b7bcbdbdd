//! What the service does, apart from HTTP: one write path ([`Core::write`]) and the queries.

mod backfill;
mod boundary;
mod catalog_cell;
mod catalog_view;
mod explain;
mod impact;
mod once;
mod past;
mod query;
mod roll_out;
mod seed;
mod sweep;
mod timeline;
mod turns;
mod view;
mod write;
mod write_catalog;
mod write_company;

use std::sync::Arc;

pub use backfill::{Backfill, backfill};
pub use catalog_cell::CatalogCell;
pub use catalog_view::{
    change_request_view, feature_view, item_detail, permission_view, planned_changes, policy_view, revision_view,
    roll_out_view,
};
pub use explain::{explained, feature_views, source_view};
pub use impact::{Page, Weighed};
pub use past::{catalog_at, company_at};
pub use query::Answer;
pub use roll_out::{NewRollOut, RollOutError};
pub use seed::{has_bootstrap_catalog, seed_bootstrap_catalog};
use store::{ReplyKey, Store, StoreError, model::Clock};
pub use timeline::timeline_view;
pub use view::{entitlements_view, from_instant, item_status, item_view, module_view, to_instant, word_status};
pub use write::{Call, Idempotency, Precondition, Rendered, Write, WriteError, Written};
pub use write_catalog::{Approval, CatalogAsk, CatalogOutcome, CatalogWrite};
pub use write_company::{CompanyOutcome, CompanyWrite};

use crate::{cache::CompanyCache, telemetry::Metrics};
use turns::Turns;

/// The service over one store: what every request, whichever way it came in, ends in.
pub struct Core {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    cache: CompanyCache,
    catalog: CatalogCell,
    eras: past::Eras,
    metrics: Arc<Metrics>,
    /// Company writes hold it shared from load to cache, catalog writes alone: so no cached company is ever combined with a catalog
    /// that came after a write which the cache has not seen.
    gate: tokio::sync::RwLock<()>,
    companies: Turns<domain::CompanyId>,
    replies: Turns<ReplyKey>,
}

impl Core {
    /// The service over a store, with the catalog loaded.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or has another schema.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        cache_max_bytes: usize,
    ) -> Result<Arc<Self>, StoreError> {
        store.ready().await?;
        let (catalog, _) = store.catalog().await?;
        Ok(Arc::new(Self {
            store,
            clock,
            cache: CompanyCache::new(cache_max_bytes),
            catalog: CatalogCell::new(catalog),
            eras: past::Eras::default(),
            metrics,
            gate: tokio::sync::RwLock::new(()),
            companies: Turns::new(),
            replies: Turns::new(),
        }))
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The node's clock, for what is not an answer about a company (keys, logs).
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// How many companies are cached, and their bytes.
    pub fn cache_size(&self) -> (usize, usize) {
        self.cache.size()
    }
}
