//! Deliveries of outgoing webhooks: made with the cursor's move, claimed by one, and kept with what became of them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{CompanyId, Timestamp, Uuid};
use tokio::task::JoinSet;

use super::{
    endpoints::{add, put, stored},
    world::{change, company, now},
};
use crate::{
    Attempt, Claimed, Committed, Delivery, DeliveryStatus, DisabledReason, EventType, FanOut, FeedPosition, Settled,
    Settlement, Store, SystemChange, Verdict, WebhookCursor, WebhookEndpoint, WebhookEvent,
};

const HOUR: Duration = Duration::from_hours(1);

/// That a company came to a version.
pub(super) fn entitlements_changed(number: u128, version: u64) -> WebhookEvent {
    let at = Timestamp::clamped(1_776_000_000_000_000 + i64::try_from(version).expect("small"));
    WebhookEvent { event: EventType::EntitlementsChanged, at, company: Some(company(number)), version }
}

fn about_no_company(event: EventType) -> WebhookEvent {
    WebhookEvent { event, company: None, ..entitlements_changed(1, 7) }
}

/// The cursor one change further on.
async fn step(store: &dyn Store, events: &[WebhookEvent]) -> FanOut {
    let from = store.webhook_cursor().await.expect("the store answers");
    let FeedPosition { transaction, seq } = from.position;
    let to = WebhookCursor { position: FeedPosition { transaction, seq: seq + 1 }, ..from };
    FanOut { from, to, events: events.to_vec(), unheard: false }
}

/// Makes deliveries of events.
pub(super) async fn fan_out(store: &dyn Store, events: &[WebhookEvent]) {
    assert_eq!(store.fan_out(&step(store, events).await).await, Ok(Committed::Done));
}

/// Claims the next delivery of an endpoint, whose time has come.
pub(super) async fn claim_one(store: &dyn Store, endpoint: Uuid) -> Claimed {
    let mut claimed = store.claim_deliveries(&[(endpoint, 1)], HOUR).await.expect("the store answers");
    claimed.pop().expect("one is due")
}

/// Stores an outcome of a claim.
pub(super) async fn settle(store: &dyn Store, claimed: &Claimed, verdict: Verdict, disable_after: Duration) -> Settled {
    store.settle_delivery(&settlement(claimed, verdict, disable_after)).await.expect("the store answers")
}

fn settlement(claimed: &Claimed, verdict: Verdict, disable_after: Duration) -> Settlement {
    let attempt = Attempt {
        number: 0,
        at: claimed.now,
        took_ms: 12,
        status: None,
        error: None,
        excerpt: None,
        version: claimed.delivery.event.version,
    };
    let Delivery { endpoint, id: delivery, .. } = claimed.delivery;
    Settlement { endpoint, delivery, lease: claimed.lease, attempt, verdict, disable_after }
}

/// Stores a delivery.
pub(super) async fn deliver(store: &dyn Store, delivery: &Delivery) -> Committed {
    change(store, SystemChange::AddDelivery(Box::new(delivery.clone()))).await
}

async fn redeliver(store: &dyn Store, of: (Uuid, Uuid), attempts: u32, at: Timestamp) -> Committed {
    let (endpoint, delivery) = of;
    change(store, SystemChange::Redeliver { endpoint, delivery, attempts, at }).await
}

async fn listed(store: &dyn Store, endpoint: Uuid) -> Vec<Delivery> {
    let mut deliveries = store.deliveries(endpoint, None, None, 500).await.expect("the store answers");
    deliveries.reverse();
    deliveries
}

