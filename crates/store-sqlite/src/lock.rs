//! One server per database: what a store answered stays true only while nobody else writes companies or the catalog.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use store::StoreError;

use crate::connection::{beside, file_error};

/// The right to write companies and the catalog of one database. Given back when dropped, and by the system when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a database; fails at once when another process, or another store of this one, has it.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|error| file_error("open", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
                "another process serves the database `{}` (it holds `{}`); stop it first",
                database.display(),
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(file_error("lock", &path, &error)),
        }
    }
}
