//! The conformance suite on the model store.

use std::{future, sync::Arc};

use store::{
    conformance::Fresh,
    model::{ModelStore, SystemClock},
};

fn fresh() -> future::Ready<Fresh> {
    future::ready(Fresh::new(Arc::new(ModelStore::new(Arc::new(SystemClock))), ()))
}

store::conformance_tests!(fresh);
