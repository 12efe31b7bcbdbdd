//! Roll-outs and change requests: kept whole, and moved on by one at a time.

use std::sync::Arc;

use domain::{CatalogChange, Text, Timestamp, Uuid, apply_catalog};
use tokio::task::JoinSet;

use super::{
    replies::reply,
    world::{actor, addon, catalog, company, decided, line, now, package, seed, settled_end, switch_module},
};
use crate::{
    CatalogCommit, ChangeRequest, ChangeRequestStatus, Committed, Decision, RollOut, RollOutStatus, RollOutStep, Store,
    StoredReply,
};

fn roll_out(number: u128, at: Timestamp) -> RollOut {
    RollOut {
        id: Uuid::from_u128(0x4000_8000_0000_0000_0000 + number),
        step: 0,
        item: addon("finance"),
        to_revision: 7,
        status: RollOutStatus::Running,
        only: None,
        exclude: Vec::new(),
        percent: 100,
        batch_size: 500,
        cursor: None,
        moved: 0,
        unchanged: 0,
        refused: 0,
        reasons: Vec::new(),
        total: 0,
        created_by: actor(),
        created_at: at,
        updated_at: at,
    }
}

/// Starts a roll-out.
async fn start(store: &dyn Store, roll_out: &RollOut, reply: Option<StoredReply>) -> Committed {
    store.commit_catalog(stepping(None, roll_out, reply)).await.expect("the store answers")
}

fn stepping(known: Option<u64>, next: &RollOut, reply: Option<StoredReply>) -> CatalogCommit {
    let roll_out = Some(RollOutStep { known, next: next.clone() });
    CatalogCommit { roll_out, reply, request_id: "request".to_owned(), ..CatalogCommit::default() }
}

/// Given a roll-out that is started or steered with a reply to keep, both are stored or neither: a repeat starts nothing more, and what
/// lost a race keeps no reply.
pub async fn a_roll_out_and_its_reply_are_stored_together(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let (first, second) = (roll_out(1, at), roll_out(2, at));
    let kept = reply("start", "first", at);
    assert_eq!(start(&*store, &first, Some(kept.clone())).await, Committed::Done);
    assert_eq!(start(&*store, &second, Some(kept.clone())).await, Committed::Raced);
    assert_eq!(store.roll_outs(None).await, Ok(vec![first.clone()]));

    let paused = RollOut { step: 1, status: RollOutStatus::Paused, ..first.clone() };
    let steered = reply("pause", "done", at);
    for (known, expected) in [(7, Committed::Raced), (0, Committed::Done)] {
        let commit = stepping(Some(known), &paused, Some(steered.clone()));
        assert_eq!(store.commit_catalog(commit).await, Ok(expected), "on step {known}");
        let is_kept = store.reply(&steered.key).await.expect("the store answers").is_some();
        assert_eq!(is_kept, expected == Committed::Done, "a lost race keeps no reply");
    }
    assert_eq!(store.roll_outs(None).await, Ok(vec![paused]));
    assert_eq!(store.reply(&kept.key).await, Ok(Some(kept)));
}

/// Given roll-outs with every optional field present and absent, in every status, they come back whole, newest first.
pub async fn roll_outs_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let later = Timestamp::clamped(at.micros() + 1);
    let full = RollOut {
        item: package("basic"),
        only: Some(vec![company(3), company(1)]),
        exclude: vec![company(2)],
        percent: 20,
        batch_size: u32::MAX,
        cursor: Some(company(9)),
        moved: 1 << 40,
        unchanged: 2,
        refused: 3,
        reasons: vec!["the 'first' \"reason\"".to_owned(), String::new()],
        total: 1_000_000,
        ..roll_out(2, later)
    };
    let bare = roll_out(1, at);
    let nobody = RollOut { item: addon("touring"), only: Some(Vec::new()), ..roll_out(3, at) };

    for one in [&bare, &full, &nobody] {
        start(&*store, one, None).await;
    }

    assert_eq!(store.roll_outs(None).await, Ok(vec![full.clone(), nobody.clone(), bare.clone()]));
    assert_eq!(store.roll_outs(Some(&package("basic"))).await, Ok(vec![full]));
    assert_eq!(store.roll_outs(Some(&addon("basic"))).await, Ok(Vec::new()));
    let mut known = bare;
    for status in RollOutStatus::ALL {
        let next = RollOut { step: known.step + 1, status, cursor: Some(company(4)), moved: 5, ..known.clone() };
        assert_eq!(store.move_roll_out(known.step, &next).await, Ok(Committed::Done));
        assert_eq!(store.roll_outs(None).await.expect("answers").last(), Some(&next));
        known = next;
    }
}