/// Given endpoints that chose, that chose nothing and that are disabled, each is told what it hears, whole and in order.
pub async fn events_go_to_those_who_hear_them(store: Arc<dyn Store>) {
    let before = now(&*store).await;
    let [everything, companies, catalog, off] =
        [add(&*store, 1).await, add(&*store, 2).await, add(&*store, 3).await, add(&*store, 4).await];
    let choosy =
        |endpoint: &WebhookEndpoint, event| WebhookEndpoint { step: 2, events: vec![event], ..endpoint.clone() };
    let is_off = WebhookEndpoint { step: 2, disabled: Some((DisabledReason::Asked, before)), ..off.clone() };
    for next in
        [choosy(&companies, EventType::EntitlementsChanged), choosy(&catalog, EventType::CatalogChanged), is_off]
    {
        assert_eq!(put(&*store, 1, &next).await, Committed::Done);
    }
    let events = [
        entitlements_changed(1, 1),
        about_no_company(EventType::CatalogChanged),
        entitlements_changed(2, (1 << 53) - 1),
        about_no_company(EventType::EventsMissed),
        entitlements_changed(1, 2),
    ];

    fan_out(&*store, &events).await;

    let of = |numbers: &[usize]| numbers.iter().map(|number| events[*number]).collect::<Vec<_>>();
    for (endpoint, expected) in
        [(&everything, of(&[0, 1, 2, 3, 4])), (&companies, of(&[0, 2, 3, 4])), (&catalog, of(&[1, 3])), (&off, of(&[]))]
    {
        let made = listed(&*store, endpoint.id).await;
        assert_eq!(made.iter().map(|delivery| delivery.event).collect::<Vec<_>>(), expected);
        assert!(made.is_sorted_by(|one, next| one.number < next.number));
        for delivery in made {
            assert_eq!((delivery.endpoint, delivery.status), (endpoint.id, DeliveryStatus::Pending));
            assert_eq!((delivery.attempts, delivery.tries, delivery.settled_at), (0, 0, None));
            assert_eq!(delivery.next_attempt_at, Some(delivery.created_at));
            assert!(delivery.created_at >= before, "{delivery:?}");
        }
    }
    let test = about_no_company(EventType::EndpointTest);
    let added = Delivery::new(companies.id, test, before);
    assert_eq!(deliver(&*store, &added).await, Committed::Done);
    let newest = listed(&*store, companies.id).await.pop().expect("is there");
    assert_eq!(newest, Delivery { number: newest.number, ..added.clone() });
    let mut ids: BTreeSet<Uuid> = [added.id].into();
    for endpoint in [&everything, &companies, &catalog] {
        ids.extend(listed(&*store, endpoint.id).await.iter().map(|delivery| delivery.id));
    }
    assert_eq!(ids.len(), 5 + 5 + 2, "every delivery has an id of its own");
}

/// Given a step from where the cursor does not stand, neither it nor any delivery is there afterwards.
pub async fn a_cursor_that_stands_elsewhere_moves_nothing(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    let known = step(&*store, &[entitlements_changed(1, 1)]).await;
    let other_life =
        FanOut { from: WebhookCursor { epoch: known.from.epoch.wrapping_add(1), ..known.from }, ..known.clone() };
    let further = FanOut { from: known.to, ..known.clone() };

    for raced in [&other_life, &further] {
        assert_eq!(store.fan_out(raced).await, Ok(Committed::Raced));
        assert_eq!((store.webhook_cursor().await, listed(&*store, endpoint.id).await.len()), (Ok(known.from), 0));
    }
    assert_eq!(store.fan_out(&known).await, Ok(Committed::Done));
    assert_eq!(store.fan_out(&known).await, Ok(Committed::Raced));

    assert_eq!((store.webhook_cursor().await, listed(&*store, endpoint.id).await.len()), (Ok(known.to), 1));
    let new_life = WebhookCursor {
        epoch: u64::MAX - 3,
        position: FeedPosition { transaction: known.to.position.transaction, seq: 1 << 40 },
    };
    let over = FanOut { from: known.to, to: new_life, ..known };
    assert_eq!(store.fan_out(&over).await, Ok(Committed::Done));
    assert_eq!(store.webhook_cursor().await, Ok(new_life));
}

/// Given a step that is only for when nobody hears, it is not made once somebody does.
pub async fn what_is_unheard_moves_the_cursor_only_while_nobody_hears(store: Arc<dyn Store>) {
    let unheard = async || FanOut { unheard: true, ..step(&*store, &[]).await };
    let first = unheard().await;
    assert_eq!(store.fan_out(&first).await, Ok(Committed::Done));
    let endpoint = add(&*store, 1).await;

    let heard = unheard().await;
    assert_eq!(store.fan_out(&heard).await, Ok(Committed::Raced));
    assert_eq!(store.webhook_cursor().await, Ok(first.to));

    let off = WebhookEndpoint { step: 2, disabled: Some((DisabledReason::Asked, endpoint.created_at)), ..endpoint };
    assert_eq!(put(&*store, 1, &off).await, Committed::Done);
    assert_eq!(store.fan_out(&heard).await, Ok(Committed::Done));
}

