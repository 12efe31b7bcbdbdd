//! Taking an address.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;

use super::{ConnectionLimits, ListenerStats, Tls};

/// Why an address could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Something else listens there.
    #[error("`{0}` is in use: stop what listens there, or choose another address")]
    InUse(SocketAddr),
    /// The system refuses.
    #[error("cannot listen on `{address}`: {cause}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
}

/// An address that is listened on.
pub struct Listener {
    pub(super) tcp: TcpListener,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) limits: ConnectionLimits,
    pub(super) stats: Arc<ListenerStats>,
    address: SocketAddr,
}

impl Listener {
    /// Listens on an address; port 0 takes a free one. Connections wait until [`Listener::serve`] is called.
    ///
    /// # Errors
    /// [`BindError`] when the address cannot be taken.
    pub async fn bind(address: SocketAddr, tls: Option<Arc<Tls>>, limits: ConnectionLimits) -> Result<Self, BindError> {
        let refused = |cause: io::Error| {
            let is_in_use = cause.kind() == io::ErrorKind::AddrInUse;
            if is_in_use { BindError::InUse(address) } else { BindError::Refused { address, cause } }
        };
        let tcp = TcpListener::bind(address).await.map_err(refused)?;
        let address = tcp.local_addr().map_err(refused)?;
        Ok(Self { tcp, tls, limits, stats: Arc::default(), address })
    }

    /// The address, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What happens on this listener, for the metrics.
    pub fn stats(&self) -> Arc<ListenerStats> {
        Arc::clone(&self.stats)
    }
}
