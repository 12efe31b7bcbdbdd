//! `GET /internal/companies`.

use std::sync::Arc;

use api::{
    ItemStatus, Success,
    response::{CompanyLineView, CompanyList, RowView},
};
use axum::{Json, extract::State};
use domain::{Catalog, CompanyId, CompanyState, CreditScope, Holding, ItemKey, ItemKind, ItemRef};
use futures_util::future::try_join_all;
use http::Uri;
use store::{CompanyFilter, folded};

use super::super::{App, Caller, Problem, caller::CompaniesRead, document::ReadProblems, query::Query};
use crate::service::{from_instant, item_status, to_instant, word_status};

/// The longest `query`, in characters.
const MAX_QUERY_CHARS: usize = 200;

/// The companies that are known, by identifier, with their rows. Where a package or an add-on is named, status and end are asked of the
/// company's row for it; else of any row.
#[utoipa::path(get, path = "/internal/companies", tag = "Companies",
    params(
        ("query" = Option<String>, Query, description = "How the name begins, in any case; or a company's identifier", min_length = 1, max_length = 200),
        ("package" = Option<String>, Query, description = "The key of a package that the company has a row for", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        ("addon" = Option<String>, Query, description = "The key of an add-on that the company has a row for", max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        ("status" = Option<ItemStatus>, Query, description = "The status of such a row"),
        ("expiringBefore" = Option<String>, Query, description = "Such a row entitles, and its paid time ends between now and this instant", format = "date-time"),
        ("limit" = Option<u32>, Query, description = "Companies of the page, 1 to 500; 50 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before", format = "uuid"),
    ),
    responses((status = 200, description = "A page of the list", body = Success<CompanyList>), ReadProblems))]
pub async fn list_companies(
    State(app): State<Arc<App>>,
    _: Caller<CompaniesRead>,
    uri: Uri,
) -> Result<Json<Success<CompanyList>>, Problem> {
    let known = ["query", "package", "addon", "status", "expiringBefore", "limit", "cursor"];
    let query = Query::parse(uri.query(), &known)?;
    let limit = query.limit()?;
    let after = query.get("cursor").map(cursor).transpose()?;
    let _place = app.place().await?;
    let filter = filter(&query, &*app.core.current_catalog().await?)?;
    // One more than asked for tells whether there is a next page.
    let mut found = app.core.store().companies(&filter, after, limit + 1).await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| has_more).map(ToString::to_string);
    let states = found.iter().map(|company| app.core.store().load(*company, CreditScope::None));
    let companies = try_join_all(states).await?.iter().map(|loaded| line(&loaded.state)).collect();
    Ok(Json(Success::of(CompanyList { companies, next_cursor })))
}

fn cursor(text: &str) -> Result<CompanyId, Problem> {
    let company = domain::Uuid::parse_str(text).ok().and_then(CompanyId::new);
    company.ok_or_else(|| Problem::invalid("cursor", "cursor must be the nextCursor of the page before"))
}

fn filter(query: &Query, catalog: &Catalog) -> Result<CompanyFilter, Problem> {
    let mut filter = CompanyFilter {
        package: item(query, "package", ItemKind::Package, catalog)?,
        addon: item(query, "addon", ItemKind::Addon, catalog)?,
        ..CompanyFilter::default()
    };
    if let Some(word) = query.get("status") {
        let parsed = ItemStatus::deserialize(serde_json::Value::from(word));
        let words = "status must be active, inactive, cancelled, expired, trial or paused";
        filter.status = Some(word_status(parsed.map_err(|_| Problem::invalid("status", words))?));
    }
    if let Some(text) = query.get("expiringBefore") {
        let instant = api::Instant::parse(text);
        let instant = instant.map_err(|error| Problem::invalid("expiringBefore", format!("expiringBefore {error}")))?;
        filter.ends_before = Some(from_instant(instant));
    }
    if let Some(text) = query.get("query") {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_QUERY_CHARS {
            return Err(Problem::invalid("query", format!("query must have 1 to {MAX_QUERY_CHARS} characters")));
        }
        match domain::Uuid::parse_str(text).ok().and_then(CompanyId::new) {
            Some(company) => filter.company = Some(company),
            None => filter.name = Some(folded(text)),
        }
    }
    Ok(filter)
}

/// The item of a parameter, by its key or another name of it.
fn item(query: &Query, name: &str, kind: ItemKind, catalog: &Catalog) -> Result<Option<ItemKey>, Problem> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let key = ItemKey::parse(text).map_err(|error| Problem::invalid(name, format!("{name} {error}")))?;
    let known = catalog.item_named(&ItemRef { kind, key });
    let known =
        known.ok_or_else(|| Problem::invalid(name, format!("{name} `{text}` does not exist in the catalog")))?;
    Ok(Some(known.key.clone()))
}

fn line(state: &CompanyState) -> CompanyLineView {
    let rows = |kind| state.holdings.iter().filter(move |row| row.terms.item.kind == kind).map(row).collect();
    CompanyLineView {
        company_id: state.company_id.uuid(),
        name: state.profile.name.as_ref().map(ToString::to_string),
        packages: rows(ItemKind::Package),
        addons: rows(ItemKind::Addon),
    }
}

fn row(row: &Holding) -> RowView {
    let terms = &row.terms;
    RowView {
        key: terms.item.key.to_string(),
        status: item_status(row.shown_status()),
        starts_at: terms.window.starts_at.map(to_instant),
        ends_at: terms.window.ends_at.map(to_instant),
        grace_ends_at: terms.window.grace_ends_at.map(to_instant),
    }
}
