//! Roll-outs of packages and add-ons: `…/{id or key}/roll-outs[/{rollOutId}[/pause|resume|return]]`.

use std::{collections::BTreeSet, sync::Arc};

use api::{
    Success,
    request::StartRollOut,
    response::{RollOutList, RollOutView},
};
use axum::{Json, extract::State};
use domain::{CompanyId, ItemKind, ItemRef};
use http::{StatusCode, Uri};
use store::{RollOut, RollOutStatus};

use super::{
    super::{
        App, Caller, Problem,
        answer::rendered,
        call::{BareWriteRequest, PlannedRequest},
        caller::{CatalogRead, CatalogWrite as NeedsCatalogWrite},
        document::{DryRunParams, PlanParams, ReadProblems, WriteParams, WriteProblems},
        path::{IdOrKey, ItemAndId},
        query::Query,
    },
    revisions::named,
};
use crate::service::{NewRollOut, Weighed, Written, foretold_roll_out_view, roll_out_view};

/// Companies moved at a time when nothing is said.
const DEFAULT_BATCH: u32 = 500;
/// The most companies moved at a time.
const MAX_BATCH: u32 = 10_000;
/// The most companies named by one roll-out.
const MAX_NAMED: usize = 10_000;

async fn item(app: &App, kind: ItemKind, which: &IdOrKey) -> Result<ItemRef, Problem> {
    let catalog = app.core.current_catalog().await?;
    named(&catalog, kind, which).map(domain::Item::reference)
}

async fn list(app: &App, kind: ItemKind, which: &IdOrKey, uri: &Uri) -> Result<Json<Success<RollOutList>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let item = item(app, kind, which).await?;
    let roll_outs = app.core.store().roll_outs(Some(&item)).await?;
    Ok(Json(Success::of(RollOutList { roll_outs: roll_outs.iter().map(roll_out_view).collect() })))
}

async fn get(
    app: &App,
    kind: ItemKind,
    ItemAndId(which, id): ItemAndId,
    uri: &Uri,
) -> Result<Json<Success<RollOutView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let item = item(app, kind, &which).await?;
    let roll_out = app.core.find_roll_out(Some(&item), id).await?;
    Ok(Json(Success::of(roll_out_view(&roll_out))))
}

async fn start(
    app: &Arc<App>,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    which: &IdOrKey,
    request: PlannedRequest<StartRollOut>,
) -> Result<Written, Problem> {
    let (body, call, planned) = request.by(caller);
    let companies = |ids: &[domain::Uuid], field: &str| {
        if ids.len() > MAX_NAMED {
            return Err(Problem::invalid(field, format!("{field} must name at most {MAX_NAMED} companies")));
        }
        let nil = || Problem::invalid(field, format!("{field} must not hold the nil UUID"));
        ids.iter().map(|id| CompanyId::new(*id).ok_or_else(nil)).collect::<Result<BTreeSet<_>, _>>()
    };
    let only = body.company_ids.map(|ids| companies(&ids, "companyIds")).transpose()?;
    if only.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(Problem::invalid("companyIds", "companyIds names nobody; leave it out for every holder"));
    }
    let percent = body.percent.unwrap_or(100);
    if !(1..=100).contains(&percent) {
        return Err(Problem::invalid("percent", "percent must be from 1 to 100"));
    }
    let batch_size = body.batch_size.unwrap_or(DEFAULT_BATCH);
    if !(1..=MAX_BATCH).contains(&batch_size) {
        return Err(Problem::invalid("batchSize", format!("batchSize must be from 1 to {MAX_BATCH}")));
    }
    let new = NewRollOut {
        item: item(app, kind, which).await?,
        to_revision: body.to_revision,
        only: only.map(|ids| ids.into_iter().collect()),
        exclude: companies(&body.exclude, "exclude")?.into_iter().collect(),
        percent,
        batch_size,
        start_paused: body.start_paused,
        page: planned.page.unwrap_or_default(),
        plan: planned.hash,
    };
    let status = if call.dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let render = move |roll_out: &RollOut, weighed: Option<&Weighed>| {
        let view = match weighed {
            Some(weighed) => foretold_roll_out_view(roll_out, weighed),
            None => roll_out_view(roll_out),
        };
        rendered(status, view, None, None)
    };
    Ok(app.core.start_roll_out(new, call, render).await?)
}

async fn steer(
    app: &Arc<App>,
    caller: &Caller<NeedsCatalogWrite>,
    kind: ItemKind,
    ItemAndId(which, id): ItemAndId,
    to: RollOutStatus,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(caller);
    let item = item(app, kind, &which).await?;
    let render = |roll_out: &RollOut| rendered(StatusCode::OK, roll_out_view(roll_out), None, None);
    Ok(app.core.steer_roll_out(item, id, to, call, render).await?)
}

/// The roll-outs of a package, newest first.
#[utoipa::path(get, path = "/internal/catalog/packages/{packageId}/roll-outs", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$")),
    responses((status = 200, description = "The roll-outs", body = Success<RollOutList>), ReadProblems))]
