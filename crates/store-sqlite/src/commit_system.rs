//! Storing a write of keys or webhook endpoints, with its kept reply.

use rusqlite::Connection;
use store::{Committed, SystemChange, SystemCommit};

use crate::{failure::Failure, keys, now::Now, replies, webhook_deliveries, webhook_endpoints};

/// Stores it, unless what it was decided on has moved. Every guard stands before the first change.
pub(crate) fn system(connection: &Connection, now: &Now, commit: &SystemCommit) -> Result<Committed, Failure> {
    if !replies::is_free(connection, now, commit.reply.as_ref())? {
        return Ok(Committed::Raced);
    }
    if let Some(change) = &commit.change
        && !make(connection, now, change)?
    {
        return Ok(Committed::Raced);
    }
    replies::keep(connection, commit.reply.as_ref())?;
    Ok(Committed::Done)
}

/// Makes a change, unless its guard does not hold; whether it was made.
fn make(connection: &Connection, now: &Now, change: &SystemChange) -> Result<bool, Failure> {
    match change {
        SystemChange::AddKey(key) => keys::add(connection, key),
        SystemChange::RevokeKeys { ids, at } => keys::revoke(connection, ids, *at),
        SystemChange::AddEndpoint { endpoint, most } => webhook_endpoints::add(connection, endpoint, *most),
        SystemChange::PutEndpoint { known, next } => webhook_endpoints::put(connection, *known, next, now.get()),
        SystemChange::RemoveEndpoint { id, known } => webhook_endpoints::remove(connection, *id, *known),
        SystemChange::AddDelivery(delivery) => webhook_deliveries::add(connection, delivery),
        SystemChange::Redeliver { endpoint, delivery, attempts, at } => {
            webhook_deliveries::redeliver(connection, *endpoint, *delivery, *attempts, *at)
        }
    }
}
