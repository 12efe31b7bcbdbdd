//! The listener, over real sockets and real handshakes.

mod host;
mod limits;
mod reading;
mod shutdown;
mod tls;
