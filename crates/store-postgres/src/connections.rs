//! A small pool for the calls that are not batched. Unlike the driver's own, a connection whose statement was not seen to end, because
//! it timed out or its caller went away, is closed at once and never used again.

use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sqlx::PgConnection;
use store::StoreError;
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    connect::Connector,
    failure::{Failure, unanswered, uncommitted},
    limits::{ANSWER_WITHIN, CALLS_WAITING},
};

/// Connections of one kind.
pub(crate) struct Connections {
    connector: Connector,
    idle: Mutex<Vec<PgConnection>>,
    free: Semaphore,
    waiting: Semaphore,
    within: Duration,
}

impl Connections {
    /// Up to `size` connections, made when they are needed; every call ends `within` a time.
    pub(crate) fn new(connector: Connector, size: usize, within: Duration) -> Self {
        let (free, waiting) = (Semaphore::new(size), Semaphore::new(CALLS_WAITING));
        Self { connector, idle: Mutex::default(), free, waiting, within }
    }

    /// Asks; once more on a fresh connection when an idle one turns out to be dead.
    pub(crate) async fn ask<T>(
        &self,
        statement: impl for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + self.within;
        let asking = async {
            let _place = self.place().await?;
            if let Some(mut connection) = self.take_idle() {
                match statement(&mut connection).await {
                    Ok(answer) => {
                        self.idle.lock().push(connection);
                        return Ok(answer);
                    }
                    Err(error) if Failure::of(&error) != Failure::ConnectionLost => {
                        self.idle.lock().push(connection);
                        return Err(unanswered(&error));
                    }
                    // The server was restarted while the connections were idle: all of them are dead.
                    Err(_) => self.idle.lock().clear(),
                }
            }
            let mut connection = self.connector.connect().await?;
            let answer = statement(&mut connection).await.map_err(|error| unanswered(&error))?;
            self.idle.lock().push(connection);
            Ok(answer)
        };
        let late = StoreError::Unavailable("the database did not answer in time".to_owned());
        tokio::time::timeout_at(deadline, asking).await.unwrap_or(Err(late))
    }

    /// Writes, once: when the connection is lost or the time is over after it was sent, the outcome is unknown.
    pub(crate) async fn write<T>(
        &self,
        statement: impl for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + self.within;
        let late = StoreError::Unavailable("the database did not answer in time".to_owned());
        let before = async {
            let place = self.place().await?;
            Ok::<_, StoreError>((place, self.live().await?))
        };
        let (_place, mut connection) = match tokio::time::timeout(ANSWER_WITHIN, before).await {
            Ok(ready) => ready?,
            Err(_) => return Err(late),
        };
        match tokio::time::timeout_at(deadline, statement(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.idle.lock().push(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(uncommitted(&error)),
            Err(_) => Err(StoreError::OutcomeUnknown("the database did not answer in time".to_owned())),
        }
    }

    async fn place(&self) -> Result<[tokio::sync::SemaphorePermit<'_>; 2], StoreError> {
        let overloaded = || StoreError::Unavailable("overloaded: too many calls wait for the database".to_owned());
        let waiting = self.waiting.try_acquire().map_err(|_| overloaded())?;
        let free = self.free.acquire().await.map_err(|_| overloaded())?;
        Ok([waiting, free])
    }

    /// The lock ends here, before anything is awaited.
    fn take_idle(&self) -> Option<PgConnection> {
        self.idle.lock().pop()
    }

    /// A connection that is known to stand.
    async fn live(&self) -> Result<PgConnection, StoreError> {
        if let Some(mut connection) = self.take_idle() {
            if sqlx::Connection::ping(&mut connection).await.is_ok() {
                return Ok(connection);
            }
            self.idle.lock().clear();
        }
        self.connector.connect().await
    }
}
