//! Making a replica.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{MonotonicClock, Replica, state::State};
use crate::{BuildError, Client};

/// Which companies a replica follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Companies {
    /// These, and those that it is told to follow later.
    These(Vec<Uuid>),
    /// All, those that come later among them. The caller needs the scope `companies:read` for the list.
    All,
}

/// Makes a [`Replica`].
#[derive(Clone, Debug)]
pub struct ReplicaBuilder {
    pub(crate) client: Client,
    pub(crate) companies: Companies,
    pub(crate) bound: Duration,
    pub(crate) upcoming: u32,
    pub(crate) clock_margin: Duration,
    pub(crate) silence: Duration,
    pub(crate) most_companies: usize,
    pub(crate) clock: MonotonicClock,
}

impl ReplicaBuilder {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            companies: Companies::These(Vec::new()),
            bound: Duration::from_secs(2),
            upcoming: 4,
            clock_margin: Duration::from_millis(30),
            silence: Duration::from_secs(3),
            most_companies: 10_000_000,
            clock: MonotonicClock::system(),
        }
    }

    /// Which companies it follows; none unless something is said, until [`Replica::follow`].
    pub fn companies(mut self, companies: Companies) -> Self {
        self.companies = companies;
        self
    }

    /// How old its knowledge may be for [`Replica::check`] to answer; 2 s unless something is said. A heartbeat comes every half second from
    /// a service that is not configured otherwise, so less than a second makes it refuse for nothing now and then.
    pub fn bound(mut self, bound: Duration) -> Self {
        self.bound = bound;
        self
    }

    /// How many answers to come it holds of each company, 1 to 16; 4 unless something is said. What is outside is taken to the nearest.
    pub fn upcoming(mut self, count: u32) -> Self {
        self.upcoming = count.clamp(1, 16);
        self
    }

    /// How far a node may lag behind its database's clock, and how unevenly two clocks may run within 20 s; 30 ms unless something is said,
    /// for a node asks its database every 25 ms. So much longer than need be an answer says no at a boundary.
    pub fn clock_margin(mut self, margin: Duration) -> Self {
        self.clock_margin = margin;
        self
    }

    /// After how much silence the stream is taken for broken and opened anew; 3 s unless something is said.
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// Most companies that it follows; ten million unless something is said. One takes about a kilobyte.
    pub fn most_companies(mut self, most: usize) -> Self {
        self.most_companies = most;
        self
    }

    /// Another clock than the machine's, for tests.
    pub fn clock(mut self, clock: MonotonicClock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts it: it loads and follows in tasks of the present tokio runtime, until its last handle is dropped. Does not wait; see
    /// [`Replica::ready`].
    ///
    /// # Errors
    /// [`BuildError::Companies`] when it is to follow more companies than it may.
    pub fn start(self) -> Result<Replica, BuildError> {
        if let Companies::These(companies) = &self.companies
            && companies.len() > self.most_companies
        {
            return Err(BuildError::Companies { named: companies.len(), most: self.most_companies });
        }
        Ok(Replica::started(Arc::new(State::new(self))))
    }
}
