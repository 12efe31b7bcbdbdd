//! A connection's bytes, with a deadline for a reader that does not read.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use super::ConnectionInfo;

/// A connection's bytes. What was written must have been taken by the other side within a deadline, counted from the first write
/// that had to wait until all is flushed: single bytes taken now and then do not buy time.
pub(super) struct TimedIo<S> {
    stream: S,
    connection: Arc<ConnectionInfo>,
    write_deadline: Duration,
    /// Made by the first write that has to wait; most connections never need one.
    timer: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl<S> TimedIo<S> {
    pub(super) fn new(stream: S, connection: Arc<ConnectionInfo>, write_deadline: Duration) -> Self {
        Self { stream, connection, write_deadline, timer: None, is_waiting: false }
    }

    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.write_deadline)));
        if !self.is_waiting {
            self.is_waiting = true;
            timer.as_mut().reset(Instant::now() + self.write_deadline);
        }
        timer.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedIo<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            this.connection.progress.bytes_came();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedIo<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_write(cx, buf) {
            Poll::Pending => this.waits(cx).map(Err),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_write_vectored(cx, bufs) {
            Poll::Pending => this.waits(cx).map(Err),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_flush(cx) {
            Poll::Pending => this.waits(cx).map(Err),
            ready @ Poll::Ready(_) => {
                this.is_waiting = false;
                ready
            }
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_shutdown(cx) {
            Poll::Pending => this.waits(cx).map(Err),
            ready @ Poll::Ready(_) => ready,
        }
    }
}
