//! The conformance suite of the storage contract, on the embedded store.

use std::sync::Arc;

use store::conformance::Fresh;
use store_sqlite::SqliteStore;

async fn fresh() -> Fresh {
    // Opening a file needs no waiting; the suite asks for a future because a cluster does.
    std::future::ready(open()).await
}

fn open() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core.db");
    store_sqlite::migrate(&path).unwrap();
    Fresh::new(Arc::new(SqliteStore::open(&path).unwrap().patient()), folder)
}

store::conformance_tests!(fresh);
