//! Random sequences through the embedded store, the model store and the oracle.

use std::sync::Arc;

use store::{
    conformance::{Fresh, Plan, differential},
    model::{ModelStore, SystemClock},
};
use store_sqlite::SqliteStore;

#[test]
fn the_embedded_store_answers_as_the_model_store_and_the_rules_say() {
    differential(Plan { operations: 1_500 }, || async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.db");
        store_sqlite::migrate(&path).unwrap();
        let embedded = SqliteStore::open(&path).unwrap().patient();
        let model = ModelStore::new(Arc::new(SystemClock));
        vec![("model", Fresh::new(Arc::new(model), ())), ("sqlite", Fresh::new(Arc::new(embedded), folder))]
    });
}
