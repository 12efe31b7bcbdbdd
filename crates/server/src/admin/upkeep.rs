//! Upkeep: what the background jobs do, by hand, and whether what is stored is what was written.

use std::sync::Arc;

use store::{Verified, model::SystemClock};

use super::AdminError;
use crate::{
    config::DatabaseUrl,
    jobs::{Swept, sweep_all},
    service::Core,
    startup::{Access, open_for_command},
    telemetry::Metrics,
};

/// Little memory is enough: each company is looked at once.
const CACHE_BYTES: usize = 1 << 20;

/// Records every boundary that has passed until now.
///
/// # Errors
/// [`AdminError`] when the database does not answer, or an embedded store is being served: its server sweeps.
pub async fn sweep(url: &DatabaseUrl) -> Result<Swept, AdminError> {
    let store = open_for_command(url, Access::Sole).await?;
    // Nothing is answered from what it remembers.
    let bound = std::time::Duration::ZERO;
    let core = Core::start(store, Arc::new(SystemClock), Metrics::new(), CACHE_BYTES, bound).await?;
    Ok(sweep_all(&core).await?)
}

/// Looks at everything that is stored, also while it is served.
///
/// # Errors
/// [`AdminError`] when the database does not answer. What is wrong with what is stored is told in the answer.
pub async fn verify(url: &DatabaseUrl) -> Result<Verified, AdminError> {
    let store = open_for_command(url, Access::Shared).await?;
    Ok(store::verify(&*store).await?)
}

/// Gives a role of a PostgreSQL database what the service needs, and takes everything else from it.
///
/// # Errors
/// [`AdminError`] when there is no such role, it owns the tables, or the database has no roles.
pub async fn grant_service_role(url: &DatabaseUrl, role: &str) -> Result<(), AdminError> {
    match url {
        DatabaseUrl::Postgres(url) => match store_postgres::grant_service_role(url.reveal(), role).await {
            Err(store::StoreError::Defect(said)) => Err(AdminError::Told(format!("--service-role `{role}`: {said}"))),
            granted => Ok(granted?),
        },
        DatabaseUrl::Sqlite(_) => Err(AdminError::Told(
            "--service-role is for PostgreSQL: a SQLite file has no roles; give it to the service's user alone"
                .to_owned(),
        )),
    }
}
