//! `?at=`: what was owned at an instant, or will be.

use std::sync::Arc;

use api::Instant;
use domain::{Catalog, CompanyId, CompanyState, Entitlements, Timestamp};

use super::super::{App, Problem, query::Query};
use crate::service::from_instant;

/// What a company owns, at which state and catalog.
pub(super) type Owned = (Entitlements, CompanyState, Arc<Catalog>);

/// The instant that is asked for, if one is.
pub(super) fn asked(query: &Query) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        let instant = Instant::parse(text).map(from_instant);
        instant.map_err(|error| Problem::invalid("at", format!("at `{text}` {error}")))
    };
    query.get("at").map(parse).transpose()
}

/// What the company owned at the instant that is asked for, or owns now.
pub(super) async fn owned(app: &App, company: CompanyId, query: &Query) -> Result<Owned, Problem> {
    let owned = match asked(query)? {
        Some(at) => app.core.resolved_at(company, at).await?,
        None => app.core.resolved(company).await?,
    };
    owned.ok_or_else(Problem::company_not_found)
}
