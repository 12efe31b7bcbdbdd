//! Watching what all nodes write.
//!
//! The feed shows a change once nothing can come before it, which may be long after it was committed and answered. A watcher needs no order,
//! but everything: so it asks for the changes that are visible now and were not in the snapshot of its last look, whichever transaction
//! made them. Each is seen by exactly one look.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::PgConnection;
use store::{StoreError, WatchMark, Watched};
use tokio::{
    sync::Mutex,
    time::{Instant as Moment, timeout_at},
};

use crate::{
    connect::Connector,
    failure::unanswered,
    instant::Instant,
    limits::{ANSWER_WITHIN, WATCHED_CHANGES},
    shape::{company, counted, impossible},
};

/// A snapshot in which nothing is visible yet.
const NOTHING_SEEN: &str = "3:3:";

/// The connection of the watcher: its own, so that a look waits for nobody.
pub(crate) struct Watcher {
    connector: Connector,
    current: Mutex<Option<Connected>>,
    made: AtomicU64,
}

struct Connected {
    number: u64,
    connection: PgConnection,
}

impl Watcher {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, current: Mutex::const_new(None), made: AtomicU64::new(0) }
    }

    /// Looks once. The connection is closed when a look fails or is given up, and then a mark that was made on it says nothing any more:
    /// the server may have been replaced, or have crashed and given the numbers of lost transactions to new ones.
    pub(crate) async fn watch(&self, since: Option<&WatchMark>) -> Result<Watched, StoreError> {
        let deadline = Moment::now() + ANSWER_WITHIN;
        let late = || StoreError::Unavailable("the database did not answer in time".to_owned());
        let Ok(mut current) = timeout_at(deadline, self.current.lock()).await else { return Err(late()) };
        let connected = current.take();
        let looking = async {
            let mut connected = match connected {
                Some(connected) => connected,
                None => Connected {
                    connection: self.connector.connect().await?,
                    number: self.made.fetch_add(1, Ordering::Relaxed),
                },
            };
            let watched = look(&mut connected, since).await.map_err(|error| unanswered(&error))??;
            Ok((connected, watched))
        };
        let (connected, watched) = timeout_at(deadline, looking).await.unwrap_or_else(|_| Err(late()))?;
        *current = Some(connected);
        Ok(watched)
    }
}

async fn look(
    connected: &mut Connected,
    since: Option<&WatchMark>,
) -> Result<Result<Watched, StoreError>, sqlx::Error> {
    let since = since.filter(|since| since.connection == connected.number);
    // Without a mark nothing is asked for: the limit is 0.
    let limit = if since.is_some() { WATCHED_CHANGES } else { 0 };
    let snapshot = since.map_or(NOTHING_SEEN, |since| since.seen.as_str());
    let rows = sqlx::query_file_as!(Row, "src/watch.sql", snapshot, limit).fetch_all(&mut connected.connection).await?;
    let first = rows.first().ok_or_else(|| impossible("the catalog has no state"))?;
    if let Some(other) = StoreError::schema(first.schema.and_then(|version| u32::try_from(version).ok()).unwrap_or(0)) {
        return Ok(Err(other));
    }
    let changes: i64 = rows.iter().filter_map(|row| row.changes).sum();
    let is_known = since.is_some() && !first.is_pruned && changes < limit;
    let mut watched = Watched {
        now: first.now.0,
        generation: counted(first.generation)?,
        key_generation: counted(first.key_generation)?,
        written: None,
        mark: WatchMark { connection: connected.number, seen: first.snapshot.clone() },
    };
    if is_known {
        let written = rows.iter().filter_map(|row| Some((row.company_id?, row.write_seq?)));
        let written = written.map(|(id, write_seq)| Ok((company(id)?, counted(write_seq)?)));
        watched.written = Some(written.collect::<Result<_, sqlx::Error>>()?);
    }
    Ok(Ok(watched))
}

/// One company that was written, the catalog, or nothing.
struct Row {
    now: Instant,
    schema: Option<i32>,
    generation: i64,
    key_generation: i64,
    snapshot: String,
    is_pruned: bool,
    company_id: Option<domain::Uuid>,
    changes: Option<i64>,
    write_seq: Option<i64>,
}
