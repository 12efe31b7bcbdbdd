//! An answer's body that counts as open until it is handed over.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};

use super::{ConnectionInfo, untaken::Held};

/// A request whose answer is not yet handed over in full.
#[derive(Debug)]
pub(super) struct OpenRequest {
    connection: Arc<ConnectionInfo>,
    is_http2: bool,
}

impl OpenRequest {
    pub(super) fn begin(connection: &Arc<ConnectionInfo>, is_http2: bool) -> Self {
        connection.progress.request_began(is_http2);
        Self { connection: Arc::clone(connection), is_http2 }
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.connection.progress.answer_ended();
    }
}

/// An answer's body. While it lives, its connection is not idle; what it hands over on HTTP/2 is watched until it is taken.
#[derive(Debug)]
pub struct CountedBody<B> {
    body: B,
    open: OpenRequest,
}

impl<B> CountedBody<B> {
    pub(super) fn new(body: B, open: OpenRequest) -> Self {
        Self { body, open }
    }

    fn held<D>(&self, bytes: D) -> Held<D> {
        let OpenRequest { connection, is_http2 } = &self.open;
        if *is_http2 { Held::watched(bytes, connection) } else { Held::unwatched(bytes) }
    }
}

impl<B: Body + Unpin> Body for CountedBody<B> {
    type Data = Held<B::Data>;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Held<B::Data>>, B::Error>>> {
        let polled = ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(polled.map(|frame| frame.map(|frame| frame.map_data(|bytes| self.held(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
