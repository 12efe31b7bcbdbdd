//! The catalog that the process works with, swapped whole.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::Catalog;
use store::{Store, StoreError};

/// Holds the newest catalog that the process has seen.
pub struct CatalogCell {
    current: ArcSwap<Catalog>,
    loading: tokio::sync::Mutex<()>,
}

impl CatalogCell {
    /// A cell that holds a catalog.
    pub fn new(catalog: Catalog) -> Self {
        Self { current: ArcSwap::from_pointee(catalog), loading: tokio::sync::Mutex::new(()) }
    }

    /// The catalog.
    pub fn current(&self) -> Arc<Catalog> {
        self.current.load_full()
    }

    /// The catalog, borrowed for as long as one lookup.
    pub fn borrow(&self) -> arc_swap::Guard<Arc<Catalog>> {
        self.current.load()
    }

    /// A catalog of at least that generation, loaded when the cell holds an older one. Many who ask at once load it once.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be loaded.
    pub async fn at_least(&self, generation: u64, store: &dyn Store) -> Result<Arc<Catalog>, StoreError> {
        let current = self.current();
        if current.generation >= generation {
            return Ok(current);
        }
        let _alone = self.loading.lock().await;
        let current = self.current();
        if current.generation >= generation {
            return Ok(current);
        }
        let (loaded, _) = store.catalog().await?;
        Ok(self.put(loaded))
    }

    /// Puts a catalog in, unless the cell holds a newer one; gives the one that it holds then.
    pub fn put(&self, catalog: Catalog) -> Arc<Catalog> {
        let catalog = Arc::new(catalog);
        self.current.rcu(
            |known| {
                if known.generation >= catalog.generation { Arc::clone(known) } else { Arc::clone(&catalog) }
            },
        );
        self.current()
    }
}
