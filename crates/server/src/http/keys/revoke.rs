//! `DELETE /internal/keys/{keyId}`.

use std::sync::Arc;

use api::{ErrorCode, Success, response::KeyView};
use axum::extract::State;
use domain::Timestamp;
use futures_util::FutureExt;
use http::StatusCode;
use store::{KeyRecord, SystemChange};

use super::{
    super::{
        App, Caller, Problem,
        answer::rendered,
        call::{BareWriteRequest, without_version},
        caller::SystemAdmin,
        document::{DryRunParams, ReadProblems, UnversionedParams, WriteProblems},
        path::IdPath,
    },
    NO_VERSION, know,
    view::key_view,
};
use crate::service::{Call, SystemStep, Written};

/// Revokes an API key: every node refuses it within a second. Revoking it again changes nothing.
#[utoipa::path(delete, path = "/internal/keys/{keyId}", tag = "Keys",
    params(("keyId" = uuid::Uuid, Path, description = "The key's id"), DryRunParams, UnversionedParams),
    responses((status = 200, description = "The key, revoked", body = Success<KeyView>), ReadProblems, WriteProblems))]
pub async fn revoke_key(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    without_version(&call, NO_VERSION)?;
    let _place = app.place().await?;
    let (core, asked) = (Arc::clone(&app.core), call.clone());
    let decide = move |now| {
        let (core, call) = (Arc::clone(&core), asked.clone());
        async move {
            let ring = core.store().key_ring(None).await?;
            let known = ring.into_iter().flat_map(|ring| ring.keys).find(|key| key.id == id);
            let known = known.ok_or_else(|| Problem::new(ErrorCode::NotFound, "key not found"))?;
            Ok(step(known, call, now))
        }
        .boxed()
    };
    let written: Result<Written, Problem> = app.core.write_system(call, decide).await;
    know(&app).await;
    written
}

fn step(known: KeyRecord, call: Call, at: Timestamp) -> SystemStep {
    let id = known.id;
    let is_live = known.revoked_at.is_none();
    let key = KeyRecord { revoked_at: known.revoked_at.or(Some(at)), ..known };
    SystemStep {
        change: is_live.then(|| SystemChange::RevokeKeys { ids: vec![id], at }),
        answer: rendered(StatusCode::OK, key_view(&key), None, None),
        repeat: None,
        stored: Box::new(move || {
            tracing::info!(
                key_id = %id,
                name = key.name,
                changed_by = call.actor.as_str(),
                caller = call.caller.name.as_str(),
                request_id = call.request_id,
                "key revoked"
            );
        }),
    }
}
