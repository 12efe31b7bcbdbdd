//! The connections that stand, and counts of what happened.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use super::{ConnectionInfo, limits::BEYOND_MAX, reserve::Reserve};
use crate::caller::PeerCertificate;

/// What happened on a listener, for the metrics.
#[derive(Debug, Default)]
pub struct ListenerStats {
    pub(super) open: AtomicU64,
    pub(super) accepted: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) accept_errors: AtomicU64,
    pub(super) handshakes_failed: AtomicU64,
    pub(super) slow_headers: AtomicU64,
    pub(super) slow_readers: AtomicU64,
}

impl ListenerStats {
    /// Connections that stand now.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Connections ever accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Connections turned away because there were too many.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Times that the system refused to accept a connection.
    pub fn accept_errors(&self) -> u64 {
        self.accept_errors.load(Ordering::Relaxed)
    }

    /// TLS handshakes that failed or took too long.
    pub fn handshakes_failed(&self) -> u64 {
        self.handshakes_failed.load(Ordering::Relaxed)
    }

    /// Connections closed because the head of a request took too long.
    pub fn slow_headers(&self) -> u64 {
        self.slow_headers.load(Ordering::Relaxed)
    }

    /// HTTP/2 connections closed because an answer was not taken in time.
    pub fn slow_readers(&self) -> u64 {
        self.slow_readers.load(Ordering::Relaxed)
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The connections that stand.
pub(super) struct Registry {
    limit: usize,
    pub(super) stats: Arc<ListenerStats>,
    standing: Mutex<Standing>,
    emptied: Notify,
    finishing: watch::Sender<bool>,
}

#[derive(Default)]
struct Standing {
    last_id: u64,
    /// Handshakes under way have no information yet.
    connections: HashMap<u64, Option<Arc<ConnectionInfo>>>,
    /// Those of them that stand beyond the limit.
    reserve: Reserve,
    finishing: bool,
    dropping: bool,
}

/// A place among the connections, given back when dropped.
pub(super) struct Place {
    registry: Arc<Registry>,
    pub(super) id: u64,
    pub(super) is_reserved: bool,
}

impl Registry {
    pub(super) fn new(limit: usize, stats: Arc<ListenerStats>) -> Self {
        Self { limit, stats, standing: Mutex::default(), emptied: Notify::new(), finishing: watch::Sender::new(false) }
    }

    /// A place for one more connection; beyond the limit one in the reserve, unless that is taken too.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut standing = self.standing.lock();
        let id = standing.last_id + 1;
        let beyond = (standing.connections.len() + 1).saturating_sub(self.limit);
        if beyond > BEYOND_MAX || (beyond > 0 && !standing.reserve.enter(id)) {
            return None;
        }
        standing.last_id = id;
        standing.connections.insert(id, None);
        self.stats.open.fetch_add(1, Ordering::Relaxed);
        Some(Place { registry: Arc::clone(self), id, is_reserved: beyond > 0 })
    }

    /// Notes how a connection in the reserve is ended when it has to make room.
    pub(super) fn begun(&self, id: u64, task: AbortHandle) {
        self.standing.lock().reserve.begun(id, task);
    }

    /// Asks all connections to end once their requests are answered.
    pub(super) fn finish_all(&self) {
        let mut standing = self.standing.lock();
        standing.finishing = true;
        self.finishing.send_replace(true);
        standing.connections.values().flatten().for_each(|connection| connection.wish.ask_to_finish());
    }

    /// Waits until connections are asked to end; for those that cannot be asked yet.
    pub(super) async fn is_finishing(&self) {
        // The sender lives as long as the registry, so there is nothing else to wait for.
        let mut finishing = self.finishing.subscribe();
        let _known = finishing.wait_for(|finishing| *finishing).await;
    }

    /// Asks all connections to end now; says how many there were.
    pub(super) fn drop_all(&self) -> usize {
        let mut standing = self.standing.lock();
        standing.dropping = true;
        standing.connections.values().flatten().for_each(|connection| connection.wish.ask_to_drop());
        standing.connections.len()
    }

    /// Waits until no connection stands.
    pub(super) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.standing.lock().connections.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}

impl Place {
    /// What is known of the connection, which is now reachable for wishes, those already made included.
    pub(super) fn settle(&self, peer: SocketAddr, certificate: Option<PeerCertificate>) -> Arc<ConnectionInfo> {
        let info = ConnectionInfo::new(peer, certificate);
        let mut standing = self.registry.standing.lock();
        let connection = Arc::new(if self.is_reserved { info.reserved() } else { info });
        standing.connections.insert(self.id, Some(Arc::clone(&connection)));
        standing.reserve.settle(self.id, &connection);
        if standing.finishing {
            connection.wish.ask_to_finish();
        }
        if standing.dropping {
            connection.wish.ask_to_drop();
        }
        connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let is_last = {
            let mut standing = self.registry.standing.lock();
            standing.connections.remove(&self.id);
            standing.reserve.leave(self.id);
            standing.connections.is_empty()
        };
        self.registry.stats.open.fetch_sub(1, Ordering::Relaxed);
        if is_last {
            self.registry.emptied.notify_waiters();
        }
    }
}
