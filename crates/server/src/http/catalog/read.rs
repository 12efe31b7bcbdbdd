//! What reads of the catalog have in common: they have no parameters, wait for their place, and are told by the catalog's generation.

use axum::response::Response;
use domain::Catalog;
use http::{HeaderMap, Uri};
use serde::Serialize;

use super::super::{App, Problem, answer::versioned, query::Query};

/// Answers with a view of the catalog as it is now: 304 when the caller has it already.
pub(super) async fn read<T: Serialize>(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    view: impl FnOnce(&Catalog) -> Result<T, Problem>,
) -> Result<Response, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let catalog = app.core.current_catalog().await?;
    Ok(versioned(headers, catalog.generation, view(&catalog)?))
}
