//! `GET /internal/keys`.

use std::sync::Arc;

use api::{Success, response::KeyList};
use axum::{Json, extract::State};
use http::Uri;

use super::{
    super::{App, Caller, Problem, caller::SystemAdmin, document::ReadProblems, query::Query},
    view::key_view,
};

/// Every API key, oldest first, revoked and expired ones too. Never a secret.
#[utoipa::path(get, path = "/internal/keys", tag = "Keys",
    responses((status = 200, description = "The keys", body = Success<KeyList>), ReadProblems))]
pub async fn list_keys(
    State(app): State<Arc<App>>,
    _: Caller<SystemAdmin>,
    uri: Uri,
) -> Result<Json<Success<KeyList>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let ring = app.core.store().key_ring(None).await?;
    let keys = ring.iter().flat_map(|ring| &ring.keys).map(key_view).collect();
    Ok(Json(Success::of(KeyList { keys })))
}
