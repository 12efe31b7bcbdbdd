//! Bringing SQLite's write-ahead log back into the database, beside the writer.
//!
//! Left to itself SQLite does it in the middle of some commit, which then waits for a sync of a thousand scattered pages, and every write behind
//! it. Here a thread of its own does it while the writer goes on. What it can't do is begin the log anew: that needs a moment without new pages. Under
//! a load that never rests the log would grow for ever, so the writer makes such a moment when it has become long.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, SyncSender},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;
use store::StoreError;

use crate::connection::{self, BUSY_TIMEOUT, Purpose};

/// After so many writes the log is brought back: some 4 MB of it.
const WRITES_LOGGED: usize = 64;

/// A log of more pages is brought back and begun anew by the writer itself: 32 MB. All writes wait meanwhile, so it must be no more than a disk
/// under load takes in a fraction of their deadline: with 64 MB some did not end in time.
pub(crate) const WAL_PAGES_LIMIT: i64 = 8_192;

/// How long the writer waits for readers of older states before it leaves a long log as it is.
const READERS_TIMEOUT: Duration = Duration::from_millis(20);

/// Copies what no reader needs in the log any more, and syncs it; waits for nobody.
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Copies the whole log, once the readers of older states are done, and begins it anew.
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";

/// The writer's side.
pub(crate) struct Wal {
    wanted: SyncSender<()>,
    is_long: Arc<AtomicBool>,
    writes: usize,
}

impl Wal {
    /// Starts the thread, for a log that is begun anew when it has more than `limit` pages. It ends with this; `running` is dropped with it.
    pub(crate) fn start(path: &Path, limit: i64, running: impl Send + 'static) -> Result<Self, StoreError> {
        let connection = connection::open(path, Purpose::Reading)?;
        let (wanted, wishes) = mpsc::sync_channel(1);
        let is_long = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_long);
        let work = move || {
            while let Ok(()) = wishes.recv() {
                match bring_back(&connection, PASSIVE) {
                    Ok(pages) => noted.store(pages > limit, Ordering::Relaxed),
                    Err(error) => {
                        tracing::warn!(%error, "the log was not brought back into the database; it goes on growing");
                    }
                }
            }
            drop(connection);
            drop(running);
        };
        let thread = thread::Builder::new().name("sqlite-log".to_owned()).spawn(work);
        thread.map_err(|error| StoreError::Unavailable(format!("cannot start bringing back the log: {error}")))?;
        Ok(Self { wanted, is_long, writes: 0 })
    }

    /// Hears of writes that were committed on the writer's connection.
    pub(crate) fn written(&mut self, writes: usize, connection: &Connection) {
        self.writes += writes;
        if self.is_long.swap(false, Ordering::Relaxed) {
            // Where a reader of an older state stays, it is tried again after the next wish.
            if let Err(error) = begin_anew(connection) {
                tracing::warn!(%error, "the log was not begun anew; it grows until the next time");
            }
        } else if self.writes < WRITES_LOGGED {
            return;
        }
        self.writes = 0;
        // One wish is as good as two.
        let _ = self.wanted.try_send(());
    }
}

fn begin_anew(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(READERS_TIMEOUT)?;
    let begun = bring_back(connection, RESTART);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    begun.map(|_| ())
}

/// How many pages the log has.
fn bring_back(connection: &Connection, how: &str) -> rusqlite::Result<i64> {
    connection.prepare_cached(how)?.query_row((), |row| row.get(1))
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, time::Instant};

    use tempfile::TempDir;

    use super::*;

    /// The log of the tests is long when it has more pages.
    const LIMIT: i64 = 200;

    struct Written {
        _folder: TempDir,
        path: PathBuf,
        connection: Connection,
        wal: Wal,
    }

    impl Written {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("core.db");
            let plain = Connection::open(&path).unwrap();
            plain.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
            plain.execute_batch("CREATE TABLE filled (page BLOB)").unwrap();
            let connection = connection::open(&path, Purpose::Writing).unwrap();
            let wal = Wal::start(&path, LIMIT, ()).unwrap();
            Self { _folder: folder, path, connection, wal }
        }

        /// So many writes of a page or two each, one commit each; gives the pages that the log has at most meanwhile.
        fn write(&mut self, writes: i64) -> u64 {
            let mut most = 0;
            for _ in 0..writes {
                self.connection.execute("INSERT INTO filled VALUES (zeroblob(4000))", ()).unwrap();
                self.wal.written(1, &self.connection);
                most = most.max(std::fs::metadata(connection::beside(&self.path, "-wal")).unwrap().len() / 4_096);
            }
            most
        }
    }

    /// Writes until a condition holds.
    #[track_caller]
    fn write_until(written: &mut Written, mut holds: impl FnMut(&mut Written) -> bool) {
        let began = Instant::now();
        while !holds(written) {
            assert!(began.elapsed() < Duration::from_secs(30), "it never came to hold");
            written.write(1);
        }
    }

    /// How many pages the log has, and how many of them are in the database.
    fn state(written: &Written) -> (i64, i64) {
        let state = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
        written.connection.query_row("PRAGMA wal_checkpoint(NOOP)", (), state).unwrap()
    }

    #[test]
    fn the_log_is_brought_back_while_writes_go_on_and_begun_anew_when_it_is_long() {
        let mut written = Written::new();

        write_until(&mut written, |written| state(written).1 > 0);
        // From here on a log that only grows would have some 20,000 pages.
        let most = written.write(10_000);

        assert!(most > u64::try_from(LIMIT).unwrap() && most < 5_000, "{most} pages");
        let rows: i64 = written.connection.query_row("SELECT count(*) FROM filled", (), |row| row.get(0)).unwrap();
        assert!(rows > 10_000);
    }

    #[test]
    fn a_reader_of_an_older_state_holds_the_log_and_no_writer() {
        let mut written = Written::new();
        written.write(1);
        let reader = connection::open(&written.path, Purpose::Reading).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        let seen = || reader.query_row("SELECT count(*) FROM filled", (), |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(seen(), 1);

        let held = written.write(500);
        assert_eq!(seen(), 1);
        assert!(held > 500, "the log was begun anew under a reader: {held} pages");
        reader.execute_batch("ROLLBACK").unwrap();

        write_until(&mut written, |written| state(written).0 < 100);
        assert!(seen() > 500);
    }
}
