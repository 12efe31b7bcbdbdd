//! Kept replies: kept whole, in the transaction of their write, for their time.

use std::sync::Arc;

use domain::{Timestamp, apply_catalog};

use super::world::{
    activate, addon, catalog, commit, commit_with_reply, company, decided, execute, now, package, prepare, seed,
    settled_end, state_of, switch_module,
};
use crate::{CatalogCommit, Committed, REPLY_KEPT_HOURS, ReplyKey, Store, StoredReply};

const KEPT_MICROS: i64 = REPLY_KEPT_HOURS * 3_600_000_000;

pub(super) fn reply(caller: &str, key: &str, created_at: Timestamp) -> StoredReply {
    StoredReply {
        key: ReplyKey { caller: caller.to_owned(), key: key.to_owned() },
        request_hash: std::array::from_fn(|index| u8::try_from(index * 8).unwrap_or(255)),
        status: 200,
        headers: vec![("etag".to_owned(), "\"7\"".to_owned()), ("location".to_owned(), "/ü/👩".to_owned())],
        body: vec![0, 255, b'{', 0xC3, 0x28, b'\'', b'}', 0],
        created_at,
    }
}

async fn kept(store: &dyn Store, reply: &StoredReply) -> Option<StoredReply> {
    store.reply(&reply.key).await.expect("the store answers")
}

/// Given a write with a reply, a repeat finds the reply byte for byte; other callers and keys find none.
pub async fn a_kept_reply_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let changes = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    let first = reply("platform admin", "key 'ü' 1", at);
    assert_eq!(kept(&*store, &first).await, None);

    assert_eq!(commit_with_reply(&*store, changes.as_ref(), &first).await, Committed::Done);

    assert_eq!(kept(&*store, &first).await, Some(first.clone()));
    assert_eq!(kept(&*store, &reply("auth", "key 'ü' 1", at)).await, None);
    assert_eq!(kept(&*store, &reply("platform admin", "key 'ü' 2", at)).await, None);
    assert!(state_of(&*store, company(1)).await.is_known());
    let bare = StoredReply { headers: Vec::new(), body: Vec::new(), status: 599, ..reply("auth", "bare", at) };
    assert_eq!(commit_with_reply(&*store, None, &bare).await, Committed::Done);
    assert_eq!(kept(&*store, &bare).await, Some(bare));
}

/// Given a reply key that is taken, a commit with it is raced: its change is not stored, the first reply stays.
pub async fn a_taken_reply_key_races_the_whole_commit(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let at = now(&*store).await;
    let first = reply("admin", "key", at);
    assert_eq!(commit_with_reply(&*store, None, &first).await, Committed::Done);
    let end = settled_end(&*store).await;
    let second = StoredReply { status: 201, request_hash: [9; 32], body: b"other".to_vec(), ..first.clone() };

    let changes = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    assert_eq!(commit_with_reply(&*store, changes.as_ref(), &second).await, Committed::Raced);
    assert_eq!(commit_with_reply(&*store, None, &second).await, Committed::Raced);
    let change = decided(&switch_module(&before, "venue", false), &before, at);
    let of_catalog = CatalogCommit {
        change,
        request_id: "request".to_owned(),
        reply: Some(second.clone()),
        ..CatalogCommit::default()
    };
    assert_eq!(store.commit_catalog(of_catalog).await, Ok(Committed::Raced));

    assert_eq!(kept(&*store, &first).await, Some(first));
    assert!(!state_of(&*store, company(1)).await.is_known());
    assert_eq!(catalog(&*store).await, before);
    assert_eq!(settled_end(&*store).await, end);
}

