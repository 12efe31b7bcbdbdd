//! Parts of answers that the other side has not taken yet, by age.
//!
//! On HTTP/1 what is not taken holds up the socket, where it is noticed. On HTTP/2 the other side says how much it takes of each answer: one
//! that takes nothing leaves the socket free and the answer in memory.

use std::{
    io::IoSlice,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use bytes::{Buf, Bytes};

use super::ConnectionInfo;

/// How many looks at a connection make up the deadline.
pub(super) const LOOKS: u32 = 4;

/// One more than the looks: who is as old as all of them was there through the whole deadline.
const AGES: usize = LOOKS as usize + 1;

/// How many parts there are of each age. Age is counted in looks, so that handing over a part asks no clock.
#[derive(Debug, Default)]
pub(super) struct Untaken {
    all: AtomicU32,
    looks: AtomicUsize,
    ages: [AtomicU32; AGES],
}

impl Untaken {
    /// Whether anything is waiting to be taken.
    pub(super) fn any(&self) -> bool {
        self.all.load(Ordering::Relaxed) > 0
    }

    /// Makes everything one look older; says whether anything has been waiting for longer than the deadline.
    pub(super) fn look(&self) -> bool {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        self.of(looks).is_some_and(|oldest| oldest.load(Ordering::Relaxed) > 0)
    }

    fn of(&self, looks: usize) -> Option<&AtomicU32> {
        self.ages.get(looks % AGES)
    }
}

/// A part that was handed over and is not taken yet.
struct Part {
    connection: Arc<ConnectionInfo>,
    looks: usize,
}

impl Part {
    fn begin(connection: &Arc<ConnectionInfo>) -> Self {
        let untaken = &connection.progress.untaken;
        let looks = untaken.looks.load(Ordering::Relaxed);
        if let Some(age) = untaken.of(looks) {
            age.fetch_add(1, Ordering::Relaxed);
        }
        if untaken.all.fetch_add(1, Ordering::Relaxed) == 0 {
            // The part is handed over by the answer's own task; the watch over the connection has to begin its looks.
            connection.wish.wake();
        }
        Self { connection: Arc::clone(connection), looks }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let untaken = &self.connection.progress.untaken;
        if let Some(age) = untaken.of(self.looks) {
            age.fetch_sub(1, Ordering::Relaxed);
        }
        untaken.all.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes of an answer. On HTTP/2 they count as untaken while they live: they are dropped once all of them are written.
pub struct Held<D> {
    bytes: D,
    _part: Option<Part>,
}

impl<D> Held<D> {
    /// Bytes that are noticed elsewhere.
    pub(super) fn unwatched(bytes: D) -> Self {
        Self { bytes, _part: None }
    }

    /// Bytes that count until they are taken.
    pub(super) fn watched(bytes: D, connection: &Arc<ConnectionInfo>) -> Self {
        Self { bytes, _part: Some(Part::begin(connection)) }
    }
}

impl<D: Buf> Buf for Held<D> {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.bytes.chunks_vectored(slices)
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }

    fn copy_to_bytes(&mut self, len: usize) -> Bytes {
        self.bytes.copy_to_bytes(len)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn what_waits_through_the_whole_deadline_is_seen_and_what_is_taken_before_is_not() {
        let connection = Arc::new(ConnectionInfo::new(SocketAddr::from(([127, 0, 0, 1], 1)), None));
        let untaken = &connection.progress.untaken;
        let held = || Held::watched(Bytes::from_static(b"x"), &connection);

        let taken = held();
        assert!((0..LOOKS).all(|_| !untaken.look()));
        drop(taken);
        assert!(!untaken.look() && !untaken.any());

        let _kept = held();
        assert!((0..LOOKS).all(|_| !untaken.look()));
        assert!(untaken.look() && untaken.any());
    }
}
