//! Writes of keys, webhook endpoints and deliveries: each stored with its kept reply, or not at all.

use std::sync::Arc;

use domain::{Timestamp, Uuid};
use tokio::task::JoinSet;

use super::{
    deliveries::entitlements_changed,
    endpoints::{MANY, endpoint, stored},
    keyrings::{add_key, key, ring},
    replies::reply,
    world::{change, now},
};
use crate::{
    Committed, Delivery, DeliveryStatus, Store, StoredReply, SystemChange, SystemCommit, Verdict, WebhookEndpoint,
};

async fn commit(store: &dyn Store, change: Option<&SystemChange>, reply: &StoredReply) -> Committed {
    let commit = SystemCommit { change: change.cloned(), reply: Some(reply.clone()) };
    store.commit_system(commit).await.expect("the store answers")
}

async fn kept(store: &dyn Store, reply: &StoredReply) -> Option<StoredReply> {
    store.reply(&reply.key).await.expect("the store answers")
}

/// Everything that these writes concern.
#[derive(Debug, PartialEq)]
struct Seen {
    keys: Vec<crate::KeyRecord>,
    endpoints: Vec<WebhookEndpoint>,
    deliveries: Vec<Delivery>,
}

async fn seen(store: &dyn Store) -> Seen {
    let endpoints = store.webhook_endpoints().await.expect("the store answers");
    let mut deliveries = Vec::new();
    for known in &endpoints {
        deliveries.extend(store.deliveries(known.id, None, None, 500).await.expect("the store answers"));
    }
    Seen { keys: ring(store).await.keys, endpoints, deliveries }
}

/// A key, two endpoints and a delivery that was given up.
async fn prepared(store: &dyn Store, at: Timestamp) -> Delivery {
    add_key(store, key(1, "auth", at)).await;
    for number in [1, 2] {
        let endpoint = Box::new(endpoint(number, at));
        assert_eq!(change(store, SystemChange::AddEndpoint { endpoint, most: MANY }).await, Committed::Done);
    }
    let delivery = Delivery::new(endpoint(1, at).id, entitlements_changed(1, 1), at);
    assert_eq!(change(store, SystemChange::AddDelivery(Box::new(delivery.clone()))).await, Committed::Done);
    let claimed = super::deliveries::claim_one(store, delivery.endpoint).await;
    super::deliveries::settle(store, &claimed, Verdict::Failed, std::time::Duration::from_hours(1)).await;
    store.delivery(delivery.endpoint, delivery.id).await.expect("the store answers").expect("is there").0
}

/// One change of each kind that holds of what [`prepared`] made.
async fn changes(store: &dyn Store, failed: &Delivery, at: Timestamp) -> Vec<SystemChange> {
    let first = stored(store, endpoint(1, at).id).await;
    let next = WebhookEndpoint { step: first.step + 1, url: "https://moved.example/".to_owned(), ..first.clone() };
    let tried = Delivery::new(first.id, entitlements_changed(2, 2), at);
    vec![
        SystemChange::AddKey(key(2, "admin", at)),
        SystemChange::RevokeKeys { ids: vec![key(1, "auth", at).id], at },
        SystemChange::AddEndpoint { endpoint: Box::new(endpoint(3, at)), most: MANY },
        SystemChange::AddDelivery(Box::new(tried)),
        SystemChange::Redeliver { endpoint: first.id, delivery: failed.id, attempts: failed.attempts, at },
        SystemChange::PutEndpoint { known: first.step, next: Box::new(next) },
        SystemChange::RemoveEndpoint { id: endpoint(2, at).id, known: 1 },
    ]
}

