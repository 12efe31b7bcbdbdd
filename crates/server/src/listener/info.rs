//! What is known of a connection.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
};

use futures_util::task::AtomicWaker;

use super::untaken::Untaken;
use crate::caller::PeerCertificate;

/// What is known of a connection. One for all its requests.
#[derive(Debug)]
pub struct ConnectionInfo {
    peer: SocketAddr,
    certificate: Option<PeerCertificate>,
    is_reserved: bool,
    pub(super) progress: Progress,
    pub(super) wish: Wish,
}

impl ConnectionInfo {
    pub(super) fn new(peer: SocketAddr, certificate: Option<PeerCertificate>) -> Self {
        Self { peer, certificate, is_reserved: false, progress: Progress::default(), wish: Wish::default() }
    }

    /// The same, beyond the limit of connections.
    pub(super) fn reserved(self) -> Self {
        Self { is_reserved: true, ..self }
    }

    /// Whether the connection stands beyond the limit, for the sake of probes: anything else is to be answered that there are too many.
    pub fn is_reserved(&self) -> bool {
        self.is_reserved
    }

    /// The address of the other side.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The other side's certificate, verified in the handshake.
    pub fn certificate(&self) -> Option<&PeerCertificate> {
        self.certificate.as_ref()
    }
}

/// How HTTP/2 begins, as far as no other request does.
const HTTP2_BEGINS: &[u8] = b"PRI";

/// Nothing has come yet.
const SILENT: u8 = 0;
/// It begins like a request of HTTP/1, or like nonsense.
const HTTP1: u8 = 1;
/// It begins like HTTP/2.
const HTTP2: u8 = 2;

/// How far a connection has got. Written by its input, its requests and its answers; read by its watch.
#[derive(Debug)]
pub(super) struct Progress {
    /// Requests whose answer is not yet handed over in full.
    open: AtomicU32,
    /// Requests ever begun.
    begun: AtomicU64,
    /// Whether bytes have come that are not yet a request.
    head_pending: AtomicBool,
    /// Whether the connection is known to speak HTTP/2, where bytes come between requests too.
    is_http2: AtomicBool,
    /// What the first bytes that came look like.
    speech: AtomicU8,
    /// Whether a head was not sent in time, and the other side is to be told.
    is_given_up: AtomicBool,
    /// What the other side has not taken yet, on HTTP/2.
    pub(super) untaken: Untaken,
}

impl Default for Progress {
    /// A connection that has just been made: it owes a request.
    fn default() -> Self {
        Self {
            open: AtomicU32::new(0),
            begun: AtomicU64::new(0),
            head_pending: AtomicBool::new(true),
            is_http2: AtomicBool::new(false),
            speech: AtomicU8::new(SILENT),
            is_given_up: AtomicBool::new(false),
            untaken: Untaken::default(),
        }
    }
}

impl Progress {
    pub(super) fn bytes_came(&self, bytes: &[u8]) {
        if self.speech.load(Ordering::Relaxed) == SILENT {
            let speech = if bytes.starts_with(HTTP2_BEGINS) { HTTP2 } else { HTTP1 };
            self.speech.store(speech, Ordering::Relaxed);
        }
        if self.open.load(Ordering::Relaxed) == 0 && !self.is_http2.load(Ordering::Relaxed) {
            self.head_pending.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn request_began(&self, is_http2: bool) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.head_pending.store(false, Ordering::Relaxed);
        if is_http2 {
            self.is_http2.store(true, Ordering::Relaxed);
        }
    }

    /// Gives up waiting for a head; says whether there is anybody who understands an answer.
    pub(super) fn give_up(&self) -> bool {
        let tell = self.speech.load(Ordering::Relaxed) == HTTP1;
        self.is_given_up.store(tell, Ordering::Relaxed);
        tell
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }

    pub(super) fn answer_ended(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    pub(super) fn is_head_pending(&self) -> bool {
        self.head_pending.load(Ordering::Relaxed)
    }
}

/// What the listener wishes of a connection, and how to wake it for that.
#[derive(Debug, Default)]
pub(super) struct Wish {
    stage: AtomicU8,
    waker: AtomicWaker,
}

/// Answer what is under way, then end.
const FINISH: u8 = 1;
/// End now.
const DROP: u8 = 2;

impl Wish {
    pub(super) fn ask_to_finish(&self) {
        self.stage.fetch_max(FINISH, Ordering::AcqRel);
        self.waker.wake();
    }

    pub(super) fn ask_to_drop(&self) {
        self.stage.fetch_max(DROP, Ordering::AcqRel);
        self.waker.wake();
    }

    /// Has the connection looked at.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Asks to be woken; to be called before the wishes are looked at.
    pub(super) fn register(&self, waker: &std::task::Waker) {
        self.waker.register(waker);
    }

    pub(super) fn is_to_finish(&self) -> bool {
        self.stage.load(Ordering::Acquire) >= FINISH
    }

    pub(super) fn is_to_drop(&self) -> bool {
        self.stage.load(Ordering::Acquire) >= DROP
    }
}
