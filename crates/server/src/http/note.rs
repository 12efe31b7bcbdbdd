//! What is known of a request while it is answered: for its log line, its metrics and its handlers.

use std::{
    cell::Cell,
    io::Write as _,
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
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

/// How many ids a thread takes at once, so that threads seldom ask one another.
const IDS_AT_ONCE: u64 = 1_024;

/// An id that no other request of this process has, and hardly one of another process.
fn fresh() -> HeaderValue {
    static PREFIX: OnceLock<[u8; 16]> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static MINE: Cell<Range<u64>> = const { Cell::new(0..0) };
    }
    let prefix = PREFIX.get_or_init(|| {
        let (_, random) = domain::Uuid::now_v7().as_u64_pair();
        let mut text = [0; 16];
        let _ = write!(&mut text[..], "{random:016x}");
        text
    });
    let number = MINE.with(|mine| {
        let mut ids = mine.take();
        let number = ids.next().unwrap_or_else(|| {
            let first = NEXT.fetch_add(IDS_AT_ONCE, Ordering::Relaxed);
            ids = first + 1..first + IDS_AT_ONCE;
            first
        });
        mine.set(ids);
        number
    });
    let mut text = [0; 33];
    let mut rest = &mut text[..];
    let _ = rest.write_all(prefix).and_then(|()| write!(rest, "-{number:x}"));
    let unused = rest.len();
    let text = text.get(..text.len() - unused).unwrap_or_default();
    HeaderValue::from_bytes(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_requests_of_a_process_have_one_id() {
        let of_one_thread = || (0..3 * IDS_AT_ONCE).map(|_| fresh()).collect::<Vec<_>>();
        let ids = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(of_one_thread)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });

        let different: HashSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
        assert!(ids.iter().all(|id| id.len() > 17 && id.len() <= 33 && id.to_str().unwrap().contains('-')));
    }
}