/// Given many who start a roll-out of one item at once, one does; another item has its own, and one that has ended is in nobody's way.
pub async fn one_roll_out_of_an_item_is_under_way_at_a_time(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let mut starting = JoinSet::new();
    for number in 1..=8 {
        let (store, one) = (Arc::clone(&store), roll_out(number, at));
        starting.spawn(async move { start(&*store, &one, None).await });
    }
    let started = starting.join_all().await;
    assert_eq!(started.iter().filter(|committed| **committed == Committed::Done).count(), 1, "{started:?}");
    let other = RollOut { item: addon("touring"), ..roll_out(9, at) };
    assert_eq!(start(&*store, &other, None).await, Committed::Done);

    let known = store.roll_outs(Some(&addon("finance"))).await.expect("the store answers").remove(0);
    for (step, status) in [RollOutStatus::Paused, RollOutStatus::Returning, RollOutStatus::Done].into_iter().enumerate()
    {
        assert_eq!(start(&*store, &roll_out(10, at), None).await, Committed::Raced, "before it is {status:?}");
        let next = RollOut { step: known.step + step as u64 + 1, status, ..known.clone() };
        assert_eq!(store.move_roll_out(next.step - 1, &next).await, Ok(Committed::Done));
    }
    assert_eq!(start(&*store, &roll_out(10, at), None).await, Committed::Done);
}

/// Given two who move a roll-out on at once, one does; a step of what it no longer is changes nothing.
pub async fn a_roll_out_is_moved_on_once(store: Arc<dyn Store>) {
    let known = roll_out(1, now(&*store).await);
    start(&*store, &known, None).await;
    let winner = RollOut { step: 1, moved: 10, ..known.clone() };
    let loser = RollOut { step: 1, moved: 99, ..known };

    assert_eq!(store.move_roll_out(0, &winner).await, Ok(Committed::Done));
    assert_eq!(store.move_roll_out(0, &loser).await, Ok(Committed::Raced));
    assert_eq!(store.move_roll_out(0, &RollOut { id: Uuid::from_u128(5), ..loser }).await, Ok(Committed::Raced));

    assert_eq!(store.roll_outs(None).await, Ok(vec![winner]));
}

/// Given companies that a roll-out moved, where they stood first is kept, page by page, and of no other roll-out.
pub async fn where_companies_stood_before_a_roll_out_is_kept(store: Arc<dyn Store>) {
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    store.note_roll_out_moves(one, &[(company(2), 1), (company(1), 3)]).await.expect("the store answers");
    store.note_roll_out_moves(one, &[(company(1), 9), (company(3), 2)]).await.expect("the store answers");
    store.note_roll_out_moves(other, &[(company(1), 5)]).await.expect("the store answers");
    store.note_roll_out_moves(other, &[]).await.expect("the store answers");

    let first = store.roll_out_moves(one, None, 2).await.expect("the store answers");
    assert_eq!(first, [(company(1), 3), (company(2), 1)]);
    assert_eq!(store.roll_out_moves(one, Some(company(2)), 2).await, Ok(vec![(company(3), 2)]));
    assert_eq!(store.roll_out_moves(other, None, 9).await, Ok(vec![(company(1), 5)]));
}

fn request(number: u128, at: Timestamp) -> ChangeRequest {
    ChangeRequest {
        id: Uuid::from_u128(number),
        status: ChangeRequestStatus::Pending,
        item: package("basic"),
        change: "{\"b\": 1,  \"a\":[1.0, \"ünï\"]}".to_owned(),
        impact: "{}".to_owned(),
        based_on: (3, Timestamp::MAX),
        requested_by: line("requester"),
        requested_at: at,
        decided_by: None,
        decided_at: None,
    }
}

/// Given change requests, they come back to the byte, newest first, and by their status.
pub async fn change_requests_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let later = Timestamp::clamped(at.micros() + 1);
    let old = ChangeRequest {
        status: ChangeRequestStatus::Rejected,
        item: addon("finance"),
        decided_by: Some(line("approver")),
        decided_at: Some(later),
        ..request(1, at)
    };
    let new = request(2, later);
    asks(&*store, &new).await;
    asks(&*store, &old).await;

    assert_eq!(store.change_requests(None).await, Ok(vec![new.clone(), old.clone()]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Pending)).await, Ok(vec![new]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Rejected)).await, Ok(vec![old]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Applied)).await, Ok(Vec::new()));
}

async fn asks(store: &dyn Store, request: &ChangeRequest) {
    let commit = CatalogCommit { asks: Some(request.clone()), ..CatalogCommit::default() };
    assert_eq!(store.commit_catalog(commit).await, Ok(Committed::Done));
}

/// A commit that decides one of the requests.
fn deciding(number: u128, status: ChangeRequestStatus, by: &str, at: Timestamp) -> CatalogCommit {
    let decides = Some(Decision { request: Uuid::from_u128(number), status, by: line(by), at });
    CatalogCommit { decides, request_id: by.to_owned(), ..CatalogCommit::default() }
}

/// Where the requests stand, by number.
async fn standing(store: &dyn Store) -> Vec<(ChangeRequestStatus, Option<Text>, Option<Timestamp>)> {
    let mut all = store.change_requests(None).await.expect("the store answers");
    all.sort_by_key(|one| one.id);
    all.into_iter().map(|one| (one.status, one.decided_by, one.decided_at)).collect()
}

