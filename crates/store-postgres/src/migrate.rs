//! Bringing a database to this build's schema.

use sqlx::{Connection, PgConnection};
use store::{SCHEMA_VERSION, StoreError};

use crate::{
    connect::Connector,
    failure::{is_missing_schema, unanswered},
    limits::{MIGRATE_GATE, MIGRATE_WITHIN},
    target::Target,
};

/// Every step from an empty database to [`SCHEMA_VERSION`], in order. A step that was released is never changed.
const STEPS: [&str; SCHEMA_VERSION as usize] = [
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_commercial_rules.sql"),
    include_str!("../migrations/0003_feed_state.sql"),
    include_str!("../migrations/0004_time.sql"),
    include_str!("../migrations/0005_credit_start.sql"),
    include_str!("../migrations/0006_webhooks.sql"),
    include_str!("../migrations/0007_feed_epoch.sql"),
];

/// Brings the database to [`SCHEMA_VERSION`], in one transaction. Running it twice, or in two processes at once, does it once.
///
/// Gives the version that this process found when its turn came: one that waited for another finds nothing left to do.
///
/// # Errors
/// [`StoreError::Schema`] when the database is newer than this build; [`StoreError::Unavailable`] when it is away, a standby, or
/// refuses.
pub async fn migrate(url: &str) -> Result<u32, StoreError> {
    let mut connection = Connector::new(Target::parse(url)?, MIGRATE_WITHIN).connect().await?;
    let steps = async {
        let mut transaction = connection.begin().await?;
        // The gate may be held for long by another process: the deadline is the statement's.
        sqlx::raw_sql("SET LOCAL lock_timeout = 0").execute(&mut *transaction).await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", MIGRATE_GATE).execute(&mut *transaction).await?;
        let found = version(&mut transaction).await?;
        for (number, step) in (1..).zip(STEPS).filter(|(number, _)| *number > found) {
            sqlx::raw_sql(step).execute(&mut *transaction).await?;
            let noted = sqlx::query!("INSERT INTO schema_version (version) VALUES ($1)", i32::try_from(number).ok());
            noted.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(found)
    };
    let found = tokio::time::timeout(MIGRATE_WITHIN, steps).await;
    let found = found.map_err(|_| StoreError::Unavailable("migrating took too long".to_owned()))?;
    let found = found.map_err(|error: sqlx::Error| unanswered(&error))?;
    match StoreError::schema(found) {
        Some(newer) if found > SCHEMA_VERSION => Err(newer),
        Some(_) | None => Ok(found),
    }
}

/// Gives a role what the service needs of a migrated database, and takes from it everything else: above all it cannot change or delete
/// history. The role must be there, and must not have the rights of the tables' owner.
///
/// # Errors
/// [`StoreError::Defect`] with the server's words when there is no such role, or it is the owner; [`StoreError::Unavailable`] when the
/// database is away.
pub async fn grant_service_role(url: &str, role: &str) -> Result<(), StoreError> {
    let mut connection = Connector::new(Target::parse(url)?, MIGRATE_WITHIN).connect().await?;
    let granted = sqlx::query!("SELECT grant_service($1::text::name)", role).execute(&mut connection).await;
    granted.map(|_| ()).map_err(|error| match error.as_database_error() {
        Some(said) => StoreError::Defect(said.message().to_owned()),
        None => unanswered(&error),
    })
}

/// The schema version of a database; 0 when it was never migrated.
///
/// # Errors
/// [`StoreError::Unavailable`] when it is away or a standby.
pub async fn schema_version(url: &str) -> Result<u32, StoreError> {
    let mut connection = Connector::new(Target::parse(url)?, MIGRATE_WITHIN).connect().await?;
    version(&mut connection).await.map_err(|error| unanswered(&error))
}

/// The schema version over a connection.
pub(crate) async fn version(connection: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let exists = sqlx::query_scalar!(r#"SELECT to_regclass('schema_version') IS NOT NULL AS "exists!""#);
    if !exists.fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    let version = sqlx::query_scalar!("SELECT max(version) FROM schema_version").fetch_one(connection).await?;
    Ok(version.and_then(|version| u32::try_from(version).ok()).unwrap_or(0))
}

/// The database's clock, if it has this build's schema; the schema version if it has another.
pub(crate) async fn ready(connection: &mut PgConnection) -> Result<Result<crate::instant::Instant, u32>, sqlx::Error> {
    let state = sqlx::query!(
        r#"
        SELECT clock_timestamp() AS "now!", (SELECT max(version) FROM schema_version) AS version
        "#
    );
    match state.fetch_one(connection).await {
        Ok(state) => {
            let version = state.version.and_then(|version| u32::try_from(version).ok()).unwrap_or(0);
            Ok(if version == SCHEMA_VERSION { Ok(state.now) } else { Err(version) })
        }
        Err(error) if is_missing_schema(&error) => Ok(Err(0)),
        Err(error) => Err(error),
    }
}
