//! Storing a write of keys or webhook endpoints, with its kept reply.

use sqlx::{Connection, PgConnection};
use store::{Committed, SystemChange, SystemCommit};

use crate::{commit_catalog::finish, keys, replies, webhook_deliveries, webhook_endpoints};

/// Stores it, unless what it was decided on has moved.
pub(crate) async fn commit(connection: &mut PgConnection, commit: &SystemCommit) -> Result<Committed, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let stored = store_all(&mut transaction, commit).await;
    finish(transaction, stored).await
}

async fn store_all(transaction: &mut PgConnection, commit: &SystemCommit) -> Result<bool, sqlx::Error> {
    // First: of two with one key the other one waits here, before it has changed anything.
    if let Some(reply) = &commit.reply {
        replies::clear_expired(transaction, &reply.key).await?;
        replies::keep(transaction, reply).await?;
    }
    let Some(change) = &commit.change else { return Ok(true) };
    match change {
        SystemChange::AddKey(key) => keys::add(transaction, key).await,
        SystemChange::RevokeKeys { ids, at } => keys::revoke(transaction, ids, *at).await,
        SystemChange::AddEndpoint { endpoint, most } => webhook_endpoints::add(transaction, endpoint, *most).await,
        SystemChange::PutEndpoint { known, next } => webhook_endpoints::put(transaction, *known, next).await,
        SystemChange::RemoveEndpoint { id, known } => webhook_endpoints::remove(transaction, *id, *known).await,
        SystemChange::AddDelivery(delivery) => webhook_deliveries::add(transaction, delivery).await,
        SystemChange::Redeliver { endpoint, delivery, attempts, at } => {
            webhook_deliveries::redeliver(transaction, *endpoint, *delivery, *attempts, *at).await
        }
    }
}
