//! The connections beyond the limit: so few that they cost nothing, and always one for who comes next.

use std::{collections::VecDeque, sync::Arc};

use tokio::task::AbortHandle;

use super::{ConnectionInfo, PROBE_CONNECTIONS};

/// Those who stand in the reserve, the oldest first.
#[derive(Default)]
pub(super) struct Reserve {
    standing: VecDeque<Reserved>,
}

struct Reserved {
    id: u64,
    /// Nothing yet while a handshake is under way.
    connection: Option<Arc<ConnectionInfo>>,
    /// Nothing for the moment until the task is begun.
    task: Option<AbortHandle>,
}

impl Reserved {
    /// Whether it holds its place and asks nothing.
    fn is_silent(&self) -> bool {
        self.connection.as_ref().is_none_or(|connection| connection.progress.begun() == 0)
    }
}

impl Reserve {
    /// Makes room for one more, at the cost of whoever has stood there longest and asked nothing; says whether there is room.
    pub(super) fn enter(&mut self, id: u64) -> bool {
        if self.standing.len() >= PROBE_CONNECTIONS {
            let silent = self.standing.iter().position(Reserved::is_silent);
            let Some(silent) = silent.and_then(|at| self.standing.remove(at)) else { return false };
            silent.task.inspect(AbortHandle::abort);
        }
        self.standing.push_back(Reserved { id, connection: None, task: None });
        true
    }

    /// Notes what is known of a connection.
    pub(super) fn settle(&mut self, id: u64, connection: &Arc<ConnectionInfo>) {
        if let Some(reserved) = self.of(id) {
            reserved.connection = Some(Arc::clone(connection));
        }
    }

    /// Notes how a connection is ended when its place is needed.
    pub(super) fn begun(&mut self, id: u64, task: AbortHandle) {
        if let Some(reserved) = self.of(id) {
            reserved.task = Some(task);
        }
    }

    /// Gives a place back.
    pub(super) fn leave(&mut self, id: u64) {
        self.standing.retain(|reserved| reserved.id != id);
    }

    fn of(&mut self, id: u64) -> Option<&mut Reserved> {
        self.standing.iter_mut().find(|reserved| reserved.id == id)
    }
}
