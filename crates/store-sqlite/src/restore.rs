//! Putting a backup in a database's place.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::Path,
};

use domain::Uuid;
use rusqlite::Connection;
use store::{SCHEMA_VERSION, StoreError};

use crate::{
    backup,
    connection::{beside, file_error, open_plain, real_path, sync_folder_of},
    failure::Failure,
    feed,
    lock::Lock,
    schema,
};

/// The schema version from which on a database has the feed's state.
const FEED_STATE_SINCE: u32 = 3;

pub(crate) const FOREIGN_KEYS: &str = "
    SELECT count(*)
    FROM pragma_foreign_key_check";

/// Puts a copy of the backup `from` in the place of the database `to`. The backup is checked whole before anything is touched; the
/// database is the old one or the new one at every instant. A backup of an older schema needs `migrate` afterwards.
///
/// # Errors
/// [`StoreError::Unavailable`] when the backup cannot be read, the database exists and `force` is not given, or it is in use;
/// [`StoreError::Schema`] when the backup is newer than this build; [`StoreError::Defect`] when it is damaged or no database of this
/// program.
pub fn restore(from: &Path, to: &Path, force: bool) -> Result<(), StoreError> {
    let (from, to) = (real_path(from)?, real_path(to)?);
    if from == to {
        return Err(StoreError::Unavailable(format!("`{}` cannot be restored from itself", to.display())));
    }
    may_replace(&to, force)?;
    let partial = beside(&to, &format!(".{}.partial", Uuid::new_v4()));
    // What is no backup is refused before anything is left beside the database, its lock included.
    let restored = backup::copy(&from, &partial)
        .and_then(|()| check(&partial, &from))
        .and_then(|()| begin_anew(&partial))
        .and_then(|()| put_in_place(&partial, &to, force));
    if restored.is_err() {
        // What failed is reported; a left-over that cannot be removed either has a name that says what it is.
        let _ = fs::remove_file(&partial);
    }
    restored
}

fn may_replace(to: &Path, force: bool) -> Result<(), StoreError> {
    if force || !to.exists() {
        return Ok(());
    }
    let message = format!("`{}` exists; restoring replaces it: repeat with --force", to.display());
    Err(StoreError::Unavailable(message))
}

fn put_in_place(partial: &Path, to: &Path, force: bool) -> Result<(), StoreError> {
    let _lock = Lock::take(to)?;
    may_replace(to, force)?;
    retire(to)?;
    fs::rename(partial, to).map_err(|error| file_error("replace", to, &error))?;
    sync_folder_of(to)
}

/// Whether a copy is undamaged and not of a newer program.
fn check(partial: &Path, from: &Path) -> Result<(), StoreError> {
    let connection = open_plain(partial)?;
    let version = schema::recognise(&connection)?;
    if version > SCHEMA_VERSION {
        return StoreError::schema(version).map_or(Ok(()), Err);
    }
    match damage(&connection)? {
        None => Ok(()),
        Some(damage) => Err(StoreError::Defect(format!("`{}` is damaged: {damage}", from.display()))),
    }
}

fn damage(connection: &Connection) -> Result<Option<String>, Failure> {
    let found: String = connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(found));
    }
    let dangling: i64 = connection.query_row(FOREIGN_KEYS, (), |row| row.get(0))?;
    Ok((dangling > 0).then(|| format!("{dangling} rows point at rows that do not exist")))
}

/// Gives the copy a feed of its own: whoever followed the database must not take what follows for the rest of what it knows. A backup of a
/// version without the epoch gets one when it is migrated.
fn begin_anew(partial: &Path) -> Result<(), StoreError> {
    let connection = open_plain(partial)?;
    if schema::recognise(&connection)? >= FEED_STATE_SINCE {
        connection.execute(feed::NEW_EPOCH, ()).map_err(Failure::from)?;
        drop(connection);
        let synced = File::open(partial).and_then(|file| file.sync_all());
        synced.map_err(|error| file_error("sync", partial, &error))?;
    }
    Ok(())
}

/// Brings the old database to one file, so that no log of it lies beside the new one: SQLite would replay it there.
fn retire(old: &Path) -> Result<(), StoreError> {
    if old.exists() {
        match fold_log(old) {
            Ok(()) => {}
            Err(Failure::Sqlite(error)) if is_damage(&error) => {}
            Err(failure) => {
                let reason = StoreError::from(failure);
                let message = format!("`{}` is in use, close what has it open ({reason})", old.display());
                return Err(StoreError::Unavailable(message));
            }
        }
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        let beside = beside(old, suffix);
        match fs::remove_file(&beside) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(file_error("remove", &beside, &error)),
        }
    }
    sync_folder_of(old)
}

/// Leaving the write-ahead log needs the database to oneself: this is also the proof that nobody uses it.
fn fold_log(old: &Path) -> Result<(), Failure> {
    let connection = open_plain(old)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "wal" {
        return Err(StoreError::Unavailable("it keeps its write-ahead log".to_owned()).into());
    }
    Ok(())
}

/// Whether the old database is beyond use, so that there is nothing in its log to keep.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}
