//! `GET /internal/companies/{companyId}/features` and `…/features/{featureKey}`.

use std::sync::Arc;

use api::{
    ErrorCode, FeatureAmount, Success,
    response::{FeatureInForceView, FeaturesView},
};
use axum::{Json, extract::State};
use domain::{CompanyId, Evaluation, FeatureKey, FeatureKind};
use http::Uri;

use super::super::{
    App, Caller, Problem,
    caller::EntitlementsRead,
    document::{CompanyParams, ReadProblems},
    path::{CompanyAndKey, CompanyPath},
    query::Query,
};
use crate::service::{feature_view, feature_views};

/// The features that a company has, with their sources; credits with their balance, which moves no version.
#[utoipa::path(get, path = "/internal/companies/{companyId}/features", tag = "Entitlements", params(CompanyParams),
    responses((status = 200, description = "The features", body = Success<FeaturesView>), ReadProblems))]
pub async fn get_features(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<FeaturesView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    Ok(Json(Success::of(features(&app, company).await?)))
}

/// One feature of a company. A feature that exists and that the company does not have is `false`, or 0.
#[utoipa::path(get, path = "/internal/companies/{companyId}/features/{featureKey}", tag = "Entitlements",
    params(CompanyParams, ("featureKey" = String, Path, description = "The feature's key", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")),
    responses((status = 200, description = "The feature", body = Success<FeatureInForceView>), ReadProblems))]
pub async fn get_feature(
    State(app): State<Arc<App>>,
    _: Caller<EntitlementsRead>,
    CompanyAndKey(company, key): CompanyAndKey,
    uri: Uri,
) -> Result<Json<Success<FeatureInForceView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let found = features(&app, company).await?.features.into_iter().find(|feature| feature.key == key);
    if let Some(found) = found {
        return Ok(Json(Success::of(found)));
    }
    let catalog = app.core.current_catalog().await?;
    let feature = FeatureKey::parse(&key).ok().and_then(|key| catalog.feature(&key).cloned());
    let feature =
        feature.ok_or_else(|| Problem::new(ErrorCode::NotFound, format!("feature `{key}` does not exist")))?;
    let value = match feature.kind {
        FeatureKind::Toggle => FeatureAmount::Toggle(false),
        FeatureKind::Limit | FeatureKind::Credit => FeatureAmount::Amount(0),
    };
    let view = feature_view(&feature);
    let none = FeatureInForceView { key: view.key, kind: view.kind, unit: view.unit, value, sources: Vec::new() };
    Ok(Json(Success::of(none)))
}

async fn features(app: &App, company: CompanyId) -> Result<FeaturesView, Problem> {
    let (entitlements, state, catalog) = app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    let has_credits = catalog.features().any(|feature| feature.kind == FeatureKind::Credit);
    let credits = if has_credits { app.core.with_credits(company).await? } else { None };
    let balances: Vec<(FeatureKey, u64)> = credits
        .iter()
        .flat_map(|(state, now)| {
            let keys: std::collections::BTreeSet<&FeatureKey> =
                state.credits.lots.iter().map(|lot| &lot.feature).collect();
            keys.into_iter().map(|key| (key.clone(), state.credits.balance(key, *now)))
        })
        .collect();
    let standing = state.standing();
    let evaluation = Evaluation::of(&standing, &catalog, entitlements.as_of);
    Ok(FeaturesView {
        company_id: company.uuid(),
        features: feature_views(&state, &evaluation, &balances),
        entitlement_version: entitlements.version,
    })
}
