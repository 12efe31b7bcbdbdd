//! A replica: what companies own, in this process, loaded once and kept by the change feed.
//!
//! It answers in less than a microsecond, evaluates boundaries itself, and refuses to answer from knowledge that is older than its bound.

mod answer;
mod clock;
mod counts;
mod follow;
mod held;
mod keys;
mod map;
mod refetch;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod work;

use std::{fmt, sync::Arc, time::Duration};

pub use answer::{Answer, Freshness, NotKnown, Source};
pub use clock::MonotonicClock;
pub use counts::ReplicaCounts;
use parking_lot::Mutex;
pub use settings::{Companies, ReplicaBuilder};
use state::State;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use crate::Client;

/// How long a version that is waited for is left to come before it is asked for again.
const FIRST_PATIENCE: Duration = Duration::from_millis(100);

/// A replica that is kept as long as a handle to it is. Cheap to clone.
#[derive(Clone)]
pub struct Replica {
    state: Arc<State>,
    _tasks: Arc<Tasks>,
}

/// What keeps the replica; ends with its last handle.
#[derive(Debug)]
struct Tasks(Mutex<Vec<JoinHandle<()>>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.lock().iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Replica").field("standing", &self.standing()).finish_non_exhaustive()
    }
}

/// How the replica stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether everything that it follows has been loaded once.
    pub is_loaded: bool,
    /// Whether its stream is open.
    pub is_connected: bool,
    /// How old its knowledge is; `None` before any.
    pub age: Option<Duration>,
    /// How many companies it holds.
    pub companies: usize,
    /// How many of them wait to be loaded again.
    pub waiting: usize,
    /// How far apart the earliest and the latest are that the database's clock may show; `None` before the first probe.
    pub clock_width: Option<Duration>,
}

impl Replica {
    /// Begins to make a replica.
    pub fn builder(client: Client) -> ReplicaBuilder {
        ReplicaBuilder::new(client)
    }

    fn started(state: Arc<State>) -> Self {
        let tasks = vec![
            tokio::spawn(follow::follow(Arc::clone(&state))),
            tokio::spawn(refetch::refetch(Arc::clone(&state))),
            tokio::spawn(follow::probe(Arc::clone(&state))),
        ];
        Self { state, _tasks: Arc::new(Tasks(Mutex::new(tasks))) }
    }

    /// What a company owns, if that is known and no older than the replica's bound. Never waits, does no I/O, allocates nothing.
    ///
    /// # Errors
    /// [`NotKnown`] when it is not known right now. Fail closed: answer 503, or refuse what was asked.
    pub fn check(&self, company: Uuid) -> Result<Answer, NotKnown> {
        self.state.check(company, Freshness::Standard)
    }

    /// [`Replica::check`] under another bound.
    ///
    /// # Errors
    /// [`NotKnown`].
    pub fn check_with(&self, company: Uuid, freshness: Freshness) -> Result<Answer, NotKnown> {
        self.state.check(company, freshness)
    }

    /// Follows a company besides those that it was made for: it is loaded soon, and kept. Once is enough.
    ///
    /// # Errors
    /// [`NotKnown::Full`] when it follows as many as it may.
    pub fn follow(&self, company: Uuid) -> Result<(), NotKnown> {
        self.state.follow(company)
    }

    /// Lets go of a company, and of its memory.
    pub fn unfollow(&self, company: Uuid) {
        self.state.unfollow(company);
    }

    /// Waits until everything is loaded and fresh.
    ///
    /// # Errors
    /// [`NotKnown`] saying why it was not in time.
    pub async fn ready(&self, within: Duration) -> Result<(), NotKnown> {
        let ready = || self.state.ready();
        self.until(within, ready).await
    }

    /// Waits until a company is known in a version or a later one, and answers: whoever has written, here or elsewhere, and was told a
    /// version reads it. Asks the service at once, and does not wait for the feed.
    ///
    /// # Errors
    /// [`NotKnown`] saying why it was not in time.
    pub async fn wait_for(&self, company: Uuid, version: u64, within: Duration) -> Result<Answer, NotKnown> {
        let reached = || match self.state.check(company, Freshness::Standard) {
            Ok(answer) if answer.version() < version => Err(NotKnown::NotYet { wanted: version }),
            Err(NotKnown::NoSuchCompany) if version > 0 => Err(NotKnown::NotYet { wanted: version }),
            known => known,
        };
        let deadline = Instant::now() + within;
        let mut patience = FIRST_PATIENCE;
        loop {
            if matches!(reached(), Err(NotKnown::NotYet { .. } | NotKnown::Loading | NotKnown::PastKnown)) {
                self.state.want(company, version);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let seen = self.until(left.min(patience), reached).await;
            match seen {
                Err(NotKnown::NotYet { .. } | NotKnown::Loading | NotKnown::PastKnown | NotKnown::Stale { .. })
                    if left > patience => {}
                Ok(_) | Err(_) => return seen,
            }
            patience *= 2;
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.state.standing()
    }

    /// What was counted since it was made.
    pub fn counts(&self) -> ReplicaCounts {
        self.state.counts.counts()
    }

    /// Looks each time something came, until it is there. What depends on time alone cannot come true by waiting.
    async fn until<T>(&self, within: Duration, look: impl Fn() -> Result<T, NotKnown>) -> Result<T, NotKnown> {
        let deadline = Instant::now() + within;
        let mut news = self.state.news.subscribe();
        loop {
            news.mark_unchanged();
            let seen = look();
            let is_final =
                matches!(seen, Ok(_) | Err(NotKnown::NotFollowed | NotKnown::NoSuchCompany | NotKnown::Full { .. }));
            if is_final || timeout_at(deadline, news.changed()).await.is_err() {
                return seen;
            }
        }
    }
}
