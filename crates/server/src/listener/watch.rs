//! Watching one connection: slow heads, idleness, age, and what the listener wishes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    ConnectionInfo, ConnectionLimits,
    limits::{CONNECTION_AGE_MAX, IDLE_TICKS},
    untaken::LOOKS,
};

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Ask it to end once its requests are answered.
    Finish,
    /// End it: the head of a request took too long.
    DropSlow,
    /// End it: an answer is not taken.
    DropUntaken,
    /// End it.
    Drop,
}

/// The watch over one connection.
///
/// It has one timer, set once every few seconds and not for each request: idleness is seen by looking at a counter now and then.
pub(super) struct Watch {
    limits: ConnectionLimits,
    timer: Pin<Box<Sleep>>,
    born: Instant,
    head_since: Option<Instant>,
    next_look: Instant,
    /// When to look for what is not taken; while anything waits to be.
    next_untaken_look: Option<Instant>,
    begun_seen: u64,
    quiet_looks: u32,
    is_finishing: bool,
}

impl Watch {
    pub(super) fn new(limits: ConnectionLimits, connection: &ConnectionInfo) -> Self {
        let born = Instant::now();
        // One beyond the limit is given as long as a head may take, for everything.
        let next_look = born + if connection.is_reserved() { limits.header_deadline } else { limits.idle_tick() };
        Self {
            limits,
            timer: Box::pin(sleep_until(next_look)),
            born,
            head_since: None,
            next_look,
            next_untaken_look: None,
            begun_seen: 0,
            quiet_looks: 0,
            is_finishing: false,
        }
    }

    /// What is to be done now. To be called after the connection itself was polled.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, connection: &ConnectionInfo) -> Poll<Act> {
        connection.wish.register(cx.waker());
        if connection.wish.is_to_drop() {
            return Poll::Ready(Act::Drop);
        }
        let is_served = connection.is_reserved() && connection.progress.begun() > 0;
        if (connection.wish.is_to_finish() || is_served) && !self.is_finishing {
            return Poll::Ready(self.finish());
        }
        self.mark_head(connection);
        self.mark_untaken(connection);
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if let Some(act) = self.look(connection, Instant::now()) {
                return Poll::Ready(act);
            }
            self.arm();
        }
    }

    fn arm(&mut self) {
        let deadline = self.next_deadline();
        self.timer.as_mut().reset(deadline);
    }

    fn mark_head(&mut self, connection: &ConnectionInfo) {
        if !connection.progress.is_head_pending() {
            self.head_since = None;
        } else if self.head_since.is_none() {
            self.head_since = Some(Instant::now());
            self.arm();
        }
    }

    fn mark_untaken(&mut self, connection: &ConnectionInfo) {
        if self.next_untaken_look.is_none() && connection.progress.untaken.any() {
            self.next_untaken_look = Some(Instant::now() + self.limits.write_deadline / LOOKS);
            self.arm();
        }
    }

    fn next_deadline(&self) -> Instant {
        let head = self.head_since.map(|since| since + self.limits.header_deadline);
        [head, self.next_untaken_look].into_iter().flatten().fold(self.next_look, Instant::min)
    }

    fn look(&mut self, connection: &ConnectionInfo, now: Instant) -> Option<Act> {
        if self.head_since.is_some_and(|since| now >= since + self.limits.header_deadline) {
            return Some(Act::DropSlow);
        }
        if connection.is_reserved() && now >= self.born + self.limits.header_deadline {
            return Some(Act::Drop);
        }
        if self.next_untaken_look.is_some_and(|at| now >= at) {
            let untaken = &connection.progress.untaken;
            if untaken.look() {
                return Some(Act::DropUntaken);
            }
            self.next_untaken_look = untaken.any().then(|| now + self.limits.write_deadline / LOOKS);
        }
        if now < self.next_look {
            return None;
        }
        self.next_look = now + self.limits.idle_tick();
        let begun = connection.progress.begun();
        let is_quiet = connection.progress.open() == 0 && begun == self.begun_seen;
        self.begun_seen = begun;
        self.quiet_looks = if is_quiet { self.quiet_looks + 1 } else { 0 };
        if self.is_finishing {
            // It was asked to end and has nothing left to answer: it is held open by the other side only.
            return is_quiet.then_some(Act::Drop);
        }
        let is_over = self.quiet_looks >= IDLE_TICKS || now >= self.born + CONNECTION_AGE_MAX;
        is_over.then(|| self.finish())
    }

    fn finish(&mut self) -> Act {
        self.is_finishing = true;
        self.quiet_looks = 0;
        Act::Finish
    }
}
