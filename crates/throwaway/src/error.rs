//! Why there is no cluster.

use std::path::PathBuf;

/// A failure to make or command a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ThrowawayError {
    /// PostgreSQL's server programs are not installed.
    #[error("PostgreSQL is not installed (no `initdb` found); on Debian install the package `postgresql`")]
    NotInstalled,
    /// A program could not be run at all.
    #[error("cannot run `{program}`: {error}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        error: std::io::Error,
    },
    /// A program ran and failed.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// The program.
        program: String,
        /// What it wrote.
        said: String,
    },
    /// A file or folder could not be made or read.
    #[error("cannot use `{path}`: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The server did not begin to answer in time.
    #[error("the server did not answer in time; its log says: {log}")]
    NotReady {
        /// The end of the server's log.
        log: String,
    },
}
