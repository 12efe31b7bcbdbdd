//! The accept loop, and draining.

use std::{error::Error, io, io::Write as _, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{rt::TokioExecutor, server::conn::auto::Builder};
use tokio::{
    net::TcpStream,
    select,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    ConnectionInfo, ConnectionLimits, Listener, Tls, connection,
    limits::ACCEPT_RETRY,
    registry::{Place, Registry, count},
};

/// What a client reads when there are too many connections (on a connection without TLS).
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 89\r\n\
    retry-after: 1\r\nconnection: close\r\n\r\n\
    {\"success\":false,\"error\":{\"code\":\"service_unavailable\",\"message\":\"too many connections\"}}";

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that had not ended in time and were dropped.
    pub dropped: usize,
}

struct Shared<S> {
    service: S,
    protocols: Builder<TokioExecutor>,
    limits: ConnectionLimits,
    tls: Option<Arc<Tls>>,
    registry: Arc<Registry>,
}

/// Ends a task when dropped.
struct Bound(JoinHandle<()>);

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    /// Serves connections until `shutdown`; then accepts no more, asks those that stand to end, waits up to `drain` for them, and
    /// drops the rest.
    pub async fn serve<S, F, B>(self, service: S, shutdown: impl Future<Output = ()>, drain: Duration) -> Drained
    where
        S: Fn(Request<Incoming>, Arc<ConnectionInfo>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body + Unpin + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let registry = Arc::new(Registry::new(self.limits.connections, self.stats()));
        let shared = Arc::new(Shared {
            service,
            protocols: connection::protocols(&self.limits),
            limits: self.limits,
            tls: self.tls.clone(),
            registry: Arc::clone(&registry),
        });
        let _reload = self.tls.clone().map(|tls| Bound(tokio::spawn(async move { tls.follow().await })));
        let mut shutdown = pin!(shutdown);
        let mut refused = false;
        loop {
            let accepted = select! {
                biased;
                () = &mut shutdown => break,
                accepted = self.tcp.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    refused = false;
                    count(&registry.stats.accepted);
                    match registry.enter() {
                        Some(place) => {
                            let reserved = place.is_reserved.then_some(place.id);
                            let task = tokio::spawn(Arc::clone(&shared).serve(stream, peer, place));
                            if let Some(id) = reserved {
                                registry.begun(id, task.abort_handle());
                            }
                        }
                        None => turn_away(stream, &shared),
                    }
                }
                Err(error) => {
                    count(&registry.stats.accept_errors);
                    if !refused {
                        tracing::error!(%error, "connections cannot be accepted");
                    }
                    refused = true;
                    sleep(ACCEPT_RETRY).await;
                }
            }
        }
        drop(self.tcp);
        registry.finish_all();
        let dropped = match timeout(drain, registry.emptied()).await {
            Ok(()) => 0,
            Err(_) => registry.drop_all(),
        };
        Drained { dropped }
    }
}

impl<S, F, B> Shared<S>
where
    S: Fn(Request<Incoming>, Arc<ConnectionInfo>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    async fn serve(self: Arc<Self>, stream: TcpStream, peer: std::net::SocketAddr, place: Place) {
        // Answers are written whole; waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
            return;
        }
        let Shared { service, protocols, limits, tls, registry } = &*self;
        let Some(tls) = tls else {
            let info = place.settle(peer, None);
            connection::serve(protocols, stream, &info, *limits, &registry.stats, service).await;
            return;
        };
        let handshake = select! {
            handshake = timeout(limits.header_deadline, tls.accept(stream)) => handshake.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
            () = registry.is_finishing() => return,
        };
        match handshake {
            Ok((stream, certificate)) => {
                let info = place.settle(peer, certificate);
                connection::serve(protocols, stream, &info, *limits, &registry.stats, service).await;
            }
            Err(error) => {
                count(&registry.stats.handshakes_failed);
                tracing::debug!(%error, %peer, "a TLS handshake failed");
            }
        }
    }
}

fn turn_away<S>(stream: TcpStream, shared: &Shared<S>) {
    count(&shared.registry.stats.turned_away);
    if shared.tls.is_some() {
        return;
    }
    // A fresh socket takes so few bytes at once. Whether the client gets to read them is its affair: the connection ends either way.
    if let Ok(mut stream) = stream.into_std() {
        let _written = stream.write(TURNED_AWAY);
    }
}
