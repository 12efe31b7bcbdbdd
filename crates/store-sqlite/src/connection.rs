//! Opening the database file.

use std::{
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use store::StoreError;

use crate::failure::Failure;

/// How long a statement waits for another process that writes, such as `keys create` beside a server. Shorter than every deadline, so
/// that the wait ends in an answer.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_millis(600);

/// Page cache of the writer, in KiB: holds the upper levels of every index of millions of rows. No more than that: in a file of less than 1 GiB
/// SQLite looks at every page it holds after most commits.
const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// Page cache of each reader, in KiB.
const READER_CACHE_KIB: i64 = 32 * 1024;

/// Prepared statements kept per connection: more than the store has.
const STATEMENTS_KEPT: usize = 128;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Transactions that write.
    Writing,
    /// Snapshots only: a write on it fails.
    Reading,
}

/// Opens an existing database.
pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<Connection, Failure> {
    let connection = open_plain(path)?;
    // `FULL` syncs the log at every commit: what was answered survives a power cut. `NORMAL` would not.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let cache_kib = match purpose {
        Purpose::Writing => WRITER_CACHE_KIB,
        Purpose::Reading => READER_CACHE_KIB,
    };
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "query_only", purpose == Purpose::Reading)?;
    // The log is brought back beside the writer: see `wal.rs`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Plans do not depend on what is asked about. Without this, SQLite plans many statements anew for each value once somebody has
    // run `ANALYZE`.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Opens an existing file as a database, without saying how it shall be used.
pub(crate) fn open_plain(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Makes an empty file that only its owner may read, unless there is one. SQLite gives the files beside it the same mode.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(file_error("create", path, &error)),
    }
}

/// The one name of a database file, however it was spelt: two spellings must not lock two files.
pub(crate) fn real_path(path: &Path) -> Result<PathBuf, StoreError> {
    if let Ok(real) = fs::canonicalize(path) {
        return Ok(real);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let real = fs::canonicalize(folder).map_err(|error| file_error("find the folder of", path, &error))?;
    let name = path.file_name();
    let name = name.ok_or_else(|| StoreError::Unavailable(format!("`{}` names no file", path.display())))?;
    Ok(real.join(name))
}

/// A file beside the database, such as `<db>.lock`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes what was done to the entries of a file's folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| file_error("sync the folder of", path, &error))
}

/// Why a file operation failed, in one line.
pub(crate) fn file_error(doing: &str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("cannot {doing} `{}`: {error}", path.display()))
}
