//! An answer's body that counts as open until it is handed over.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};

use super::ConnectionInfo;

/// A request whose answer is not yet handed over in full.
#[derive(Debug)]
pub(super) struct OpenRequest(Arc<ConnectionInfo>);

impl OpenRequest {
    pub(super) fn begin(connection: &Arc<ConnectionInfo>, is_http2: bool) -> Self {
        connection.progress.request_began(is_http2);
        Self(Arc::clone(connection))
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.progress.answer_ended();
    }
}

/// An answer's body. While it lives, its connection is not idle.
#[derive(Debug)]
pub struct CountedBody<B> {
    body: B,
    _open: OpenRequest,
}

impl<B> CountedBody<B> {
    pub(super) fn new(body: B, open: OpenRequest) -> Self {
        Self { body, _open: open }
    }
}

impl<B: Body + Unpin> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
