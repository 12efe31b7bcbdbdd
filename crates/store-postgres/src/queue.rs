//! Calls that wait to go to the database together.

use std::collections::VecDeque;

use parking_lot::Mutex;
use store::StoreError;
use tokio::sync::Notify;

/// Calls waiting, oldest first. Several connections take from one queue; each takes what waits while it is free, so that a lone call goes
/// out alone and at once, and calls that come faster than the database answers go out together. Of several that are free the one that
/// was used last is woken: it is known to stand, and those that are not needed are not even made.
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    wake: Notify,
    limit: usize,
}

struct State<J> {
    waiting: VecDeque<J>,
    /// Connections that stand.
    connected: usize,
    closed: bool,
}

impl<J> Queue<J> {
    /// An empty queue that lets `limit` calls wait.
    pub(crate) fn new(limit: usize) -> Self {
        let state = State { waiting: VecDeque::new(), connected: 0, closed: false };
        Self { state: Mutex::new(state), wake: Notify::new(), limit }
    }

    /// Puts a call at the end.
    pub(crate) fn push(&self, call: J) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if state.waiting.len() >= self.limit {
            return Err(StoreError::Unavailable("overloaded: too many calls wait for the database".to_owned()));
        }
        state.waiting.push_back(call);
        drop(state);
        self.wake.notify_last();
        Ok(())
    }

    /// Waits until `pick` takes something; `None` when the store was dropped.
    pub(crate) async fn take(&self, pick: impl Fn(&mut VecDeque<J>) -> Vec<J>) -> Option<Vec<J>> {
        loop {
            let changed = self.wake.notified();
            // Whoever is ready to run, or has bytes to be read, may be about to call: they go first, so that calls that come at about
            // the same time go out together. When nobody else is ready this costs one look at the sockets.
            tokio::task::yield_now().await;
            {
                let mut state = self.state.lock();
                if state.closed {
                    return None;
                }
                let taken = pick(&mut state.waiting);
                let more = !state.waiting.is_empty();
                drop(state);
                if !taken.is_empty() {
                    if more {
                        self.wake.notify_last();
                    }
                    return Some(taken);
                }
            }
            changed.await;
        }
    }

    /// Looks through what waits, to remove what needs no asking any more; then lets the connections look again.
    pub(crate) fn sweep<T>(&self, sweep: impl FnOnce(&mut VecDeque<J>) -> T) -> T {
        let mut state = self.state.lock();
        let swept = sweep(&mut state.waiting);
        let more = !state.waiting.is_empty();
        drop(state);
        if more {
            self.wake.notify_last();
        }
        swept
    }

    /// Notes that a connection stands.
    pub(crate) fn connected(&self) {
        self.state.lock().connected += 1;
    }

    /// Notes that a connection is lost.
    pub(crate) fn disconnected(&self) {
        let mut state = self.state.lock();
        state.connected = state.connected.saturating_sub(1);
    }

    /// Everything that waits, when no connection stands: it would wait in vain.
    pub(crate) fn stranded(&self) -> Vec<J> {
        let mut state = self.state.lock();
        if state.connected > 0 { Vec::new() } else { state.waiting.drain(..).collect() }
    }

    /// Ends the connections' tasks.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.wake.notify_waiters();
        self.wake.notify_one();
    }
}
