//! The listener, over real sockets and real handshakes.

mod files;
mod host;
mod http2;
mod limits;
mod reading;
mod refused;
mod reserve;
mod shutdown;
mod tls;
