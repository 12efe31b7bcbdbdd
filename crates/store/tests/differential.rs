//! Random sequences through the model store and the oracle.

use std::{future, sync::Arc};

use store::{
    conformance::{Fresh, Plan, differential},
    model::{ModelStore, SystemClock},
};

#[test]
fn the_model_store_answers_as_the_rules_say() {
    differential(Plan { operations: 6_000 }, || {
        let store = ModelStore::new(Arc::new(SystemClock));
        future::ready(vec![("model", Fresh::new(Arc::new(store), ()))])
    });
}