/// Given many who take the same step at once, one does, and each delivery is there once.
pub async fn of_many_who_fan_out_one_does(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    for round in 1..=5 {
        let step = step(&*store, &[entitlements_changed(1, round), entitlements_changed(2, round)]).await;
        let mut racing = JoinSet::new();
        for _ in 0..6 {
            let (store, step) = (Arc::clone(&store), step.clone());
            racing.spawn(async move { store.fan_out(&step).await });
        }
        let outcomes = racing.join_all().await;
        let done = outcomes.iter().filter(|outcome| **outcome == Ok(Committed::Done)).count();
        assert_eq!(done, 1, "{outcomes:?}");
    }
    assert_eq!(listed(&*store, endpoint.id).await.len(), 10);
}

/// Given many who claim, each delivery goes to one of them; after the lease to another, and the first one's outcome counts no more.
pub async fn a_delivery_is_claimed_by_one_until_its_lease_ends(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    let events: Vec<_> = (1..=20).map(|version| entitlements_changed(1, version)).collect();
    fan_out(&*store, &events).await;
    let mut claiming = JoinSet::new();
    for _ in 0..4 {
        let (store, wanted) = (Arc::clone(&store), [(endpoint.id, 5)]);
        claiming.spawn(async move { store.claim_deliveries(&wanted, HOUR).await });
    }
    let mut claimed: Vec<Claimed> = Vec::new();
    for some in claiming.join_all().await {
        claimed.extend(some.expect("answers"));
    }
    // One who came while another was at it may have gone away with less.
    claimed.extend(store.claim_deliveries(&[(endpoint.id, 20)], HOUR).await.expect("answers"));
    let versions: BTreeSet<u64> = claimed.iter().map(|claimed| claimed.delivery.event.version).collect();
    assert_eq!((claimed.len(), versions.len()), (20, 20));
    assert_eq!(claimed.iter().map(|claimed| claimed.lease).collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(store.claim_deliveries(&[(endpoint.id, 20)], HOUR).await, Ok(Vec::new()));

    fan_out(&*store, &[entitlements_changed(3, 1)]).await;
    let dead = store.claim_deliveries(&[(endpoint.id, 1)], Duration::ZERO).await.expect("answers").pop().expect("due");
    let living = claim_one(&*store, endpoint.id).await;
    assert_eq!(dead.delivery.id, living.delivery.id);
    assert_ne!(dead.lease, living.lease);
    assert_eq!(settle(&*store, &dead, Verdict::Failed, HOUR).await, Settled::Raced);
    assert_eq!(stored(&*store, endpoint.id).await, endpoint);
    assert_eq!(settle(&*store, &living, Verdict::Delivered, HOUR).await, Settled::AsBefore);
    assert_eq!(settle(&*store, &living, Verdict::Failed, HOUR).await, Settled::Raced);
    let (delivery, attempts) =
        store.delivery(endpoint.id, living.delivery.id).await.expect("answers").expect("is there");
    assert_eq!((delivery.status, attempts.len()), (DeliveryStatus::Delivered, 1));
}

/// Given many deliveries of one endpoint and few of another, each gets what it may have, and what waits longest comes first.
pub async fn each_endpoint_has_its_own_share_of_a_claim(store: Arc<dyn Store>) {
    let (crowded, quiet, other) = (add(&*store, 1).await, add(&*store, 2).await, add(&*store, 3).await);
    let only = |endpoint: &WebhookEndpoint| WebhookEndpoint {
        step: 2,
        events: vec![EventType::CatalogChanged],
        ..endpoint.clone()
    };
    for endpoint in [&quiet, &other] {
        assert_eq!(put(&*store, 1, &only(endpoint)).await, Committed::Done);
    }
    let events: Vec<_> = (1..=9).map(|version| entitlements_changed(1, version)).collect();
    fan_out(&*store, &events).await;
    fan_out(&*store, &[about_no_company(EventType::CatalogChanged)]).await;

    let wanted = [(crowded.id, 3), (quiet.id, 3), (Uuid::from_u128(77), 3)];
    let claimed = store.claim_deliveries(&wanted, HOUR).await.expect("answers");

    let of = |endpoint: Uuid| {
        let own = claimed.iter().filter(|claimed| claimed.delivery.endpoint == endpoint);
        own.map(|claimed| (claimed.delivery.event.event, claimed.delivery.event.version)).collect::<BTreeSet<_>>()
    };
    assert_eq!(of(crowded.id), [1, 2, 3].map(|version| (EventType::EntitlementsChanged, version)).into());
    assert_eq!(of(quiet.id), [(EventType::CatalogChanged, 7)].into());
    assert_eq!(claimed.len(), 4);
    assert_eq!(store.claim_deliveries(&[], HOUR).await, Ok(Vec::new()));
    let at = now(&*store).await;
    for claimed in claimed {
        assert!(claimed.now <= at && claimed.delivery.created_at <= claimed.now, "{claimed:?}");
        assert_eq!(claimed.delivery.attempts, 0);
    }
}

/// Given attempts that fail, that are to be tried again and that succeed, the delivery tells of each, and when the next one is.
pub async fn what_became_of_a_delivery_is_kept(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    fan_out(&*store, &[entitlements_changed(1, 1)]).await;
    let first = claim_one(&*store, endpoint.id).await;
    let refused = Attempt {
        number: 0,
        at: first.now,
        took_ms: u32::MAX >> 1,
        status: Some(599),
        error: Some("answered 599 'no'".to_owned()),
        excerpt: Some("<h1>\"über\"</h1>".to_owned()),
        version: (1 << 53) - 1,
    };
    let again =
        Settlement { attempt: refused.clone(), ..settlement(&first, Verdict::RetryAfter(Duration::ZERO), HOUR) };
    assert_eq!(store.settle_delivery(&again).await, Ok(Settled::BeganFailing));
    let second = claim_one(&*store, endpoint.id).await;
    assert_eq!((second.delivery.id, second.delivery.attempts, second.delivery.tries), (first.delivery.id, 1, 1));
    assert_eq!(settle(&*store, &second, Verdict::RetryAfter(HOUR), HOUR).await, Settled::AsBefore);

    let id = first.delivery.id;
    let (delivery, attempts) = store.delivery(endpoint.id, id).await.expect("answers").expect("is there");
    assert_eq!((delivery.status, delivery.attempts, delivery.settled_at), (DeliveryStatus::Pending, 2, None));
    let next = delivery.next_attempt_at.expect("waits").micros() - second.now.micros();
    assert!(next >= 3_600_000_000, "{next}");
    assert_eq!(store.claim_deliveries(&[(endpoint.id, 9)], HOUR).await, Ok(Vec::new()));
    let quiet = settlement(&second, Verdict::Delivered, HOUR).attempt;
    assert_eq!(attempts, [Attempt { number: 1, ..refused }, Attempt { number: 2, ..quiet }]);
    assert_eq!(listed(&*store, endpoint.id).await, [delivery]);
    assert_eq!(store.delivery(endpoint.id, Uuid::from_u128(5)).await, Ok(None));
    assert_eq!(store.delivery(Uuid::from_u128(5), id).await, Ok(None));
}

/// Given a delivery that was given up, or taken, or that waits, it can be made again: with its id, at once, with the whole schedule.
pub async fn a_delivery_is_made_again_from_the_beginning(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    fan_out(&*store, &[entitlements_changed(1, 1)]).await;
    let id = listed(&*store, endpoint.id).await[0].id;

    for (made, verdict) in
        (0..).zip([Verdict::RetryAfter(HOUR), Verdict::Failed, Verdict::Delivered, Verdict::Delivered])
    {
        let at = now(&*store).await;
        assert_eq!(
            redeliver(&*store, (endpoint.id, id), made + 1, at).await,
            Committed::Raced,
            "so many were not made"
        );
        assert_eq!(redeliver(&*store, (endpoint.id, id), made, at).await, Committed::Done);
        let (again, _) = store.delivery(endpoint.id, id).await.expect("answers").expect("is there");
        assert_eq!((again.id, again.status, again.next_attempt_at), (id, DeliveryStatus::Pending, Some(at)));
        assert_eq!((again.attempts, again.tries, again.settled_at), (made, 0, None));
        let claimed = claim_one(&*store, endpoint.id).await;
        assert_eq!(claimed.delivery.id, id);
        settle(&*store, &claimed, verdict, HOUR).await;
        let (settled, attempts) = store.delivery(endpoint.id, id).await.expect("answers").expect("is there");
        assert_eq!((settled.attempts, settled.tries), (made + 1, 1));
        assert_eq!(settled.settled_at.is_some(), !matches!(verdict, Verdict::RetryAfter(_)));
        assert_eq!(attempts.len(), made as usize + 1);
    }
    let at = now(&*store).await;
    assert_eq!(redeliver(&*store, (endpoint.id, Uuid::from_u128(5)), 0, at).await, Committed::Raced);
    assert_eq!(redeliver(&*store, (Uuid::from_u128(5), id), 4, at).await, Committed::Raced);
}

/// Given more deliveries than a page holds, pages of any size join to the whole, of all statuses or of one.
pub async fn deliveries_page_without_skipping_or_repeating(store: Arc<dyn Store>) {
    let (endpoint, _) = (add(&*store, 1).await, add(&*store, 2).await);
    let events: Vec<_> = (1..=7).map(|version| entitlements_changed(1, version)).collect();
    fan_out(&*store, &events).await;
    for verdict in [Verdict::Delivered, Verdict::Failed, Verdict::Delivered] {
        let claimed = claim_one(&*store, endpoint.id).await;
        settle(&*store, &claimed, verdict, HOUR).await;
    }

    for (status, count) in [
        (None, 7),
        (Some(DeliveryStatus::Delivered), 2),
        (Some(DeliveryStatus::Failed), 1),
        (Some(DeliveryStatus::Pending), 4),
    ] {
        let whole = store.deliveries(endpoint.id, status, None, 100).await.expect("answers");
        assert_eq!(whole.len(), count);
        assert!(whole.is_sorted_by(|one, next| one.number > next.number));
        assert!(whole.iter().all(|delivery| status.is_none_or(|status| delivery.status == status)));
        for size in [1, 2, 7] {
            let mut paged: Vec<Delivery> = Vec::new();
            while paged.len() < whole.len() {
                let before = paged.last().map(|delivery| delivery.number);
                let page = store.deliveries(endpoint.id, status, before, size).await.expect("answers");
                assert!(!page.is_empty() && page.len() <= size as usize);
                paged.extend(page);
            }
            assert_eq!(paged, whole);
        }
    }
}

/// Given settled and waiting deliveries, those that were settled long enough ago are removed with their attempts.
pub async fn what_was_settled_long_ago_is_removed_and_nothing_else(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    let events: Vec<_> = (1..=3).map(|version| entitlements_changed(1, version)).collect();
    fan_out(&*store, &events).await;
    let mut settled = Vec::new();
    for verdict in [Verdict::Delivered, Verdict::Failed] {
        let claimed = claim_one(&*store, endpoint.id).await;
        settle(&*store, &claimed, verdict, HOUR).await;
        settled.push(claimed.delivery.id);
    }

    assert_eq!(store.prune_deliveries(3_600, 100).await.expect("answers").removed, 0);
    let mut removed = 0;
    // Longer ago than no time at all is everything, once the clock has moved.
    while removed < 2 {
        removed += store.prune_deliveries(0, 100).await.expect("answers").removed;
    }

    let left = listed(&*store, endpoint.id).await;
    assert_eq!(left.iter().map(|delivery| delivery.event.version).collect::<Vec<_>>(), [3]);
    for id in settled {
        assert_eq!(store.delivery(endpoint.id, id).await, Ok(None));
    }
    let company: Option<CompanyId> = left[0].event.company;
    assert_eq!(company, Some(super::world::company(1)));
}
