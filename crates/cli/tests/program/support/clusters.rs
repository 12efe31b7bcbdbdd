//! PostgreSQL for the tests.

use throwaway::{Cluster, Options};

/// A cluster that does not wait for the disk, on a socket and on a port.
pub(crate) fn cluster() -> Cluster {
    Cluster::start(Options { loopback: true, ..Options::default() }).unwrap()
}

/// A cluster that loses nothing.
pub(crate) fn durable_cluster() -> Cluster {
    Cluster::start(Options { fsync: true, ..Options::default() }).unwrap()
}
