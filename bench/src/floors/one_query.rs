//! `axum-one-query`: what anyone would write first. axum, sqlx, a pool with its default settings, one query for each request.

use std::net::SocketAddr;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::types::Uuid;
use sqlx::{PgPool, Row};

use super::statements::READ;
use crate::Outcome;

/// Serves until the process ends.
///
/// # Errors
/// When the address or the database cannot be had.
pub async fn serve(listen: SocketAddr, database_url: &str) -> Outcome<()> {
    let pool = PgPool::connect(database_url).await?;
    let routes = Router::new()
        .route("/internal/companies/{companyId}/entitlements", get(entitlements))
        .route("/health", get(|| async { "ok" }))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, routes).await?;
    Ok(())
}

async fn entitlements(State(pool): State<PgPool>, Path(company): Path<Uuid>) -> Result<Json<Value>, StatusCode> {
    let rows = sqlx::query(READ).bind(company).fetch_all(&pool).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let body = body(company, &rows).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    body.map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn body(company: Uuid, rows: &[PgRow]) -> Result<Option<Value>, sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(None) };
    let version: i64 = first.try_get("version_base")?;
    let mut addons = Vec::new();
    let mut has_basic = false;
    for row in rows {
        let kind: &str = row.try_get("kind")?;
        let key: &str = row.try_get("key")?;
        let status: &str = row.try_get("status")?;
        if kind == "package" {
            has_basic |= status == "active";
        } else {
            addons.push(json!({"key": key, "status": status}));
        }
    }
    Ok(Some(json!({"success": true, "data": {
        "companyId": company.to_string(),
        "hasBasic": has_basic,
        "addons": addons,
        "entitlementVersion": version,
    }})))
}
