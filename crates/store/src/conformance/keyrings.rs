//! API keys: exact, revocable, with a generation that moves when they do.

use std::sync::Arc;

use domain::{Timestamp, Uuid};

use super::world::now;
use crate::{KeyRecord, KeyRing, Store};

fn key(number: u8, name: &str, created_at: Timestamp) -> KeyRecord {
    KeyRecord {
        id: Uuid::from_u128(0x4000_8000_0000_0000_0000 + u128::from(number)),
        name: name.to_owned(),
        role: "auth".to_owned(),
        scopes: Vec::new(),
        hash: [number; 32],
        created_at,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

async fn ring(store: &dyn Store) -> KeyRing {
    store.key_ring(None).await.expect("the store answers").expect("a ring is given when none is known")
}

/// Given keys with every optional field present and absent, they come back whole, oldest first.
pub async fn keys_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let later = Timestamp::clamped(at.micros() + 1);
    let full = KeyRecord {
        role: "job".to_owned(),
        scopes: vec!["companies:write".to_owned(), "ünï,\"code\"".to_owned()],
        expires_at: Some(Timestamp::MAX),
        revoked_at: Some(Timestamp::MIN),
        last_used_at: Some(at),
        ..key(3, "jobs 'nightly' 👩‍👩‍👧‍👦", later)
    };
    let bare = key(2, "auth", at);

    store.add_key(full.clone()).await.expect("the key is added");
    store.add_key(bare.clone()).await.expect("the key is added");

    assert_eq!(ring(&*store).await.keys, [bare, full]);
}

/// Given a reader that knows the ring's generation, it is sent again only after a key was made or revoked.
pub async fn the_ring_is_given_only_when_its_generation_moved(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let empty = ring(&*store).await;
    assert_eq!(store.key_ring(Some(empty.generation)).await, Ok(None));

    store.add_key(key(1, "auth", at)).await.expect("the key is added");
    let one = store.key_ring(Some(empty.generation)).await.expect("answers").expect("the ring moved");
    assert!(one.generation > empty.generation);
    assert_eq!(store.key_ring(Some(one.generation)).await, Ok(None));

    assert_eq!(store.revoke_keys("nobody").await, Ok(Vec::new()));
    assert_eq!(store.key_ring(Some(one.generation)).await, Ok(None), "revoking nothing moves nothing");

    store.revoke_keys("auth").await.expect("the store answers");
    let two = store.key_ring(Some(one.generation)).await.expect("answers").expect("the ring moved");
    assert!(two.generation > one.generation);
}

/// Given several keys, an id revokes that one, a name every live one of that name, and what was revoked stays as it was.
pub async fn keys_are_revoked_by_id_or_else_by_name(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let (one, two, three, four) = (key(1, "auth", at), key(2, "auth", at), key(3, "auth", at), key(4, "admin", at));
    for key in [&one, &two, &three, &four] {
        store.add_key(key.clone()).await.expect("the key is added");
    }

    let by_id = store.revoke_keys(&one.id.to_string()).await.expect("the store answers");
    assert_eq!(by_id.iter().map(|key| key.id).collect::<Vec<_>>(), [one.id]);
    let revoked_at = by_id[0].revoked_at.expect("it is revoked");
    assert!(revoked_at >= at, "it is revoked now");

    let mut by_name: Vec<Uuid> =
        store.revoke_keys("auth").await.expect("the store answers").iter().map(|key| key.id).collect();
    by_name.sort();
    assert_eq!(by_name, [two.id, three.id], "the one revoked before is not revoked again");
    assert_eq!(store.revoke_keys("auth").await, Ok(Vec::new()));
    assert_eq!(store.revoke_keys(&one.id.to_string()).await, Ok(Vec::new()));

    let keys = ring(&*store).await.keys;
    let revoked = |id: Uuid| keys.iter().find(|key| key.id == id).and_then(|key| key.revoked_at);
    assert_eq!(revoked(one.id), Some(revoked_at));
    assert!(revoked(two.id).is_some() && revoked(three.id).is_some());
    assert_eq!(revoked(four.id), None);
}

/// Given uses noted out of order, the last use is the latest of them; unknown ids are passed over.
pub async fn the_last_use_never_moves_back(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let instant = |offset: i64| Timestamp::clamped(at.micros() + offset);
    let (one, two) = (key(1, "auth", at), key(2, "admin", at));
    store.add_key(one.clone()).await.expect("the key is added");
    store.add_key(two.clone()).await.expect("the key is added");

    store.keys_used(&[]).await.expect("the store answers");
    store.keys_used(&[(one.id, instant(5)), (Uuid::from_u128(9), instant(9))]).await.expect("the store answers");
    store.keys_used(&[(one.id, instant(3)), (two.id, instant(-7))]).await.expect("the store answers");

    let used = |ring: &KeyRing| ring.keys.iter().map(|key| (key.id, key.last_used_at)).collect::<Vec<_>>();
    let expected = [(one.id, Some(instant(5))), (two.id, Some(instant(-7)))];
    assert_eq!(used(&ring(&*store).await), expected);
    store.keys_used(&[(two.id, instant(8)), (one.id, instant(6))]).await.expect("the store answers");
    assert_eq!(used(&ring(&*store).await), [(one.id, Some(instant(6))), (two.id, Some(instant(8)))]);
}
