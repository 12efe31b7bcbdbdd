//! Serving one connection.

use std::{convert::Infallible, error::Error, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use http::{HeaderValue, Request, Response, Version, header::CONNECTION};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    ConnectionInfo, ConnectionLimits, CountedBody,
    counted_body::OpenRequest,
    limits::{HTTP2_PING_EVERY, HTTP2_PONG_WITHIN, STREAMS_MAX},
    registry::{ListenerStats, count},
    timed_io::TimedIo,
    watch::{Act, Watch},
};

/// The two protocols, with their limits.
pub(super) fn protocols(limits: &ConnectionLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let header_bytes = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX);
    builder
        .http1()
        .timer(TokioTimer::new())
        // The watch does this: hyper's own deadline runs between requests too, and would be the limit of idleness.
        .header_read_timeout(None)
        // Otherwise a request that has arrived whole is dropped before its handler begins when its client has left by then, and a
        // write that was sent would sometimes not be carried out.
        .half_close(true)
        .max_buf_size(header_bytes.max(HTTP1_BUFFER_BYTES_MIN));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(limits.header_bytes)
        .keep_alive_interval(HTTP2_PING_EVERY)
        .keep_alive_timeout(HTTP2_PONG_WITHIN);
    builder
}

/// Least buffer that hyper takes for HTTP/1, in bytes; a head must fit into it.
const HTTP1_BUFFER_BYTES_MIN: usize = 8_192;

/// Serves a connection until it ends.
pub(super) async fn serve<S, F, B, I>(
    protocols: &Builder<TokioExecutor>,
    stream: I,
    connection: &Arc<ConnectionInfo>,
    limits: ConnectionLimits,
    stats: &ListenerStats,
    service: &S,
) where
    S: Fn(Request<Incoming>, Arc<ConnectionInfo>) -> F,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    I: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = TimedIo::new(stream, Arc::clone(connection), limits.write_deadline);
    let answer = service_fn(|request: Request<Incoming>| {
        let request_version = request.version();
        let open = OpenRequest::begin(connection, request_version == Version::HTTP_2);
        let answer = service(request, Arc::clone(connection));
        let is_last = connection.is_reserved() && request_version < Version::HTTP_2;
        async move {
            let mut response = answer.await;
            if is_last {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response.map(|body| CountedBody::new(body, open)))
        }
    });
    let mut http = pin!(protocols.serve_connection(TokioIo::new(stream), answer));
    let mut watch = Watch::new(limits, connection);
    poll_fn(|cx| {
        loop {
            if http.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match watch.poll(cx, connection) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Act::Finish) => http.as_mut().graceful_shutdown(),
                Poll::Ready(Act::DropSlow) => {
                    count(&stats.slow_headers);
                    if connection.progress.give_up() {
                        // Its next read tells the other side.
                        let _ended = http.as_mut().poll(cx);
                    }
                    return Poll::Ready(());
                }
                Poll::Ready(Act::DropUntaken) => {
                    count(&stats.slow_readers);
                    tracing::debug!(peer = %connection.peer(), "a connection ended: its answers were not taken in time");
                    return Poll::Ready(());
                }
                Poll::Ready(Act::Drop) => return Poll::Ready(()),
            }
        }
    })
    .await;
}
