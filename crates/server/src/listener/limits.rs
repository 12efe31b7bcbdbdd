//! The limits of a listener.

use std::time::Duration;

/// Most requests under way at once on one HTTP/2 connection. A well-behaved client opens another connection beyond this.
pub const STREAMS_MAX: u32 = 128;

/// How often an HTTP/2 connection without traffic is probed: a client that vanished without a word is noticed, and proxies in
/// between do not take the connection for dead.
pub(super) const HTTP2_PING_EVERY: Duration = Duration::from_secs(20);

/// How long the answer to a probe may take.
pub(super) const HTTP2_PONG_WITHIN: Duration = Duration::from_secs(10);

/// Longest life of a connection. It is then asked to end once its requests are answered: clients find new nodes behind a balancer,
/// and a client certificate that has expired since is not trusted for ever.
pub(super) const CONNECTION_AGE_MAX: Duration = Duration::from_hours(1);

/// How long to wait before accepting again after the system refused, for instance because no file descriptor is left.
pub(super) const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// How many bytes are still read of what was refused before it was a request, so that the answer is not lost with them.
pub(super) const LEFTOVER_BYTES_MAX: usize = 1_024 * 1_024;

/// How often certificate files are looked at for changes.
pub(super) const TLS_RELOAD_EVERY: Duration = Duration::from_mins(1);

/// Connections beyond `limits.max_connections` that are taken for the probes' sake, and for one request each: a supervisor must not restart a
/// node because its clients hold too many connections.
pub const PROBE_CONNECTIONS: usize = 16;

/// Most connections beyond the limit, those included that were ended to make room and have not gone yet. In a burst more are accepted in one turn
/// than end in it: tokio gives a task 128 steps until it lets others.
pub(super) const BEYOND_MAX: usize = 256;

/// The limits of a listener that an operator can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Most connections at once. Beyond them [`PROBE_CONNECTIONS`] are taken for one request each; more are turned away. Those that stand go on.
    pub connections: usize,
    /// How long a TLS handshake, or the head of a request from its first byte, may take.
    pub header_deadline: Duration,
    /// How long a client may take to accept what is being written to it.
    pub write_deadline: Duration,
    /// How long a connection may stand without a request. It ends at most a quarter later.
    pub idle: Duration,
    /// Largest head of a request, in bytes.
    pub header_bytes: u32,
}

impl ConnectionLimits {
    /// How often a connection is looked at for idleness.
    pub(super) fn idle_tick(&self) -> Duration {
        self.idle / IDLE_TICKS
    }
}

/// How many looks without a request make a connection idle.
pub(super) const IDLE_TICKS: u32 = 4;
