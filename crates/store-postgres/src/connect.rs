//! Connecting: to a server that accepts writes, within a deadline, with the settings that every statement of ours relies on.

use std::{sync::atomic::Ordering, time::Duration};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use store::StoreError;

use crate::{
    failure::said,
    limits::{CONNECT_WITHIN, IDLE_IN_TRANSACTION_WITHIN, LOCK_WITHIN},
    target::Target,
};

/// Makes connections of one kind.
#[derive(Clone)]
pub(crate) struct Connector {
    target: Target,
    statement_within: Duration,
}

impl Connector {
    /// A connector whose connections give up on a statement after a while.
    pub(crate) fn new(target: Target, statement_within: Duration) -> Self {
        Self { target, statement_within }
    }

    /// Says that a connection was lost: every other one may be dead as well.
    pub(crate) fn alarm(&self) {
        self.target.alarms().fetch_add(1, Ordering::Relaxed);
    }

    /// How often an alarm was raised.
    pub(crate) fn alarms(&self) -> u64 {
        self.target.alarms().load(Ordering::Relaxed)
    }

    /// A connection to the first server that accepts writes.
    pub(crate) async fn connect(&self) -> Result<PgConnection, StoreError> {
        let search = async {
            let mut reasons = Vec::new();
            // With several servers a hanging one must leave time for the next.
            let each = CONNECT_WITHIN / u32::try_from(self.target.servers().len().max(1)).unwrap_or(u32::MAX);
            for server in self.target.servers() {
                match tokio::time::timeout(each, self.connect_to(server)).await {
                    Ok(Ok(connection)) => return Ok(connection),
                    Ok(Err(reason)) => reasons.push(reason),
                    Err(_) => reasons.push("connecting took too long".to_owned()),
                }
            }
            Err(StoreError::Unavailable(reasons.join("; ")))
        };
        let late = StoreError::Unavailable("connecting took too long".to_owned());
        tokio::time::timeout(CONNECT_WITHIN, search).await.unwrap_or(Err(late))
    }

    async fn connect_to(&self, server: &PgConnectOptions) -> Result<PgConnection, String> {
        let mut connection = PgConnection::connect_with(server).await.map_err(|error| said(&error))?;
        // Generic plans: every statement of ours is planned once a connection, with index scans whatever the statistics say.
        let settings = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};
             SET plan_cache_mode = force_generic_plan; SET jit = off; SET default_transaction_isolation = 'read committed'",
            self.statement_within.as_millis(),
            LOCK_WITHIN.as_millis(),
            IDLE_IN_TRANSACTION_WITHIN.as_millis(),
        );
        // Numbers of ours only, no text of anybody's.
        let set = sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut connection).await;
        set.map_err(|error| said(&error))?;
        let server = sqlx::query!(
            r#"
            SELECT
                pg_is_in_recovery() AS "is_standby!",
                current_setting('transaction_read_only') = 'on' AS "is_read_only!"
            "#
        );
        let server = server.fetch_one(&mut connection).await.map_err(|error| said(&error))?;
        // A standby can show commits in another order than the primary: entitlements are never answered from one.
        if server.is_standby || server.is_read_only {
            return Err("the server accepts no writes (it is a standby or read-only)".to_owned());
        }
        Ok(connection)
    }
}
