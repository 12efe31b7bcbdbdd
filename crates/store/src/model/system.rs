//! Writes of keys and webhook endpoints in the model store.

use domain::Timestamp;

use super::{Content, keyring};
use crate::{Committed, SystemChange, SystemCommit};

/// Makes a change and keeps its reply, or does nothing.
pub(super) fn commit(content: &mut Content, commit: SystemCommit, now: Timestamp) -> Committed {
    if commit.reply.as_ref().is_some_and(|reply| !content.is_free(&reply.key, now)) {
        return Committed::Raced;
    }
    let is_made = commit.change.is_none_or(|change| make(content, change, now));
    if is_made && content.keep(commit.reply, now) { Committed::Done } else { Committed::Raced }
}

/// Makes a change, unless what it was decided on has moved; whether it was made.
fn make(content: &mut Content, change: SystemChange, now: Timestamp) -> bool {
    let webhooks = &mut content.webhooks;
    match change {
        SystemChange::AddKey(key) => keyring::add(&mut content.keys, key),
        SystemChange::RevokeKeys { ids, at } => keyring::revoke(&mut content.keys, &ids, at),
        SystemChange::AddEndpoint { endpoint, most } => webhooks.add(*endpoint, most),
        SystemChange::PutEndpoint { known, next } => webhooks.put(known, *next, now),
        SystemChange::RemoveEndpoint { id, known } => webhooks.remove(id, known),
        SystemChange::AddDelivery(delivery) => webhooks.add_delivery(*delivery),
        SystemChange::Redeliver { endpoint, delivery, attempts, at } => {
            webhooks.redeliver(endpoint, delivery, attempts, at)
        }
    }
}
