//! A listener with a small service, for tests.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use server::listener::{ConnectionInfo, ConnectionLimits, Drained, Listener, ListenerStats, Tls, read_body};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

/// Longest wait for anything that is expected to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What `/large` answers: more than the buffers of a loopback connection take.
pub(crate) const LARGE_BYTES: usize = 64 * 1_024 * 1_024;

/// Limits that are short enough to be waited for.
pub(crate) fn limits() -> ConnectionLimits {
    ConnectionLimits {
        connections: 64,
        header_deadline: Duration::from_millis(300),
        write_deadline: Duration::from_millis(300),
        idle: Duration::from_mins(1),
        header_bytes: 16_384,
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A listener that serves.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) stats: Arc<ListenerStats>,
    /// Lets the requests for `/held` be answered.
    pub(crate) release: Arc<Notify>,
    /// Says that a request for `/held` has come.
    pub(crate) held: Arc<Notify>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Drained>,
}

impl Host {
    pub(crate) async fn new(limits: ConnectionLimits) -> Self {
        Self::with(limits, None, PATIENCE).await
    }

    pub(crate) async fn with(limits: ConnectionLimits, tls: Option<Arc<Tls>>, drain: Duration) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(any, tls, limits).await.expect("an address");
        let (address, stats) = (listener.address(), listener.stats());
        let (release, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (may_answer, came) = (Arc::clone(&release), Arc::clone(&held));
        let service = move |request: Request<Incoming>, connection| {
            answer(request, connection, Arc::clone(&may_answer), Arc::clone(&came))
        };
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _asked_or_gone = stopped.await;
        };
        let served = tokio::spawn(listener.serve(service, shutdown, drain));
        Self { address, stats, release, held, stop, served }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Asks the listener to end and waits for it.
    pub(crate) async fn stop(self) -> Drained {
        self.stop.send(()).expect("it runs");
        within_patience(self.served).await.expect("it ends")
    }

    /// Asks the listener to end, without waiting.
    pub(crate) fn begin_stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).expect("it runs");
        self.served
    }
}

async fn answer(
    request: Request<Incoming>,
    connection: Arc<ConnectionInfo>,
    release: Arc<Notify>,
    held: Arc<Notify>,
) -> Response<Body> {
    if connection.is_reserved() && !["/health", "/held"].contains(&request.uri().path()) {
        return Response::new(Full::from("beyond the limit").boxed_unsync());
    }
    let text = match request.uri().path() {
        "/held" => {
            held.notify_one();
            release.notified().await;
            Bytes::from_static(b"held")
        }
        "/quiet" => {
            // Something, then nothing for as long as nobody says so, then the end.
            let end = stream::once(async move {
                release.notified().await;
                " and an end"
            });
            let parts = stream::once(async { "a beginning" }).chain(end);
            let parts = parts.map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
            return Response::new(StreamBody::new(parts).boxed_unsync());
        }
        "/large" => Bytes::from(vec![b'x'; LARGE_BYTES]),
        "/body" => match read_body(request.into_body(), 1_000, Duration::from_millis(300)).await {
            Ok(body) => body,
            Err(error) => Bytes::from(error.to_string()),
        },
        "/who" => Bytes::from(if connection.certificate().is_some() { "with" } else { "without" }),
        _ => Bytes::from_static(b"hello"),
    };
    Response::new(Full::new(text).boxed_unsync())
}

/// Waits, but not for ever.
pub(crate) async fn within_patience<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it happens in time")
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

/// Sends a request on a connection that stays open, and reads the answer.
pub(crate) async fn get(stream: &mut TcpStream, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("sent");
    read_answer(stream).await
}

/// Reads one answer with a short body; what came, when the connection ends first.
pub(crate) async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut part = [0; 1_024];
    loop {
        let count = within_patience(stream.read(&mut part)).await.unwrap_or(0);
        text.extend_from_slice(part.get(..count).expect("a part"));
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if count == 0 || is_whole(&so_far) {
            return so_far;
        }
    }
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

/// Waits until the other side ends a connection; says how long that took.
pub(crate) async fn until_closed(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut part = [0; 1_024];
    while within_patience(stream.read(&mut part)).await.is_ok_and(|count| count > 0) {}
    began.elapsed()
}