pub async fn list_package_roll_outs(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    which: IdOrKey,
    uri: Uri,
) -> Result<Json<Success<RollOutList>>, Problem> {
    list(&app, ItemKind::Package, &which, &uri).await
}

/// Moves the holders of a package to a revision, batch by batch, in the background.
#[utoipa::path(post, path = "/internal/catalog/packages/{packageId}/roll-outs", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), DryRunParams, PlanParams, WriteParams), request_body = StartRollOut,
    responses(
        (status = 201, description = "The roll-out", body = Success<RollOutView>),
        (status = 200, description = "What a dry run would make", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn start_package_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    which: IdOrKey,
    request: PlannedRequest<StartRollOut>,
) -> Result<Written, Problem> {
    start(&app, &caller, ItemKind::Package, &which, request).await
}

/// One roll-out of a package, with its progress.
#[utoipa::path(get, path = "/internal/catalog/packages/{packageId}/roll-outs/{rollOutId}", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id")),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems))]
pub async fn get_package_roll_out(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    path: ItemAndId,
    uri: Uri,
) -> Result<Json<Success<RollOutView>>, Problem> {
    get(&app, ItemKind::Package, path, &uri).await
}

/// Holds a roll-out up after its present batch.
#[utoipa::path(post, path = "/internal/catalog/packages/{packageId}/roll-outs/{rollOutId}/pause", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn pause_package_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Package, path, RollOutStatus::Paused, request).await
}

/// Goes on with a roll-out that was held up.
#[utoipa::path(post, path = "/internal/catalog/packages/{packageId}/roll-outs/{rollOutId}/resume", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn resume_package_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Package, path, RollOutStatus::Running, request).await
}

/// Moves everyone that a roll-out has moved back to where they were, in one step.
#[utoipa::path(post, path = "/internal/catalog/packages/{packageId}/roll-outs/{rollOutId}/return", tag = "Roll-outs",
    params(("packageId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn return_package_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Package, path, RollOutStatus::Returning, request).await
}

/// The roll-outs of an add-on, newest first.
#[utoipa::path(get, path = "/internal/catalog/addons/{addonId}/roll-outs", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$")),
    responses((status = 200, description = "The roll-outs", body = Success<RollOutList>), ReadProblems))]
pub async fn list_addon_roll_outs(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    which: IdOrKey,
    uri: Uri,
) -> Result<Json<Success<RollOutList>>, Problem> {
    list(&app, ItemKind::Addon, &which, &uri).await
}

/// Moves the holders of an add-on to a revision, batch by batch, in the background.
#[utoipa::path(post, path = "/internal/catalog/addons/{addonId}/roll-outs", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), DryRunParams, PlanParams, WriteParams), request_body = StartRollOut,
    responses(
        (status = 201, description = "The roll-out", body = Success<RollOutView>),
        (status = 200, description = "What a dry run would make", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn start_addon_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    which: IdOrKey,
    request: PlannedRequest<StartRollOut>,
) -> Result<Written, Problem> {
    start(&app, &caller, ItemKind::Addon, &which, request).await
}

/// One roll-out of an add-on, with its progress.
#[utoipa::path(get, path = "/internal/catalog/addons/{addonId}/roll-outs/{rollOutId}", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id")),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems))]
pub async fn get_addon_roll_out(
    State(app): State<Arc<App>>,
    _: Caller<CatalogRead>,
    path: ItemAndId,
    uri: Uri,
) -> Result<Json<Success<RollOutView>>, Problem> {
    get(&app, ItemKind::Addon, path, &uri).await
}

/// Holds a roll-out up after its present batch.
#[utoipa::path(post, path = "/internal/catalog/addons/{addonId}/roll-outs/{rollOutId}/pause", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn pause_addon_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Addon, path, RollOutStatus::Paused, request).await
}

/// Goes on with a roll-out that was held up.
#[utoipa::path(post, path = "/internal/catalog/addons/{addonId}/roll-outs/{rollOutId}/resume", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn resume_addon_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Addon, path, RollOutStatus::Running, request).await
}

/// Moves everyone that a roll-out has moved back to where they were, in one step.
#[utoipa::path(post, path = "/internal/catalog/addons/{addonId}/roll-outs/{rollOutId}/return", tag = "Roll-outs",
    params(("addonId" = String, Path, description = "Id or key", max_length = 64, pattern = "^[A-Za-z0-9_-]+$"), ("rollOutId" = uuid::Uuid, Path, description = "The roll-out's id"), DryRunParams, WriteParams),
    responses((status = 200, description = "The roll-out", body = Success<RollOutView>), ReadProblems, WriteProblems))]
pub async fn return_addon_roll_out(
    State(app): State<Arc<App>>,
    caller: Caller<NeedsCatalogWrite>,
    path: ItemAndId,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    steer(&app, &caller, ItemKind::Addon, path, RollOutStatus::Returning, request).await
}
