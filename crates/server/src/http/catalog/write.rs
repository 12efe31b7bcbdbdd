//! What catalog writes have in common: the plain write, and the answer.

use api::{
    Detail,
    response::{ChangeView, ItemWritten, ModuleWritten},
};
use axum::http::StatusCode;
use domain::{CatalogCommand, ItemKind, Uuid};
use serde::Serialize;

use super::super::{App, Problem, answer::warned, call::Planned};
use crate::{
    service::{
        Approval, Call, CatalogAsk, CatalogOutcome, CatalogWrite, Rendered, Write, Written, change_request_view,
        foretold, item_view, module_view,
    },
    wire::Reader,
};

/// What was read, or a problem that names every bad field.
pub(super) fn finished<T>(reader: Reader, read: Option<T>) -> Result<T, Problem> {
    let details = reader.into_details();
    match read {
        Some(read) if details.is_empty() => Ok(read),
        Some(_) | None => Err(Problem::invalid_fields(details)),
    }
}

/// Carries out one command that nobody needs to approve.
pub(super) async fn write(
    app: &App,
    call: Call,
    planned: Planned,
    command: CatalogCommand,
    render: impl Fn(&CatalogOutcome) -> Rendered + Send + Sync + 'static,
) -> Result<Written, Problem> {
    let write = CatalogWrite {
        ask: CatalogAsk::Commands(vec![command]),
        approval: Approval::Impossible,
        preview: planned.page.filter(|_| call.dry_run),
        plan: planned.hash,
        render: Box::new(render),
    };
    app.write(call, Write::Catalog(write)).await
}

/// The answer about a module; `created` when it is new.
pub(super) fn render_module(outcome: &CatalogOutcome, id: Uuid, created: bool) -> Rendered {
    let written = |view| ModuleWritten { view, changes: changes(outcome), foretold: foretold(outcome) };
    let written = outcome.catalog.module_by_id(id).map(module_view).map(written);
    answer(outcome, written, created.then(|| format!("/internal/catalog/modules/{id}")))
}

/// The answer about a package or add-on; `created` when it is new.
pub(super) fn render_item(outcome: &CatalogOutcome, kind: ItemKind, id: Uuid, created: bool) -> Rendered {
    let written = |view| ItemWritten {
        view,
        changes: changes(outcome),
        foretold: foretold(outcome),
        change_request: outcome.waits.as_ref().map(change_request_view),
    };
    let item = outcome.catalog.item_by_id(kind, id);
    let written = item.map(|item| item_view(item, &outcome.catalog)).map(written);
    if outcome.waits.is_some() && !outcome.dry_run {
        return warned(StatusCode::ACCEPTED, written, warnings(outcome), Some(outcome.catalog.generation), None);
    }
    answer(outcome, written, created.then(|| format!("/internal/catalog/{}/{id}", plural(kind))))
}

/// The path segment of a kind.
pub(super) fn plural(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Package => "packages",
        ItemKind::Addon => "addons",
    }
}

/// What a lenient policy let pass.
pub(super) fn warnings(outcome: &CatalogOutcome) -> Vec<Detail> {
    outcome.change.iter().flat_map(|change| &change.warnings).cloned().map(Detail::from_breach).collect()
}

/// What a dry run says would change; `None` for a real write.
pub(super) fn changes(outcome: &CatalogOutcome) -> Option<Vec<ChangeView>> {
    let view = |event: &domain::CatalogEvent| ChangeView {
        change_type: event.change_type.as_str().to_owned(),
        entity_type: event.entity_type.as_str().to_owned(),
        entity_key: Some(event.after.key().to_owned()),
        previous_status: None,
        new_status: None,
    };
    outcome.dry_run.then(|| outcome.change.iter().flat_map(|change| &change.events).map(view).collect())
}

/// The answer to a write, with the place of what is new.
pub(super) fn answer<T: Serialize>(outcome: &CatalogOutcome, written: Option<T>, location: Option<String>) -> Rendered {
    let status = if location.is_some() && !outcome.dry_run { StatusCode::CREATED } else { StatusCode::OK };
    let location = location.filter(|_| !outcome.dry_run);
    warned(status, written, warnings(outcome), Some(outcome.catalog.generation), location)
}

/// A broken rule on the wire.
pub trait FromBreach {
    /// The detail that tells of it.
    fn from_breach(breach: domain::Breach) -> Self;
}

impl FromBreach for Detail {
    fn from_breach(breach: domain::Breach) -> Self {
        Self {
            field: breach.rule.to_owned(),
            message: breach.message,
            item: breach.subject,
            source: breach.source.map(ToOwned::to_owned),
        }
    }
}
