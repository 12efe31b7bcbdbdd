//! Company writes that go to the database together: many change sets, one statement, one wait for the disk.
//!
//! Why this keeps every guarantee of one transaction per write, the order of each company's events included, is written down in
//! docs/decisions/0004-batched-commits.md.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use domain::CompanyId;
use parking_lot::Mutex;
use store::{Committed, CompanyCommit, StoreError};
use tokio::sync::oneshot;

use crate::{
    commit_lane::serve,
    connect::Connector,
    limits::{COMMIT_BATCH, COMMIT_TAKEN_WITHIN, COMMITS_WAITING},
    queue::Queue,
};

/// A write that waits or is on its way.
pub(crate) struct Call {
    /// What to store.
    pub(crate) commit: CompanyCommit,
    /// Who owns the call now.
    pub(crate) claim: Claim,
    /// Where its caller waits.
    pub(crate) answer: oneshot::Sender<Result<Committed, StoreError>>,
}

impl Call {
    /// Whose write it is; `None` for one that keeps only a reply.
    pub(crate) fn company(&self) -> Option<CompanyId> {
        self.commit.changes.as_ref().map(|changes| changes.company_id)
    }

    /// Answers. A caller that has gone needs no answer.
    pub(crate) fn answer(self, answer: Result<Committed, StoreError>) {
        drop(self.answer.send(answer));
    }
}

/// Decides, once, whether a write is sent or given up: its caller must never be told that nothing was sent while something is.
#[derive(Clone, Default)]
pub(crate) struct Claim(Arc<AtomicU8>);

const WAITING: u8 = 0;
const SENT: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Claim {
    /// Claims the write for sending; false when its caller gave up.
    pub(crate) fn send(&self) -> bool {
        self.0.compare_exchange(WAITING, SENT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Gives the write up; false when it is being sent.
    fn give_up(&self) -> bool {
        self.0.compare_exchange(WAITING, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// What the connections that commit share.
pub(crate) struct Writes {
    /// What waits.
    pub(crate) queue: Queue<Call>,
    /// Companies with a write on its way: another of the same company would only wait for it and lose.
    in_flight: Mutex<HashSet<CompanyId>>,
}

impl Writes {
    /// Waits for writes of distinct companies that have none on its way.
    pub(crate) async fn take(&self) -> Option<Vec<Call>> {
        self.queue.take(|waiting| self.next_batch(waiting)).await
    }

    fn next_batch(&self, waiting: &mut VecDeque<Call>) -> Vec<Call> {
        let mut in_flight = self.in_flight.lock();
        let mut taken = Vec::new();
        let mut passed = VecDeque::new();
        while let Some(call) = waiting.pop_front() {
            if taken.len() == COMMIT_BATCH {
                waiting.push_front(call);
                break;
            }
            if call.company().is_none_or(|company| in_flight.insert(company)) {
                taken.push(call);
            } else {
                passed.push_back(call);
            }
        }
        // Those passed over stay the oldest.
        while let Some(call) = passed.pop_back() {
            waiting.push_front(call);
        }
        taken
    }

    /// Notes that a batch has ended. `won` gives the write sequence that each winner made: what waits and was decided on an earlier one
    /// has lost already, and is told so without asking the database.
    pub(crate) fn finish(&self, ended: &[CompanyId], won: &HashMap<CompanyId, u64>) {
        let lost = self.queue.sweep(|waiting| {
            let mut in_flight = self.in_flight.lock();
            for company in ended {
                in_flight.remove(company);
            }
            drop(in_flight);
            let has_lost = |call: &Call| {
                let changes = call.commit.changes.as_ref();
                changes.is_some_and(|set| won.get(&set.company_id).is_some_and(|made| set.write_seq_before < *made))
            };
            let (lost, rest): (VecDeque<Call>, VecDeque<Call>) = waiting.drain(..).partition(has_lost);
            *waiting = rest;
            lost
        });
        for call in lost {
            call.answer(Ok(Committed::Raced));
        }
    }
}

/// The queue of writes and the tasks that serve it. They end when it is dropped.
pub(crate) struct Committer(Arc<Writes>);

impl Committer {
    /// Starts serving over that many connections.
    pub(crate) fn start(connector: &Connector, lanes: usize) -> Self {
        let writes = Arc::new(Writes { queue: Queue::new(COMMITS_WAITING), in_flight: Mutex::default() });
        for _ in 0..lanes {
            tokio::spawn(serve(Arc::clone(&writes), connector.clone()));
        }
        Self(writes)
    }

    /// Stores a company write.
    pub(crate) async fn commit(&self, commit: CompanyCommit) -> Result<Committed, StoreError> {
        if commit.changes.is_none() && commit.reply.is_none() {
            return Ok(Committed::Done);
        }
        let (answer, mut answered) = oneshot::channel();
        let claim = Claim::default();
        self.0.queue.push(Call { commit, claim: claim.clone(), answer })?;
        if let Ok(answer) = tokio::time::timeout(COMMIT_TAKEN_WITHIN, &mut answered).await {
            return answer.unwrap_or_else(|_| Err(lost()));
        }
        if claim.give_up() {
            return Err(StoreError::Unavailable("no connection took the write in time".to_owned()));
        }
        // It was sent: whoever sent it knows its deadline and answers by then.
        answered.await.unwrap_or_else(|_| Err(lost()))
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}

fn lost() -> StoreError {
    StoreError::OutcomeUnknown("the store closed while the write was on its way".to_owned())
}
