//! A connection's bytes, with a deadline for a reader that does not read, and the envelope for what is no request.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use super::{ConnectionInfo, limits::LEFTOVER_BYTES_MAX, refusal::Refusal};

/// A connection's bytes. What was written must have been taken by the other side within a deadline, counted from the first write
/// that had to wait until all is flushed: single bytes taken now and then do not buy time.
pub(super) struct TimedIo<S> {
    stream: S,
    connection: Arc<ConnectionInfo>,
    write_deadline: Duration,
    /// Made by the first write that has to wait; most connections never need one.
    timer: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
    /// An answer that is being written in the place of another one, or was.
    refusal: Option<Vec<u8>>,
    /// How many bytes may still be read, and thrown away, after a refusal.
    leftover: usize,
}

impl<S> TimedIo<S> {
    pub(super) fn new(stream: S, connection: Arc<ConnectionInfo>, write_deadline: Duration) -> Self {
        Self {
            stream,
            connection,
            write_deadline,
            timer: None,
            is_waiting: false,
            refusal: None,
            leftover: LEFTOVER_BYTES_MAX,
        }
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

impl<S: AsyncRead + AsyncWrite + Unpin> TimedIo<S> {
    /// Writes the refusal instead of `len` bytes that were to be written.
    fn poll_refuse(&mut self, cx: &mut Context<'_>, len: usize) -> Poll<io::Result<usize>> {
        while let Some(rest) = self.refusal.as_mut().filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Pending => return self.waits(cx).map(Err),
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => drop(rest.drain(..written.min(rest.len()))),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(len))
    }

    /// Whether these bytes are not to be written as they stand.
    fn is_refused(&mut self, bytes: &[u8]) -> bool {
        if self.refusal.is_none() {
            self.refusal = Refusal::of_bare_answer(bytes).map(Refusal::answer);
        }
        self.refusal.is_some()
    }

    /// Reads what the other side had still to say, up to a limit: a connection closed on unread bytes takes the answer with it.
    fn poll_leftover(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut part = [0; 4_096];
        while self.refusal.is_some() && self.leftover > 0 {
            let mut part = ReadBuf::new(&mut part);
            match Pin::new(&mut self.stream).poll_read(cx, &mut part) {
                Poll::Pending => return self.waits(cx).map(drop),
                Poll::Ready(Ok(())) if !part.filled().is_empty() => {
                    self.leftover = self.leftover.saturating_sub(part.filled().len());
                }
                Poll::Ready(Ok(()) | Err(_)) => self.leftover = 0,
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TimedIo<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.progress.is_given_up() {
            // Once, without waiting: who was too slow is not waited for.
            this.refusal.get_or_insert_with(|| Refusal::TooSlow.answer());
            let _written = this.poll_refuse(cx, 0).map_ok(|_| Pin::new(&mut this.stream).poll_flush(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            this.connection.progress.bytes_came(buf.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimedIo<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_refused(buf) {
            return this.poll_refuse(cx, buf.len());
        }
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
        let mut filled = bufs.iter().filter(|buf| !buf.is_empty());
        // A bare answer has no body and so stands alone.
        if let (Some(alone), None) = (filled.next(), filled.next())
            && this.is_refused(alone)
        {
            return this.poll_refuse(cx, alone.len());
        }
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
            Poll::Ready(ended) => {
                ready!(this.poll_leftover(cx));
                Poll::Ready(ended)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_follows_a_refused_head_is_taken_so_that_its_sender_lives_to_read_the_answer() {
        let (mut client, server) = duplex(1_024);
        let info = Arc::new(ConnectionInfo::new(SocketAddr::from(([127, 0, 0, 1], 1)), None));
        let serving = tokio::spawn(async move {
            let mut io = TimedIo::new(server, info, Duration::from_secs(5));
            io.write_all(b"HTTP/1.1 431 x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            io.shutdown().await.unwrap();
        });

        client.write_all(&vec![b'x'; 100_000]).await.expect("the rest is taken");
        client.shutdown().await.unwrap();

        let mut told = String::new();
        client.read_to_string(&mut told).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("validation_error"), "{told}");
        serving.await.unwrap();
    }
}
