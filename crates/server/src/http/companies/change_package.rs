//! `POST` and `DELETE /internal/companies/{companyId}/change-package`.

use std::sync::Arc;

use api::{
    Previewed,
    request::ChangePackage,
    response::{AddonsMovedView, InvalidatedView, PackageChangeCancelledView, PackageChangedView, ReducedLimitView},
};
use axum::extract::State;
use domain::{ChangePackage as Change, Command, Direction, ItemKey, PackageChangeReport, Text, Uuid};
use http::StatusCode;

use super::{
    super::{
        App, Caller, Problem,
        call::{BareWriteRequest, WriteRequest},
        caller::CompaniesWrite,
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
    },
    holding::changes,
    preview::{previewed, previewed_at},
};
use crate::{
    service::{CompanyOutcome, CompanyWrite, Rendered, Write, Written, from_instant, to_instant},
    wire::{Reader, amount_body},
};

/// Moves a company from one package to another, at once or at an instant.
///
/// Only to an upgrade or downgrade target of a package in force. The answer tells what becomes of the add-ons, which limits shrink, and
/// whether access that rests on something lost must be looked at.
#[utoipa::path(post, path = "/internal/companies/{companyId}/change-package", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = ChangePackage,
    responses((status = 200, description = "What the change does", body = Previewed<PackageChangedView>), ReadProblems, WriteProblems))]
pub async fn change_package(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<ChangePackage>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let mut reader = Reader::default();
    let package = reader.parsed("packageKey", &body.package_key, ItemKey::parse);
    let from = body.from_package_key.and_then(|key| reader.parsed("fromPackageKey", &key, ItemKey::parse));
    let source = reader.line("source", &body.source, Text::SOURCE_CHARS);
    let external_reference = reader.line("externalReference", &body.external_reference, Text::REFERENCE_CHARS);
    let details = reader.into_details();
    let Some(package) = package.filter(|_| details.is_empty()) else { return Err(Problem::invalid_fields(details)) };
    let change = Change {
        fresh: Uuid::now_v7(),
        package,
        from,
        effective_at: body.effective_at.map(from_instant),
        deactivate_invalidated: body.deactivate_invalidated,
        source,
        external_reference,
    };
    let command = Command::ChangePackage(change.clone());
    let write = CompanyWrite { company, command, render: Box::new(move |outcome| render(outcome, &change)) };
    app.write(call, Write::Company(write)).await
}

/// Takes a planned change of package back. It leaves no trace in what the company owns.
#[utoipa::path(delete, path = "/internal/companies/{companyId}/change-package", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams),
    responses((status = 200, description = "The company after the write", body = Previewed<PackageChangeCancelledView>), ReadProblems, WriteProblems))]
pub async fn cancel_package_change(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: BareWriteRequest,
) -> Result<Written, Problem> {
    let call = request.by(&caller);
    let render = Box::new(|outcome: &CompanyOutcome| {
        let view = PackageChangeCancelledView {
            company_id: outcome.entitlements.company_id.uuid(),
            entitlement_version: outcome.entitlements.version,
            changes: changes(outcome),
        };
        previewed(StatusCode::OK, view, outcome)
    });
    let write = CompanyWrite { company, command: Command::CancelPackageChange, render };
    app.write(call, Write::Company(write)).await
}

fn render(outcome: &CompanyOutcome, change: &Change) -> Rendered {
    let at = outcome.changes.as_ref().map_or(outcome.entitlements.as_of, |changes| changes.at);
    let effective = change.effective_at.unwrap_or(at);
    let report = PackageChangeReport::of(&outcome.before, &outcome.state, &outcome.catalog, effective);
    let keys = |keys: &std::collections::BTreeSet<ItemKey>| keys.iter().map(ToString::to_string).collect();
    let left = outcome.changes.iter().flat_map(|changes| &changes.holdings).next();
    let direction = domain::direction(change, &outcome.before, &outcome.catalog, at).map(Direction::as_str);
    let view = PackageChangedView {
        company_id: outcome.entitlements.company_id.uuid(),
        package_key: change.package.to_string(),
        from_package_key: left.map(|row| row.after.terms.item.key.to_string()).unwrap_or_default(),
        direction: direction.unwrap_or_default().to_owned(),
        effective_at: to_instant(effective),
        addons: AddonsMovedView {
            preserved: keys(&report.preserved),
            invalidated: report
                .invalidated
                .iter()
                .map(|(key, at, reason)| InvalidatedView {
                    key: key.to_string(),
                    at: to_instant(*at),
                    reason: reason.clone(),
                })
                .collect(),
            redundant: keys(&report.redundant),
        },
        limits: report
            .limits
            .iter()
            .map(|limit| ReducedLimitView {
                feature_key: limit.feature.to_string(),
                before: amount_body(limit.before),
                after: limit.after.map(amount_body),
            })
            .collect(),
        access_review_required: report.access_review_required,
        entitlement_version: outcome.entitlements.version,
        changes: changes(outcome),
    };
    previewed_at(StatusCode::OK, view, outcome, effective)
}
