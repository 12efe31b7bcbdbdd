//! One connection that serves a queue.

use sqlx::{Connection, PgConnection};
use store::StoreError;
use tokio::time::Instant;

use crate::{connect::Connector, limits::RECONNECT_PAUSE, queue::Queue};

/// A connection of its own for one task, made when it is first needed and again when it is lost.
pub(crate) struct Lane<'q, J> {
    queue: &'q Queue<J>,
    connector: Connector,
    connection: Option<PgConnection>,
    used: Instant,
    /// The alarms that there were when the connection was last seen to stand.
    alarms: u64,
}

impl<'q, J> Lane<'q, J> {
    /// A lane without a connection.
    pub(crate) fn new(queue: &'q Queue<J>, connector: Connector) -> Self {
        let alarms = connector.alarms();
        Self { queue, connector, connection: None, used: Instant::now(), alarms }
    }

    /// The connection; connects when there is none.
    pub(crate) async fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.used = Instant::now();
        if self.connection.is_none() {
            self.alarms = self.connector.alarms();
            let connection = self.connector.connect().await?;
            self.queue.connected();
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or_else(|| StoreError::Defect("a connection went missing".to_owned()))
    }

    /// Asks a connection that was idle for longer whether it still stands, and lets go of it if not. So is one beside which another was
    /// lost: a server that restarts takes all of them with it, and may be back at once.
    pub(crate) async fn check_after(&mut self, idle: std::time::Duration) {
        let alarms = self.connector.alarms();
        if self.used.elapsed() < idle && self.alarms == alarms {
            return;
        }
        self.alarms = alarms;
        let Some(connection) = &mut self.connection else { return };
        let stands = tokio::time::timeout(RECONNECT_PAUSE, connection.ping()).await;
        if !matches!(stands, Ok(Ok(()))) {
            self.lose();
        }
    }

    /// Closes the connection at once, without a farewell that a hanging server would not hear.
    pub(crate) fn lose(&mut self) {
        if self.connection.take().is_some() {
            self.connector.alarm();
            self.queue.disconnected();
        }
    }
}

impl<J> Drop for Lane<'_, J> {
    fn drop(&mut self) {
        self.lose();
    }
}

/// Waits a moment before the next attempt to connect.
pub(crate) async fn pause() {
    tokio::time::sleep(RECONNECT_PAUSE).await;
}
