//! The router, on one screen. Every route stands here once; the OpenAPI document comes from the same list.

use std::sync::Arc;

use api::ErrorCode;
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{App, Problem, RequestNote, catalog, changes, companies, document, entitlements, keys, probes, webhooks};

/// The routes with their documentation.
pub(super) fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(probes::health))
        .routes(routes!(probes::ready))
        .routes(routes!(entitlements::get_entitlements))
        .routes(routes!(entitlements::get_subscription_summary))
        .routes(routes!(entitlements::get_batch))
        .routes(routes!(entitlements::get_eligibility))
        .routes(routes!(entitlements::get_features))
        .routes(routes!(entitlements::get_feature))
        .routes(routes!(entitlements::get_explanation))
        .routes(routes!(companies::list_companies))
        .routes(routes!(entitlements::get_timeline))
        .routes(routes!(companies::get_history))
        .routes(routes!(companies::set_basic))
        .routes(routes!(companies::set_package))
        .routes(routes!(companies::set_addon))
        .routes(routes!(companies::deactivate_addon))
        .routes(routes!(companies::change_package, companies::cancel_package_change))
        .routes(routes!(companies::list_grants, companies::add_grant))
        .routes(routes!(companies::remove_grant))
        .routes(routes!(companies::get_credits))
        .routes(routes!(companies::get_ledger))
        .routes(routes!(companies::grant_credits))
        .routes(routes!(companies::consume_credits))
        .routes(routes!(companies::get_profile, companies::put_profile))
        .routes(routes!(companies::repair))
        .routes(routes!(catalog::list_modules, catalog::create_module))
        .routes(routes!(catalog::get_module, catalog::patch_module))
        .routes(routes!(catalog::list_packages, catalog::create_package))
        .routes(routes!(catalog::get_package, catalog::patch_package))
        .routes(routes!(catalog::list_addons, catalog::create_addon))
        .routes(routes!(catalog::get_addon, catalog::patch_addon))
        .routes(routes!(catalog::list_permissions, catalog::create_permission))
        .routes(routes!(catalog::list_features, catalog::create_feature))
        .routes(routes!(catalog::get_policy, catalog::patch_policy))
        .routes(routes!(catalog::list_package_revisions))
        .routes(routes!(catalog::list_addon_revisions))
        .routes(routes!(catalog::package_completeness))
        .routes(routes!(catalog::addon_completeness))
        .routes(routes!(catalog::list_package_roll_outs, catalog::start_package_roll_out))
        .routes(routes!(catalog::list_addon_roll_outs, catalog::start_addon_roll_out))
        .routes(routes!(catalog::get_package_roll_out))
        .routes(routes!(catalog::get_addon_roll_out))
        .routes(routes!(catalog::pause_package_roll_out))
        .routes(routes!(catalog::pause_addon_roll_out))
        .routes(routes!(catalog::resume_package_roll_out))
        .routes(routes!(catalog::resume_addon_roll_out))
        .routes(routes!(catalog::return_package_roll_out))
        .routes(routes!(catalog::return_addon_roll_out))
        .routes(routes!(catalog::export_catalog))
        .routes(routes!(catalog::plan_catalog))
        .routes(routes!(catalog::apply_catalog))
        .routes(routes!(catalog::backfill_catalog))
        .routes(routes!(catalog::list_change_requests))
        .routes(routes!(catalog::approve_change_request))
        .routes(routes!(catalog::reject_change_request))
        .routes(routes!(changes::get_changes))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .merge(webhook_routes())
}

/// The routes of outgoing webhooks.
fn webhook_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::list_webhook_endpoints, webhooks::create_webhook_endpoint))
        .routes(routes!(
            webhooks::get_webhook_endpoint,
            webhooks::patch_webhook_endpoint,
            webhooks::remove_webhook_endpoint
        ))
        .routes(routes!(webhooks::rotate_webhook_secret))
        .routes(routes!(webhooks::test_webhook_endpoint))
        .routes(routes!(webhooks::list_webhook_deliveries))
        .routes(routes!(webhooks::get_webhook_delivery))
        .routes(routes!(webhooks::redeliver_webhook))
}

/// The API.
pub fn router(app: Arc<App>) -> Router {
    let (router, _) = documented().split_for_parts();
    router
        .route("/openapi.json", get(document::json))
        .route("/docs", get(document::page))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(note_route))
        .fallback(not_found)
        .with_state(app)
}

/// The listener of metrics.
pub fn metrics_router(app: Arc<App>, dropped: impl Fn() -> u64 + Clone + Send + Sync + 'static) -> Router {
    let metrics = async move |State(app): State<Arc<App>>| {
        let text = app.core.metrics().render(&app.looked(dropped()));
        ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
    };
    Router::new().route("/metrics", get(metrics)).fallback(not_found).with_state(app)
}

async fn note_route(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if let (Some(path), Some(note)) = (path, request.extensions().get::<Arc<RequestNote>>()) {
        note.set_route(path.as_str());
    }
    next.run(request).await
}

async fn not_found() -> Response {
    Problem::new(ErrorCode::NotFound, "no such route; /openapi.json lists those there are").into_response()
}

async fn method_not_allowed() -> Response {
    Problem::new(ErrorCode::MethodNotAllowed, "the route does not take this method").into_response()
}
