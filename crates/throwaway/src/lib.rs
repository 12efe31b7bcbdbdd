//! A throwaway PostgreSQL cluster for tests and benchmarks: made in a temp folder, reached over a Unix socket in that folder,
//! stopped and removed when it is dropped, and also when the process that made it dies.

mod cluster;
mod error;
mod install;
mod process;
mod reaper;

pub use cluster::{Cluster, Options};
pub use error::ThrowawayError;
