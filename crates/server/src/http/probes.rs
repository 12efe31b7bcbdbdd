//! Liveness and readiness (requirements 004 §13). Open: they say nothing about anybody.

use std::sync::{Arc, atomic::Ordering};

use api::{ErrorCode, Failure, Success, response::HealthView};
use axum::{Json, extract::State};
use store::StoreError;

use super::{App, Problem};

/// Whether the process lives. Asks nothing else, so it answers under any load.
#[utoipa::path(get, path = "/health", tag = "Service", security(()), responses(
    (status = 200, description = "The process lives", body = Success<HealthView>),
))]
pub async fn health() -> Json<Success<HealthView>> {
    Json(ok())
}

/// Whether the process can serve: the database answers, has the right schema, what other nodes write is known within the staleness bound, and
/// so are the keys of callers.
#[utoipa::path(get, path = "/ready", tag = "Service", security(()), responses(
    (status = 200, description = "Ready", body = Success<HealthView>),
    (status = 503, description = "Not ready", body = Failure),
))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Success<HealthView>>, Problem> {
    let not_ready = |message: &str| Problem::new(ErrorCode::NotReady, message);
    if app.draining.load(Ordering::SeqCst) {
        return Err(not_ready("shutting down"));
    }
    if let Err(error) = app.core.store().ready().await {
        tracing::warn!(error = %error, "not ready");
        return Err(match error {
            StoreError::Schema { .. } => not_ready(&error.to_string()),
            StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) | StoreError::Defect(_) => {
                not_ready("core database unavailable")
            }
        });
    }
    if !app.core.is_fresh() {
        return Err(not_ready("what other nodes write could not be confirmed within the staleness bound"));
    }
    if !app.keys.is_fresh() {
        return Err(not_ready("the keys of callers could not be confirmed"));
    }
    Ok(Json(ok()))
}

fn ok() -> Success<HealthView> {
    Success::of(HealthView { status: "ok".to_owned() })
}
