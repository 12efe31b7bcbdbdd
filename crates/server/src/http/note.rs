//! What is known of a request while it is answered: for its log line, its metrics and its handlers.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{caller::Caller, listener::ConnectionInfo};

/// The header that names a request.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id taken from a caller, in characters; a longer one is replaced.
const MAX_REQUEST_ID_CHARS: usize = 128;

/// A request's note.
pub struct RequestNote {
    /// The request's id: the caller's, or one made here. Visible ASCII.
    pub request_id: HeaderValue,
    /// The connection it came by.
    pub connection: Arc<ConnectionInfo>,
    caller: OnceLock<Arc<Caller>>,
    route: OnceLock<String>,
}

impl RequestNote {
    /// The note of a request that has just arrived.
    pub fn new(headers: &HeaderMap, connection: Arc<ConnectionInfo>) -> Self {
        Self { request_id: request_id(headers), connection, caller: OnceLock::new(), route: OnceLock::new() }
    }

    /// The request's id as text.
    pub fn id(&self) -> &str {
        self.request_id.to_str().unwrap_or_default()
    }

    /// Notes who called.
    pub fn set_caller(&self, caller: &Arc<Caller>) {
        let _ = self.caller.set(Arc::clone(caller));
    }

    /// Who called, if that was found out.
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.caller.get()
    }

    /// Notes which route answers.
    pub fn set_route(&self, route: &str) {
        let _ = self.route.set(route.to_owned());
    }

    /// Which route answers.
    pub fn route(&self) -> &str {
        self.route.get().map_or("unknown", String::as_str)
    }
}

/// The caller's request id if it may stand in a header, a log line and the history; else a fresh one.
pub fn request_id(headers: &HeaderMap) -> HeaderValue {
    let usable = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        let harmless = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        !bytes.is_empty() && bytes.len() <= MAX_REQUEST_ID_CHARS && bytes.iter().all(harmless)
    };
    headers.get(X_REQUEST_ID).filter(usable).cloned().unwrap_or_else(fresh)
}

/// An id that no other request of this process has, and hardly one of another process.
fn fresh() -> HeaderValue {
    static PREFIX: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let prefix = PREFIX.get_or_init(|| domain::Uuid::now_v7().as_u64_pair().1);
    let text = format!("{prefix:016x}-{:x}", NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}
