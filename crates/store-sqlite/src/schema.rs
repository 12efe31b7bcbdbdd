//! The stored schema: which version a database has, and how it comes to the version of this build.

use std::{
    cmp::Ordering,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior};
use store::{
    SCHEMA_VERSION, StoreError,
    model::{Clock as _, SystemClock},
};

use crate::{
    connection::{create_private, open_plain, real_path},
    failure::Failure,
    lock::Lock,
};

/// Every migration, oldest first; the n-th brings a database to version n. One that was released is never edited: a database
/// remembers the checksum of what was run on it.
const MIGRATIONS: [&str; SCHEMA_VERSION as usize] = [
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_commercial_rules.sql"),
    include_str!("../migrations/0003_feed_state.sql"),
    include_str!("../migrations/0004_time.sql"),
    include_str!("../migrations/0005_credit_start.sql"),
    include_str!("../migrations/0006_webhooks.sql"),
    include_str!("../migrations/0007_feed_epoch.sql"),
];

/// Marks a file as a database of this program ("PCOR"), so that no other file is migrated or restored by mistake.
const APPLICATION_ID: i32 = 0x5043_4F52;

/// How long a migration waits for another one of the same database.
const MIGRATION_WAIT: Duration = Duration::from_secs(30);

pub(crate) const LEDGER: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER NOT NULL PRIMARY KEY,
        checksum INTEGER NOT NULL,
        applied_at INTEGER NOT NULL
    ) STRICT";

pub(crate) const APPLIED: &str = "
    SELECT version, checksum
    FROM schema_migrations
    ORDER BY version";

pub(crate) const NOTE_APPLIED: &str = "
    INSERT INTO schema_migrations (version, checksum, applied_at)
    VALUES (?1, ?2, ?3)";

pub(crate) const HAS_TABLES: &str = "
    SELECT 1
    FROM sqlite_schema
    LIMIT 1";

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationReport {
    /// The version found; 0 for a new database.
    pub from: u32,
    /// The version now.
    pub to: u32,
}

/// Brings the database file to the schema of this build, making it when it does not exist. Safe to run twice, and by two processes at
/// once: it is one transaction. A running server is not disturbed: what is current is left alone, anything else is refused.
///
/// # Errors
/// [`StoreError::Unavailable`] when the file cannot be made or opened, or a server runs on it; [`StoreError::Schema`] when the database
/// is newer than this build; [`StoreError::Defect`] when the file is no database of this program, or a migration that was run on
/// it has been edited since.
pub fn migrate(path: &Path) -> Result<MigrationReport, StoreError> {
    let path = real_path(path)?;
    create_private(&path)?;
    let mut connection = open_plain(&path)?;
    Ok(bring_up_to_date(&mut connection, &path)?)
}

fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<MigrationReport, Failure> {
    connection.busy_timeout(MIGRATION_WAIT)?;
    let from = patiently(|| apply_missing(connection, path))?;
    patiently(|| use_write_ahead_log(connection))?;
    patiently(|| verify(connection))?;
    Ok(MigrationReport { from, to: SCHEMA_VERSION })
}

/// Does what may be done again, until no other migration stands in its way: where two of them change the file's mode, SQLite says
/// "locked" at once, without waiting.
fn patiently<T>(mut work: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let give_up = Instant::now() + MIGRATION_WAIT;
    loop {
        match work() {
            Err(Failure::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < give_up =>
            {
                thread::yield_now();
            }
            outcome => return outcome,
        }
    }
}

/// Runs the migrations that the database lacks, in one transaction; gives the version found.
fn apply_missing(connection: &mut Connection, path: &Path) -> Result<u32, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = recognise(&transaction)?;
    match from.cmp(&SCHEMA_VERSION) {
        Ordering::Greater => StoreError::schema(from).map_or(Ok(from), |error| Err(error.into())),
        Ordering::Equal => Ok(from),
        Ordering::Less => {
            // Held to the end of the transaction: no server may start on a half migrated database, or run on one that changes.
            let _lock = Lock::take(path)?;
            apply_after(&transaction, from)?;
            transaction.commit()?;
            Ok(from)
        }
    }
}

fn apply_after(connection: &Connection, from: u32) -> Result<(), Failure> {
    connection.execute_batch(LEDGER)?;
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for (version, sql) in (1_u32..).zip(MIGRATIONS).skip(done) {
        connection.execute_batch(sql)?;
        let now = SystemClock.now().micros();
        connection.execute(NOTE_APPLIED, (version, checksum(sql), now))?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(())
}

/// Readers and the writer go on side by side in this mode; the file remembers it.
fn use_write_ahead_log(connection: &Connection) -> Result<(), Failure> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    let message = format!("the file system offers no write-ahead log (journal mode `{mode}`); use a local disk");
    Err(StoreError::Unavailable(message).into())
}

/// The schema version of a database file; 0 when there is none or it was never migrated.
///
/// # Errors
/// [`StoreError::Unavailable`] when it cannot be opened; [`StoreError::Defect`] when it is no database of this program.
pub fn schema_version(path: &Path) -> Result<u32, StoreError> {
    let path = real_path(path)?;
    if !path.exists() {
        return Ok(0);
    }
    let connection = open_plain(&path)?;
    Ok(recognise(&connection)?)
}

/// Fails unless the database has the schema of this build.
pub(crate) fn verify(connection: &Connection) -> Result<(), Failure> {
    let found = recognise(connection)?;
    if let Some(error) = StoreError::schema(found) {
        return Err(error.into());
    }
    let mut statement = connection.prepare_cached(APPLIED)?;
    let mut rows = statement.query(())?;
    for (version, sql) in (1_u32..).zip(MIGRATIONS) {
        let applied = rows.next()?.map(|row| Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?))).transpose()?;
        if applied != Some((version, checksum(sql))) {
            let message = format!("migration {version} of the database is not the one of this program");
            return Err(Failure::nonsense(message));
        }
    }
    Ok(())
}

/// The schema version, when the database is one of this program or empty.
pub(crate) fn recognise(connection: &Connection) -> Result<u32, Failure> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let is_empty = || connection.query_row(HAS_TABLES, (), |_| Ok(())).optional().map(|found| found.is_none());
    if application == APPLICATION_ID || (version == 0 && application == 0 && is_empty()?) {
        return Ok(version);
    }
    Err(Failure::nonsense("the file is not a database of this program; name another one"))
}

/// FNV-1a over a migration's text, as SQLite stores integers. It finds edits, not attacks.
fn checksum(sql: &str) -> i64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    sql.bytes().fold(0xcbf2_9ce4_8422_2325, mix).cast_signed()
}
