//! Roll-outs and change requests: kept whole, and moved on by one at a time.

use std::sync::Arc;

use domain::{Timestamp, Uuid};

use super::world::{actor, addon, company, line, now, package};
use crate::{ChangeRequest, ChangeRequestStatus, Committed, RollOut, RollOutStatus, Store};

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
    let nobody = RollOut { only: Some(Vec::new()), ..roll_out(3, at) };

    for one in [&bare, &full, &nobody] {
        store.add_roll_out(one).await.expect("the store answers");
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

/// Given two who move a roll-out on at once, one does; a step of what it no longer is changes nothing.
pub async fn a_roll_out_is_moved_on_once(store: Arc<dyn Store>) {
    let known = roll_out(1, now(&*store).await);
    store.add_roll_out(&known).await.expect("the store answers");
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
    store.add_change_request(&new).await.expect("the store answers");
    store.add_change_request(&old).await.expect("the store answers");

    assert_eq!(store.change_requests(None).await, Ok(vec![new.clone(), old.clone()]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Pending)).await, Ok(vec![new]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Rejected)).await, Ok(vec![old]));
    assert_eq!(store.change_requests(Some(ChangeRequestStatus::Applied)).await, Ok(Vec::new()));
}

/// Given a pending change request, it is decided once, by the store's clock; what is decided stays.
pub async fn a_change_request_is_decided_once(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    for number in 1..=3 {
        store.add_change_request(&request(number, at)).await.expect("the store answers");
    }
    let decide = |number: u128, status, by: &str| {
        let (store, by) = (Arc::clone(&store), line(by));
        async move { store.decide_change_request(Uuid::from_u128(number), status, &by).await }
    };

    assert_eq!(decide(1, ChangeRequestStatus::Applied, "one").await, Ok(Committed::Done));
    assert_eq!(decide(1, ChangeRequestStatus::Rejected, "two").await, Ok(Committed::Raced));
    assert_eq!(decide(2, ChangeRequestStatus::Stale, "three").await, Ok(Committed::Done));
    assert_eq!(decide(9, ChangeRequestStatus::Applied, "nobody").await, Ok(Committed::Raced));

    let all = store.change_requests(None).await.expect("the store answers");
    let told: Vec<_> = all.iter().map(|one| (one.status, one.decided_by.clone())).collect();
    let (applied, stale) = (ChangeRequestStatus::Applied, ChangeRequestStatus::Stale);
    let expected = [(ChangeRequestStatus::Pending, None), (stale, Some(line("three"))), (applied, Some(line("one")))];
    assert_eq!(told, expected);
    assert!(all[2].decided_at.is_some_and(|decided| decided >= at));
    assert_eq!((all[0].decided_at, &all[2].change), (None, &request(1, at).change));
}
