//! API keys: exact, revocable, with a generation that moves when they do.

use std::sync::Arc;

use domain::{Timestamp, Uuid};

use super::world::{change, now};
use crate::{Committed, KeyRecord, KeyRing, Store, SystemChange};

/// Key number `n`.
pub(super) fn key(number: u8, name: &str, created_at: Timestamp) -> KeyRecord {
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

/// Stores a key.
pub(super) async fn add_key(store: &dyn Store, key: KeyRecord) {
    assert_eq!(change(store, SystemChange::AddKey(key)).await, Committed::Done);
}

async fn revoke(store: &dyn Store, ids: &[Uuid], at: Timestamp) -> Committed {
    change(store, SystemChange::RevokeKeys { ids: ids.to_vec(), at }).await
}

/// All keys.
pub(super) async fn ring(store: &dyn Store) -> KeyRing {
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

    add_key(&*store, full.clone()).await;
    add_key(&*store, bare.clone()).await;

    assert_eq!(ring(&*store).await.keys, [bare, full]);
}

/// Given a reader that knows the ring's generation, it is sent again only after a key was made or revoked.
pub async fn the_ring_is_given_only_when_its_generation_moved(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let empty = ring(&*store).await;
    assert_eq!(store.key_ring(Some(empty.generation)).await, Ok(None));

    add_key(&*store, key(1, "auth", at)).await;
    let one = store.key_ring(Some(empty.generation)).await.expect("answers").expect("the ring moved");
    assert!(one.generation > empty.generation);
    assert_eq!(store.key_ring(Some(one.generation)).await, Ok(None));

    assert_eq!(revoke(&*store, &[key(9, "nobody", at).id], at).await, Committed::Raced);
    assert_eq!(store.key_ring(Some(one.generation)).await, Ok(None), "revoking nothing moves nothing");

    assert_eq!(revoke(&*store, &[key(1, "auth", at).id], at).await, Committed::Done);
    let two = store.key_ring(Some(one.generation)).await.expect("answers").expect("the ring moved");
    assert!(two.generation > one.generation);
}

/// Given several keys, an id means that one, a name every live one of that name; those are revoked together or not at all, and what was
/// revoked stays as it was.
pub async fn keys_are_revoked_by_id_or_else_by_name(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let later = Timestamp::clamped(at.micros() + 7);
    let (one, two, three, four) = (key(1, "auth", at), key(2, "auth", at), key(3, "auth", at), key(4, "admin", at));
    for key in [&one, &two, &three, &four] {
        add_key(&*store, key.clone()).await;
    }
    let meant = async |name_or_id: &str| -> Vec<Uuid> {
        ring(&*store).await.live(name_or_id).iter().map(|key| key.id).collect()
    };

    assert_eq!(meant(&one.id.to_string()).await, [one.id]);
    assert_eq!(revoke(&*store, &[one.id], at).await, Committed::Done);
    assert!(meant(&one.id.to_string()).await.is_empty(), "not its name either");
    assert_eq!(meant("auth").await, [two.id, three.id]);
    assert_eq!(revoke(&*store, &[two.id, one.id], later).await, Committed::Raced, "one of them is revoked already");
    assert_eq!(meant("auth").await, [two.id, three.id], "all or nothing");
    assert_eq!(revoke(&*store, &[two.id, three.id], later).await, Committed::Done);
    assert_eq!(revoke(&*store, &[two.id, three.id], at).await, Committed::Raced);

    let keys = ring(&*store).await.keys;
    let revoked: Vec<_> = keys.iter().map(|key| key.revoked_at).collect();
    assert_eq!(revoked, [Some(at), Some(later), Some(later), None]);
}

/// Given uses noted out of order, the last use is the latest of them; unknown ids are passed over.
pub async fn the_last_use_never_moves_back(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let instant = |offset: i64| Timestamp::clamped(at.micros() + offset);
    let (one, two) = (key(1, "auth", at), key(2, "admin", at));
    add_key(&*store, one.clone()).await;
    add_key(&*store, two.clone()).await;

    store.keys_used(&[]).await.expect("the store answers");
    store.keys_used(&[(one.id, instant(5)), (Uuid::from_u128(9), instant(9))]).await.expect("the store answers");
    store.keys_used(&[(one.id, instant(3)), (two.id, instant(-7))]).await.expect("the store answers");

    let used = |ring: &KeyRing| ring.keys.iter().map(|key| (key.id, key.last_used_at)).collect::<Vec<_>>();
    let expected = [(one.id, Some(instant(5))), (two.id, Some(instant(-7)))];
    assert_eq!(used(&ring(&*store).await), expected);
    store.keys_used(&[(two.id, instant(8)), (one.id, instant(6))]).await.expect("the store answers");
    assert_eq!(used(&ring(&*store).await), [(one.id, Some(instant(6))), (two.id, Some(instant(8)))]);
}
