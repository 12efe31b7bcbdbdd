//! The one writer: it takes every write that waits, does them in one transaction, syncs once, and answers all.
//!
//! A disk syncs a few hundred times a second whatever is written; so the more callers wait, the more each sync carries.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;
use store::StoreError;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, timeout_at},
};

use crate::{
    connection::{self, Purpose},
    failure::Failure,
    wal::{WAL_PAGES_LIMIT, Wal},
};

/// The most writes that share one transaction: enough to hide the sync, few enough that the first of them does not wait long.
pub(crate) const GROUP_LIMIT: usize = 64;

/// The most writes that wait. Beyond it callers wait for a place, and are turned away at their deadline: overload is answered, not hoarded.
const QUEUE_LIMIT: usize = 1_024;

/// How long a write may take from call to answer; within the second in which a database that hangs must be reported.
pub(crate) const WRITE_DEADLINE: Duration = Duration::from_millis(900);

/// How long a write of a command may take. Nobody waits for its answer but who gave the command, and no answer is worse than a late one:
/// a disk that is busy for a second must not leave it open whether a key was made.
pub(crate) const PATIENT_WRITE_DEADLINE: Duration = Duration::from_secs(30);

pub(crate) const GENERATION: &str = "
    SELECT generation
    FROM catalog_state
    WHERE id = 1";

/// What a write works on: the group's transaction.
pub(crate) struct Group<'a> {
    /// The connection, inside the transaction.
    pub(crate) connection: &'a Connection,
    /// The catalog's generation, with what the group has done so far.
    pub(crate) generation: u64,
}

/// The callers' side of the writer.
pub(crate) struct Writer {
    queue: mpsc::Sender<Waiting>,
    places: Arc<Semaphore>,
    deadline: Duration,
}

impl Writer {
    /// Starts the writer's thread. It ends when the store is dropped, after the writes that wait; `running` is dropped with it.
    pub(crate) fn start(path: PathBuf, running: impl Clone + Send + 'static) -> Result<Self, StoreError> {
        let connection = connection::open(&path, Purpose::Writing)?;
        let wal = Wal::start(&path, WAL_PAGES_LIMIT, running.clone())?;
        let (queue, waiting) = mpsc::channel();
        let mut desk = Desk { path, connection, wal };
        let work = move || {
            desk.serve(&waiting);
            // The connection closes first: `running` may hold the lock that lets another process in.
            drop(desk);
            drop(running);
        };
        let thread = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(work);
        thread.map_err(|error| StoreError::Unavailable(format!("cannot start the writer: {error}")))?;
        Ok(Self { queue, places: Arc::new(Semaphore::new(QUEUE_LIMIT)), deadline: WRITE_DEADLINE })
    }

    /// The same for commands, which would rather wait than not know.
    pub(crate) fn patient(self) -> Self {
        Self { deadline: PATIENT_WRITE_DEADLINE, ..self }
    }

    /// How many writes wait or are under way.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        QUEUE_LIMIT - self.places.available_permits()
    }

    /// Does a write in some transaction, and answers when it is durable. `work` may be run again after a failure that was not its own;
    /// it must check everything it needs before it changes anything.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&mut Group<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let deadline = Instant::now() + self.deadline;
        let place = timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(StoreError::Unavailable("too many writes wait".to_owned()));
        };
        let ticket = Arc::new(Ticket::default());
        let (reply, answer) = oneshot::channel();
        let write = Box::new(Write { work, done: None, reply });
        let waiting = Waiting { write, ticket: Arc::clone(&ticket), _place: place };
        if self.queue.send(waiting).is_err() {
            return Err(StoreError::Unavailable("the writer has stopped".to_owned()));
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) if ticket.give_up() => {
                Err(StoreError::Unavailable("the write was not begun in time".to_owned()))
            }
            Ok(Err(_)) | Err(_) => Err(StoreError::OutcomeUnknown("the write did not end in time".to_owned())),
        }
    }
}