/// Given one change of each kind with a reply, both are stored; with a reply whose key is taken, neither is.
pub async fn a_change_of_the_system_and_its_reply_are_stored_together(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let failed = prepared(&*store, at).await;
    let taken = reply("admin", "taken", at);
    assert_eq!(commit(&*store, None, &taken).await, Committed::Done);
    let other = StoredReply { request_hash: [9; 32], body: b"other".to_vec(), ..taken.clone() };

    for (number, change) in changes(&*store, &failed, at).await.iter().enumerate() {
        let before = seen(&*store).await;
        assert_eq!(commit(&*store, Some(change), &other).await, Committed::Raced, "{change:?}");
        assert_eq!(seen(&*store).await, before, "{change:?}");

        let own = reply("admin", &format!("own {number}"), at);
        assert_eq!(commit(&*store, Some(change), &own).await, Committed::Done, "{change:?}");
        assert_ne!(seen(&*store).await, before, "{change:?}");
        assert_eq!(kept(&*store, &own).await, Some(own), "{change:?}");
    }
    assert_eq!(kept(&*store, &taken).await, Some(taken));
    let after = seen(&*store).await;
    assert_eq!(after.keys.iter().map(|key| key.revoked_at).collect::<Vec<_>>(), [Some(at), None]);
    assert_eq!(after.endpoints.iter().map(|endpoint| endpoint.step).collect::<Vec<_>>(), [2 + 1, 1]);
    let again = after.deliveries.iter().find(|delivery| delivery.id == failed.id).expect("is there");
    assert_eq!((again.status, again.next_attempt_at), (DeliveryStatus::Pending, Some(at)));
}

/// Given changes whose guards do not hold, neither they nor their replies are stored, and the keys of the replies stay free.
pub async fn what_is_raced_in_the_system_keeps_no_reply(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let failed = prepared(&*store, at).await;
    let first = stored(&*store, endpoint(1, at).id).await;
    let (nobody, own) = (Uuid::from_u128(77), reply("admin", "own", at));
    let off = WebhookEndpoint { step: 2, disabled: Some((crate::DisabledReason::Asked, at)), ..endpoint(2, at) };
    let switch_off = SystemChange::PutEndpoint { known: 1, next: Box::new(off.clone()) };
    assert_eq!(change(&*store, switch_off).await, Committed::Done);
    let before = seen(&*store).await;

    for raced in [
        SystemChange::RevokeKeys { ids: vec![key(1, "auth", at).id, nobody], at },
        SystemChange::AddEndpoint { endpoint: Box::new(endpoint(3, at)), most: 2 },
        SystemChange::PutEndpoint { known: first.step + 1, next: Box::new(first.clone()) },
        SystemChange::RemoveEndpoint { id: first.id, known: first.step + 1 },
        SystemChange::RemoveEndpoint { id: nobody, known: 1 },
        SystemChange::AddDelivery(Box::new(Delivery::new(off.id, entitlements_changed(1, 2), at))),
        SystemChange::AddDelivery(Box::new(Delivery::new(nobody, entitlements_changed(1, 2), at))),
        SystemChange::Redeliver { endpoint: first.id, delivery: failed.id, attempts: failed.attempts + 1, at },
        SystemChange::Redeliver { endpoint: first.id, delivery: nobody, attempts: 0, at },
    ] {
        assert_eq!(commit(&*store, Some(&raced), &own).await, Committed::Raced, "{raced:?}");
        assert_eq!(kept(&*store, &own).await, None, "{raced:?}");
        assert_eq!(seen(&*store).await, before, "{raced:?}");
    }
    assert_eq!(commit(&*store, Some(&SystemChange::AddKey(key(2, "admin", at))), &own).await, Committed::Done);
}

/// Given a write that changes nothing, its reply is kept all the same.
pub async fn a_reply_of_the_system_is_kept_without_a_change(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let (ring_before, own) = (ring(&*store).await, reply("admin", "own", at));

    assert_eq!(commit(&*store, None, &own).await, Committed::Done);

    assert_eq!(kept(&*store, &own).await, Some(own));
    assert_eq!(ring(&*store).await, ring_before);
}

/// Given many who make a key each under one reply key at once, one key is made, and the reply is that one's.
pub async fn of_many_who_write_the_system_under_one_reply_key_one_does(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let mut race = JoinSet::new();
    for number in 1..=12 {
        let store = Arc::clone(&store);
        race.spawn(async move {
            let made = SystemChange::AddKey(key(number, "auth", at));
            let own = StoredReply { body: vec![number], ..reply("admin", "one", at) };
            (number, commit(&*store, Some(&made), &own).await)
        });
    }
    let ended = race.join_all().await;

    let done: Vec<u8> = ended.iter().filter(|(_, end)| *end == Committed::Done).map(|(number, _)| *number).collect();
    assert_eq!(done.len(), 1, "{ended:?}");
    let keys = ring(&*store).await.keys;
    assert_eq!(keys.iter().map(|one| one.hash[0]).collect::<Vec<_>>(), done);
    let told = kept(&*store, &reply("admin", "one", at)).await.expect("a reply");
    assert_eq!(told.body, done);
}
