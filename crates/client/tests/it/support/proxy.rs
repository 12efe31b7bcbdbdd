//! A wire that can be cut, mended, and led elsewhere.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Where the wire leads; `None` is cut. Whatever goes through is dropped when this changes.
type Lead = Option<SocketAddr>;

/// A TCP proxy.
pub(crate) struct Proxy {
    address: SocketAddr,
    lead: watch::Sender<Lead>,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let lead = watch::Sender::new(Some(target));
        let leads = lead.subscribe();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, leads.clone()));
            }
        });
        Self { address, lead }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Drops what goes through, and takes nothing more.
    pub(crate) fn cut(&self) {
        self.lead.send_replace(None);
    }

    /// Drops what goes through, and leads whatever comes to a service.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.lead.send_replace(Some(target));
    }
}

async fn carry(mut near: TcpStream, mut leads: watch::Receiver<Lead>) {
    let Some(target) = *leads.borrow_and_update() else { return };
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = leads.changed() => {}
        _ = copy_bidirectional(&mut near, &mut far) => {}
    }
}
