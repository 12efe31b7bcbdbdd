//! `axum-fixed`: a minimal axum server that answers a fixed body on the route of the entitlements.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::Outcome;

/// Serves until the process ends.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(listen: SocketAddr, body_bytes: usize) -> Outcome<()> {
    // The body lives as long as the process, so that answering copies a pointer and no text.
    let body: &'static str = Box::leak("x".repeat(body_bytes).into_boxed_str());
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let routes = Router::new().route("/internal/companies/{companyId}/entitlements", get(answer));
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, routes.route("/health", get(|| async { "ok" }))).await?;
    Ok(())
}
