//! A consistent copy of a database while it is in use.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::Path,
    time::Duration,
};

use domain::Uuid;
use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
};
use store::StoreError;

use crate::{
    connection::{beside, create_private, file_error, open_plain, real_path, sync_folder_of},
    failure::Failure,
    schema,
};

/// How long the copy waits for a lock before it gives up: only a `restore` or a change of mode takes one that excludes it.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Copies a database to a new file: one snapshot, whatever is written meanwhile. The copy appears under its name only when it is whole
/// and durable.
///
/// # Errors
/// [`StoreError::Unavailable`] when the source cannot be read, the target exists or cannot be written;
/// [`StoreError::Defect`] when the source is no database of this program.
pub fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (from, to) = (real_path(from)?, real_path(to)?);
    if fs::symlink_metadata(&to).is_ok() {
        return Err(exists(&to));
    }
    let partial = beside(&to, &format!(".{}.partial", Uuid::new_v4()));
    let copied = copy(&from, &partial).and_then(|()| publish(&partial, &to));
    if copied.is_err() {
        // What failed is reported; a left-over that cannot be removed either has a name that says what it is.
        let _ = fs::remove_file(&partial);
    }
    copied
}

/// Copies one snapshot of a database to a file of its own that nobody else sees yet, and makes it durable.
pub(crate) fn copy(from: &Path, partial: &Path) -> Result<(), StoreError> {
    let source = source(from)?;
    create_private(partial)?;
    snapshot(&source, partial)?;
    let synced = File::open(partial).and_then(|file| file.sync_all());
    synced.map_err(|error| file_error("sync", partial, &error))
}

fn source(from: &Path) -> Result<Connection, StoreError> {
    if !from.exists() {
        return Err(StoreError::Unavailable(format!("there is no database `{}`", from.display())));
    }
    let source = open_plain(from)?;
    let is_ours = match schema::recognise(&source) {
        Ok(version) => version > 0,
        Err(Failure::Sqlite(error)) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => false,
        Err(Failure::Store(StoreError::Defect(_))) => false,
        Err(failure) => return Err(failure.into()),
    };
    if is_ours {
        return Ok(source);
    }
    let message = "is no database of this program; name one, or a file that `platform-core backup` made of one";
    Err(StoreError::Defect(format!("`{}` {message}", from.display())))
}

fn snapshot(source: &Connection, partial: &Path) -> Result<(), Failure> {
    source.busy_timeout(LOCK_WAIT)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(partial, flags)?;
    // All pages in one step are one read transaction: the log keeps growing beside it, and nobody waits.
    if Backup::new(source, &mut target)?.step(-1)? != StepResult::Done {
        return Err(StoreError::Unavailable("the database is locked; try again".to_owned()).into());
    }
    // A copy is one file: without a log beside it that could be forgotten.
    target.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    target.close().map_err(|(_, error)| Failure::from(error))
}

/// Gives a whole copy its name, unless the name was taken meanwhile.
fn publish(partial: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::hard_link(partial, to) {
        Ok(()) => {
            fs::remove_file(partial).map_err(|error| file_error("remove", partial, &error))?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(exists(to)),
        // A file system without links: the name was free when we began.
        Err(_) => fs::rename(partial, to).map_err(|error| file_error("write", to, &error))?,
    }
    sync_folder_of(to)
}

fn exists(to: &Path) -> StoreError {
    StoreError::Unavailable(format!("`{}` exists; name another file", to.display()))
}
