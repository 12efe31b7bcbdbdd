//! `GET /auth/me/access`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use platform_core_client::{NotKnown, Replica};
use serde_json::json;

use crate::{Accesses, Memberships};

struct Auth {
    memberships: Memberships,
    replica: Replica,
    accesses: Accesses,
}

/// The routes. Who calls stands in `X-Membership-Id`, in place of a session.
pub fn router(memberships: Memberships, replica: Replica) -> Router {
    let auth = Auth { memberships, replica, accesses: Accesses::default() };
    Router::new().route("/auth/me/access", get(my_access)).with_state(Arc::new(auth))
}

async fn my_access(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Response {
    let id = headers.get("x-membership-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(membership) = auth.memberships.get(id) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "no such membership"}))).into_response();
    };
    let reloads = || auth.replica.counts().reloads;
    let before = reloads();
    match auth.replica.check(membership.company_id) {
        Ok(answer) => {
            let life = Some(before).filter(|before| *before == reloads());
            Json(auth.accesses.of(membership, &answer, life).as_ref()).into_response()
        }
        // Known for certain: the company was never written, so it owns nothing.
        Err(NotKnown::NoSuchCompany) => Json(json!({"cacheKey": null, "permissions": []})).into_response(),
        Err(not_known) => {
            let body = Json(json!({"error": format!("access is not known right now: {not_known}")}));
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body).into_response()
        }
    }
}
