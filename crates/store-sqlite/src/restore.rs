//! Putting a backup in a database's place.

use std::{fs, io::ErrorKind, path::Path};

use domain::Uuid;
use rusqlite::Connection;
use store::{SCHEMA_VERSION, StoreError};

use crate::{
    backup,
    connection::{beside, file_error, open_plain, real_path, sync_folder_of},
    failure::Failure,
    lock::Lock,
    schema,
};

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
    let _lock = Lock::take(&to)?;
    if to.exists() && !force {
        let message = format!("`{}` exists; restoring replaces it: repeat with --force", to.display());
        return Err(StoreError::Unavailable(message));
    }
    let partial = beside(&to, &format!(".{}.partial", Uuid::new_v4()));
    let restored = backup::copy(&from, &partial)
        .and_then(|()| check(&partial, &from))
        .and_then(|()| retire(&to))
        .and_then(|()| fs::rename(&partial, &to).map_err(|error| file_error("replace", &to, &error)))
        .and_then(|()| sync_folder_of(&to));
    if restored.is_err() {
        // What failed is reported; a left-over that cannot be removed either has a name that says what it is.
        let _ = fs::remove_file(&partial);
    }
    restored
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
