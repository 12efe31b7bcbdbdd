//! `GET /internal/companies/{companyId}/history`.

use std::sync::Arc;

use api::{
    Success,
    response::{HistoryEntryView, HistoryView},
};
use axum::{Json, extract::State};
use domain::Timestamp;
use store::{HistoryEntry, HistoryPosition, HistorySource};

use http::Uri;

use super::super::{
    App, Caller, Problem,
    caller::HistoryRead,
    document::{CompanyParams, ReadProblems},
    path::CompanyPath,
    query::Query,
};
use crate::service::{item_status, to_instant};

/// A company's history, newest first: its own changes and the catalog changes that reached it.
#[utoipa::path(get, path = "/internal/companies/{companyId}/history", tag = "Companies",
    params(
        CompanyParams,
        ("limit" = Option<u32>, Query, description = "Entries of the page, 1 to 500; 50 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before", max_length = 100, pattern = "^[0-9]+\\.[01]\\.[0-9]+\\.[0-9]+$"),
    ),
    responses((status = 200, description = "A page of the history", body = Success<HistoryView>), ReadProblems))]
pub async fn get_history(
    State(app): State<Arc<App>>,
    _: Caller<HistoryRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<HistoryView>>, Problem> {
    let query = Query::parse(uri.query(), &["limit", "cursor"])?;
    let limit = query.limit()?;
    let before = query.get("cursor").map(position).transpose()?;
    let _place = app.place().await?;
    // One more than asked for tells whether there is a next page.
    let entries = app.core.store().history(company, before, limit + 1).await?;
    let mut entries = entries.ok_or_else(Problem::company_not_found)?;
    let has_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next_cursor = entries.last().filter(|_| has_more).map(|entry| cursor(entry.position));
    let history = entries.into_iter().map(view).collect();
    Ok(Json(Success::of(HistoryView { company_id: company.uuid(), history, next_cursor })))
}

fn view(entry: HistoryEntry) -> HistoryEntryView {
    HistoryEntryView {
        id: entry.id,
        change_type: entry.change_type.as_str().to_owned(),
        entity_type: entry.entity_type.as_str().to_owned(),
        entity_key: entry.entity_key,
        previous_status: entry.previous_status.map(item_status),
        new_status: entry.new_status.map(item_status),
        source: entry.source,
        changed_by: entry.changed_by,
        created_at: to_instant(entry.position.created_at),
    }
}

fn cursor(position: HistoryPosition) -> String {
    let source = match position.source {
        HistorySource::Catalog => 0,
        HistorySource::Company => 1,
    };
    format!("{}.{source}.{}.{}", position.created_at.micros(), position.number, position.part)
}

fn position(cursor: &str) -> Result<HistoryPosition, Problem> {
    let parsed = || {
        let mut parts = cursor.split('.');
        let created_at = Timestamp::from_micros(parts.next()?.parse().ok()?)?;
        let source = match parts.next()? {
            "0" => HistorySource::Catalog,
            "1" => HistorySource::Company,
            _ => return None,
        };
        let number = parts.next()?.parse().ok().filter(|number| i64::try_from(*number).is_ok())?;
        let part = parts.next()?.parse().ok().filter(|part| i32::try_from(*part).is_ok())?;
        parts.next().is_none().then_some(HistoryPosition { created_at, source, number, part })
    };
    parsed()
        .ok_or_else(|| Problem::invalid("cursor", "`cursor` is none of ours; give the `nextCursor` of the page before"))
}
