//! Accepting connections and serving HTTP on them, within limits.
//!
//! A ready-made accept loop sets no deadline for headers, writes or idleness and has no limit of connections; this one does. It
//! knows nothing of the API but the envelope of what it refuses itself: it is given a service and serves it.

mod accept;
mod bind;
mod body;
mod connection;
mod counted_body;
mod info;
mod limits;
mod refusal;
mod registry;
mod reserve;
mod timed_io;
mod tls;
mod tls_files;
mod untaken;
mod watch;

pub use accept::Drained;
pub use bind::{BindError, Listener};
pub use body::{BodyError, read_body};
pub use counted_body::CountedBody;
pub use info::ConnectionInfo;
pub use limits::{ConnectionLimits, PROBE_CONNECTIONS, STREAMS_MAX};
pub use registry::ListenerStats;
pub use tls::{ClientCertificates, Tls, TlsError, TlsFiles};
