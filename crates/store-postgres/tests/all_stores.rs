//! Random sequences through all three stores side by side, and the oracle.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use store::{
    conformance::{Fresh, Plan, differential, world::steadily},
    model::{ModelStore, SystemClock},
};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use throwaway::{Cluster, Options};

#[test]
fn all_stores_answer_alike_and_as_the_rules_say() {
    let (cluster, made) = (Arc::new(Cluster::start(Options::default()).unwrap()), AtomicU32::new(0));

    differential(Plan { operations: 600 }, || async {
        let name = format!("side_by_side_{}", made.fetch_add(1, Ordering::Relaxed));
        let url = cluster.create_database(&name).unwrap();
        steadily(async || store_postgres::migrate(&url).await).await.unwrap();
        let postgres = steadily(async || PostgresStore::connect(&url).await).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.db");
        store_sqlite::migrate(&path).unwrap();
        let sqlite = SqliteStore::open(&path).unwrap().patient();
        let model = ModelStore::new(Arc::new(SystemClock));
        vec![
            ("model", Fresh::new(Arc::new(model), ())),
            ("sqlite", Fresh::new(Arc::new(sqlite), folder)),
            ("postgres", Fresh::new(Arc::new(postgres), Arc::clone(&cluster))),
        ]
    });
}
