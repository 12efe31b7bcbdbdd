//! `DELETE /internal/keys/{keyId}`.

use std::sync::Arc;

use api::{ErrorCode, Success, response::KeyView};
use axum::{Json, extract::State};
use http::Uri;

use super::{
    super::{App, Caller, Problem, caller::SystemAdmin, document::ReadProblems, path::IdPath, query::Query},
    view::key_view,
};

/// Revokes an API key: every node refuses it within a second. Revoking it again changes nothing.
#[utoipa::path(delete, path = "/internal/keys/{keyId}", tag = "Keys",
    params(("keyId" = uuid::Uuid, Path, description = "The key's id")),
    responses((status = 200, description = "The key, revoked", body = Success<KeyView>), ReadProblems))]
pub async fn revoke_key(
    State(app): State<Arc<App>>,
    caller: Caller<SystemAdmin>,
    IdPath(id): IdPath,
    uri: Uri,
) -> Result<Json<Success<KeyView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let revoked = app.core.store().revoke_keys(&id.to_string()).await?;
    for key in &revoked {
        tracing::info!(key_id = %key.id, name = key.name, changed_by = caller.identity.name.as_str(), "key revoked");
    }
    let ring = app.core.store().key_ring(None).await?;
    let key = ring.iter().flat_map(|ring| &ring.keys).find(|key| key.id == id);
    let key = key.ok_or_else(|| Problem::new(ErrorCode::NotFound, "key not found"))?;
    Ok(Json(Success::of(key_view(key))))
}
