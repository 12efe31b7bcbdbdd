//! Watching what is written, by this process or by the one that serves the file.

use rusqlite::Connection;
use store::{WatchMark, Watched};

use crate::{column::Columns, failure::Failure, feed, keys, now::Now, writer};

/// What has been written since a mark. The mark of another life of the database says nothing.
pub(crate) fn watched(connection: &Connection, now: &Now, since: Option<&WatchMark>) -> Result<Watched, Failure> {
    // Before the first look, so that everything that was answered by then is seen.
    let now = now.get();
    let epoch = feed::state(connection)?.epoch;
    let seen = since.filter(|since| since.connection == epoch).and_then(|since| since.seen.parse().ok());
    Ok(Watched {
        now,
        generation: number(connection, writer::GENERATION)?,
        key_generation: number(connection, keys::GENERATION)?,
        written: seen.map_or(Ok(None), |seen| feed::written_since(connection, seen))?,
        mark: WatchMark { connection: epoch, seen: feed::end(connection)?.seq.to_string() },
    })
}

fn number(connection: &Connection, statement: &str) -> Result<u64, Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query(())?;
    let row = rows.next()?.ok_or_else(|| Failure::nonsense("a row of state is missing"))?;
    Columns::of(row).number()
}