/// Given a pending change request, it is decided once; what is decided stays.
pub async fn a_change_request_is_decided_once(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let later = Timestamp::clamped(at.micros() + 1);
    for number in 1..=3 {
        asks(&*store, &request(number, at)).await;
    }
    let (applied, rejected, stale) =
        (ChangeRequestStatus::Applied, ChangeRequestStatus::Rejected, ChangeRequestStatus::Stale);

    for (number, status, by, expected) in [
        (1, applied, "one", Committed::Done),
        (1, rejected, "two", Committed::Raced),
        (2, stale, "three", Committed::Done),
        (9, applied, "nobody", Committed::Raced),
    ] {
        assert_eq!(store.commit_catalog(deciding(number, status, by, later)).await, Ok(expected), "{by}");
    }

    let decided = |status, by| (status, Some(line(by)), Some(later));
    let expected = [decided(applied, "one"), decided(stale, "three"), (ChangeRequestStatus::Pending, None, None)];
    assert_eq!(standing(&*store).await, expected);
    let all = store.change_requests(Some(applied)).await.expect("the store answers");
    assert_eq!(all[0].change, request(1, at).change);
}

/// Given a decision, its catalog change and its reply, all of them are stored or none is.
pub async fn a_decision_is_stored_with_its_change_or_not_at_all(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let (at, end) = (now(&*store).await, settled_end(&*store).await);
    asks(&*store, &request(1, at)).await;
    let change = decided(&switch_module(&before, "venue", false), &before, at);
    let applied = ChangeRequestStatus::Applied;
    let commit = |number, by: &str| CatalogCommit {
        change: change.clone(),
        reply: Some(reply("admin", by, at)),
        ..deciding(number, applied, by, at)
    };

    // The decision races.
    assert_eq!(store.commit_catalog(commit(2, "nobody")).await, Ok(Committed::Raced));
    assert_eq!((catalog(&*store).await, settled_end(&*store).await), (before.clone(), end));
    // The change races.
    let old = change.clone().map(|change| CatalogChange { generation_before: change.generation_before + 7, ..change });
    let late = CatalogCommit { change: old, ..commit(1, "late") };
    assert_eq!(store.commit_catalog(late).await, Ok(Committed::Raced));
    assert_eq!(standing(&*store).await, [(ChangeRequestStatus::Pending, None, None)]);
    for key in ["nobody", "late"] {
        assert_eq!(store.reply(&reply("admin", key, at).key).await, Ok(None), "{key}");
    }

    assert_eq!(store.commit_catalog(commit(1, "one")).await, Ok(Committed::Done));
    assert_eq!(standing(&*store).await, [(applied, Some(line("one")), Some(at))]);
    assert_eq!(catalog(&*store).await, apply_catalog(&before, change.as_ref().expect("changes")));
    assert!(store.reply(&reply("admin", "one", at).key).await.expect("answers").is_some());
}

/// Given a request that is asked for under a key that is taken, it is not stored.
pub async fn a_change_request_is_stored_with_its_reply_or_not_at_all(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let asking = |number| CatalogCommit {
        asks: Some(request(number, at)),
        reply: Some(reply("admin", "key", at)),
        ..CatalogCommit::default()
    };

    assert_eq!(store.commit_catalog(asking(1)).await, Ok(Committed::Done));
    assert_eq!(store.commit_catalog(asking(2)).await, Ok(Committed::Raced));

    assert_eq!(store.change_requests(None).await, Ok(vec![request(1, at)]));
}

/// Given many who approve and reject one request at once, one of them decides, and the change is stored if it was an approval.
pub async fn of_many_who_decide_a_change_request_one_does(store: Arc<dyn Store>) {
    let before = seed(&*store).await;
    let at = now(&*store).await;
    asks(&*store, &request(1, at)).await;
    let mut deciders = JoinSet::new();
    for number in 0..16 {
        let store = Arc::clone(&store);
        let approves = number % 2 == 0;
        let change = decided(&switch_module(&before, "venue", false), &before, at).filter(|_| approves);
        let status = if approves { ChangeRequestStatus::Applied } else { ChangeRequestStatus::Rejected };
        let commit = CatalogCommit { change, ..deciding(1, status, &format!("decider {number}"), at) };
        deciders.spawn(async move { store.commit_catalog(commit).await.map(|ended| (ended, status, number)) });
    }

    let ended: Vec<_> = deciders.join_all().await.into_iter().map(|ended| ended.expect("the store answers")).collect();

    let done: Vec<_> = ended.iter().filter(|(ended, ..)| *ended == Committed::Done).collect();
    let [(_, status, number)] = done[..] else { panic!("decided {} times", done.len()) };
    assert_eq!(standing(&*store).await, [(*status, Some(line(&format!("decider {number}"))), Some(at))]);
    let moved = catalog(&*store).await.generation - before.generation;
    assert_eq!(moved, u64::from(*status == ChangeRequestStatus::Applied));
}
