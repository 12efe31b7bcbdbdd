//! A few threads that read. Each read is one snapshot, which waits for no writer.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
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
};

/// Threads that read: while one waits for the disk, others answer from memory.
pub(crate) const READERS: usize = 4;

/// The most reads that wait. Beyond it callers wait for a place, and are turned away at their deadline.
const QUEUE_LIMIT: usize = 4_096;

/// How long a read may take from call to answer; within the second in which a database that hangs must be reported.
pub(crate) const READ_DEADLINE: Duration = Duration::from_millis(900);

/// How long a question about all companies may take: whoever asks one is preparing a change of the catalog, and waits for it.
pub(crate) const SURVEY_DEADLINE: Duration = Duration::from_secs(20);

/// The callers' side of the readers.
pub(crate) struct Readers {
    queue: Arc<Queue>,
    places: Arc<Semaphore>,
    surveying: tokio::sync::Mutex<()>,
}

/// Reads that wait. One that comes wakes one thread.
#[derive(Default)]
struct Queue {
    content: Mutex<Content>,
    came: Condvar,
}

#[derive(Default)]
struct Content {
    waiting: VecDeque<Waiting>,
    is_closed: bool,
}

impl Queue {
    fn put(&self, waiting: Waiting) {
        self.content().waiting.push_back(waiting);
        self.came.notify_one();
    }

    /// The next read; `None` when there will be none any more.
    fn take(&self) -> Option<Waiting> {
        let rests = |content: &mut Content| content.waiting.is_empty() && !content.is_closed;
        let content = self.came.wait_while(self.content(), rests);
        content.unwrap_or_else(PoisonError::into_inner).waiting.pop_front()
    }

    fn close(&self) {
        self.content().is_closed = true;
        self.came.notify_all();
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

struct Waiting {
    read: Box<dyn FnOnce(&Connection) + Send>,
    _place: OwnedSemaphorePermit,
}

impl Readers {
    /// Starts the threads. They end when the store is dropped; each holds a clone of `running` until then.
    pub(crate) fn start(path: &Path, running: &(impl Clone + Send + 'static)) -> Result<Self, StoreError> {
        let readers = Self {
            queue: Arc::default(),
            places: Arc::new(Semaphore::new(QUEUE_LIMIT)),
            surveying: tokio::sync::Mutex::default(),
        };
        for number in 0..READERS {
            let connection = connection::open(path, Purpose::Reading)?;
            let queue = Arc::clone(&readers.queue);
            let running = running.clone();
            let work = move || {
                while let Some(waiting) = queue.take() {
                    (waiting.read)(&connection);
                }
                drop(connection);
                drop(running);
            };
            let thread = thread::Builder::new().name(format!("sqlite-reader-{number}")).spawn(work);
            thread.map_err(|error| StoreError::Unavailable(format!("cannot start a reader: {error}")))?;
        }
        Ok(readers)
    }

    /// Reads in one snapshot.
    pub(crate) async fn read<T, R>(&self, work: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.read_within(READ_DEADLINE, work).await
    }

    /// Reads something about all companies, in one snapshot.
    pub(crate) async fn survey<T, R>(&self, work: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        // One at a time: the other readers go on answering for single companies.
        let deadline = Instant::now() + SURVEY_DEADLINE;
        let Ok(_surveying) = timeout_at(deadline, self.surveying.lock()).await else {
            return Err(StoreError::Unavailable("too many questions about all companies wait".to_owned()));
        };
        self.read_within(deadline.saturating_duration_since(Instant::now()), work).await
    }

    async fn read_within<T, R>(&self, within: Duration, work: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let deadline = Instant::now() + within;
        let place = timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(StoreError::Unavailable("too many reads wait".to_owned()));
        };
        let (reply, answer) = oneshot::channel();
        let read = move |connection: &Connection| {
            // Nobody waits for the answer any more: the time belongs to those who still do.
            if !reply.is_closed() {
                let _ = reply.send(in_snapshot(connection, work).map_err(StoreError::from));
            }
        };
        self.queue.put(Waiting { read: Box::new(read), _place: place });
        match timeout_at(deadline, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(StoreError::Unavailable("a reader has stopped".to_owned())),
            Err(_) => Err(StoreError::Unavailable("the database did not answer a read in time".to_owned())),
        }
    }
}

/// All statements of `work` see the database at one instant.
fn in_snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
    connection.prepare_cached("BEGIN DEFERRED")?.execute(())?;
    let outcome = work(connection);
    let ended = connection.prepare_cached("ROLLBACK").and_then(|mut statement| statement.execute(()));
    let value = outcome?;
    ended?;
    Ok(value)
}