/// Given a write that changes nothing, its reply is kept all the same, of companies and of the catalog.
pub async fn a_reply_is_kept_without_a_change(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let (at, end) = (now(&*store).await, settled_end(&*store).await);
    let (one, two, three) = (reply("a", "1", at), reply("a", "2", at), reply("a", "3", at));

    assert_eq!(commit_with_reply(&*store, None, &one).await, Committed::Done);
    let nothing =
        CatalogCommit { request_id: "request".to_owned(), reply: Some(two.clone()), ..CatalogCommit::default() };
    assert_eq!(store.commit_catalog(nothing).await, Ok(Committed::Done));
    assert_eq!((catalog(&*store).await, settled_end(&*store).await), (before.clone(), end));
    let change = decided(&switch_module(&before, "venue", false), &before, at);
    let expected = apply_catalog(&before, change.as_ref().expect("changes"));
    let something = CatalogCommit {
        change,
        request_id: "request".to_owned(),
        reply: Some(three.clone()),
        ..CatalogCommit::default()
    };
    assert_eq!(store.commit_catalog(something).await, Ok(Committed::Done));

    for reply in [one, two, three] {
        assert_eq!(kept(&*store, &reply).await, Some(reply));
    }
    assert_eq!(catalog(&*store).await, expected);
}

/// Given a reply whose time is over, it is not found, and a later write may take its key.
pub async fn an_expired_reply_is_gone_and_its_key_free(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let old = reply("admin", "key", Timestamp::clamped(at.micros() - KEPT_MICROS));
    let almost = reply("admin", "almost", Timestamp::clamped(at.micros() - KEPT_MICROS + 3_600_000_000));
    assert_eq!(commit_with_reply(&*store, None, &old).await, Committed::Done);
    assert_eq!(commit_with_reply(&*store, None, &almost).await, Committed::Done);

    assert_eq!(kept(&*store, &old).await, None);
    assert_eq!(kept(&*store, &almost).await, Some(almost));
    let fresh = StoredReply { status: 204, created_at: at, ..old.clone() };
    let changes = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    assert_eq!(commit_with_reply(&*store, changes.as_ref(), &fresh).await, Committed::Done);
    assert_eq!(kept(&*store, &fresh).await, Some(fresh));
    assert!(state_of(&*store, company(1)).await.is_known());
}

/// Given a commit that is raced, its reply is not kept: the key is not burnt.
pub async fn a_raced_commit_keeps_no_reply(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let stale = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    execute(&*store, company(1), &activate(&addon("finance")), "winner").await;
    let reply = reply("admin", "key", at);

    assert_eq!(commit_with_reply(&*store, stale.as_ref(), &reply).await, Committed::Raced);

    assert_eq!(kept(&*store, &reply).await, None);
    let again = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    assert_eq!(commit_with_reply(&*store, again.as_ref(), &reply).await, Committed::Done);
    assert_eq!(kept(&*store, &reply).await, Some(reply));
}

/// Given expired and live replies, pruning removes the expired ones, says how many, and nothing else.
pub async fn prune_removes_expired_replies_and_no_other(store: Arc<dyn Store>) {
    seed(&*store).await;
    let at = now(&*store).await;
    let old = Timestamp::clamped(at.micros() - KEPT_MICROS - 1);
    let live = reply("admin", "live", at);
    for number in 0..5 {
        let expired = reply("admin", &format!("old {number}"), old);
        assert_eq!(commit_with_reply(&*store, None, &expired).await, Committed::Done);
    }
    assert_eq!(commit_with_reply(&*store, None, &live).await, Committed::Done);
    let changes = prepare(&*store, company(1), &activate(&package("basic"))).await.expect("accepted").0;
    assert_eq!(commit(&*store, &changes.expect("changes"), "request").await, Committed::Done);
    let (state, end) = (state_of(&*store, company(1)).await, settled_end(&*store).await);

    assert_eq!(store.prune().await, Ok(5));
    assert_eq!(store.prune().await, Ok(0));

    assert_eq!(kept(&*store, &live).await, Some(live));
    assert_eq!(state_of(&*store, company(1)).await, state);
    assert_eq!(settled_end(&*store).await, end);
}