/// Whether a write was begun or given up: whichever comes first holds.
#[derive(Default)]
struct Ticket(AtomicU8);

impl Ticket {
    const WAITS: u8 = 0;
    const BEGUN: u8 = 1;
    const GIVEN_UP: u8 = 2;

    fn begin(&self) -> bool {
        self.0.compare_exchange(Self::WAITS, Self::BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn give_up(&self) -> bool {
        self.0.compare_exchange(Self::WAITS, Self::GIVEN_UP, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// A write in the queue.
struct Waiting {
    write: Box<dyn AnyWrite>,
    ticket: Arc<Ticket>,
    _place: OwnedSemaphorePermit,
}

trait AnyWrite: Send {
    /// Does the write in the group's transaction and keeps its answer.
    fn run(&mut self, group: &mut Group<'_>) -> Result<(), Failure>;

    /// Answers: what `run` kept when the group was committed, else why not.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Write<W, T> {
    work: W,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> AnyWrite for Write<W, T>
where
    T: Send,
    W: FnMut(&mut Group<'_>) -> Result<T, Failure> + Send,
{
    fn run(&mut self, group: &mut Group<'_>) -> Result<(), Failure> {
        self.done = Some((self.work)(group)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let unread = || StoreError::Defect("a committed write kept no answer".to_owned());
        let Self { done, reply, .. } = *self;
        // A caller that has gone away needs no answer.
        let _ = reply.send(outcome.and_then(|()| done.ok_or_else(unread)));
    }
}

/// The writer's side.
struct Desk {
    path: PathBuf,
    connection: Connection,
    wal: Wal,
}

impl Desk {
    fn serve(&mut self, queue: &mpsc::Receiver<Waiting>) {
        while let Ok(first) = queue.recv() {
            let waiting = std::iter::once(first).chain(queue.try_iter().take(GROUP_LIMIT - 1));
            let mut group: Vec<Waiting> = waiting.filter(|waiting| waiting.ticket.begin()).collect();
            let writes = group.len();
            match self.commit(&mut group) {
                Err(failure) if failure.is_of_the_request() && group.len() > 1 => self.commit_singly(group),
                outcome => answer_all(group, &outcome.map_err(StoreError::from)),
            }
            self.wal.written(writes, &self.connection);
        }
    }

    /// One write of a group was at fault: each on its own, so that it alone fails.
    fn commit_singly(&mut self, group: Vec<Waiting>) {
        for waiting in group {
            let mut alone = vec![waiting];
            let outcome = self.commit(&mut alone).map_err(StoreError::from);
            answer_all(alone, &outcome);
        }
    }

    /// Does a group in one transaction: all of it, or nothing.
    fn commit(&mut self, group: &mut [Waiting]) -> Result<(), Failure> {
        if group.is_empty() {
            return Ok(());
        }
        let outcome = self.transact(group);
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if !self.connection.is_autocommit() {
            // A connection that cannot even roll back is given up; its transaction ends with it.
            self.connection = connection::open(&self.path, Purpose::Writing)?;
        }
        outcome
    }

    fn transact(&self, group: &mut [Waiting]) -> Result<(), Failure> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let generation: i64 = connection.prepare_cached(GENERATION)?.query_row((), |row| row.get(0))?;
        let generation = u64::try_from(generation).map_err(|_| Failure::nonsense("catalog generation is negative"))?;
        let mut transaction = Group { connection, generation };
        for waiting in group {
            waiting.write.run(&mut transaction)?;
        }
        let committed = connection.prepare_cached("COMMIT")?.execute(());
        committed.map(|_| ()).map_err(|error| Failure::of_commit(error).into())
    }
}

fn answer_all(group: Vec<Waiting>, outcome: &Result<(), StoreError>) {
    for waiting in group {
        waiting.write.answer(outcome.clone());
    }
}
