//! Endpoints of outgoing webhooks: kept whole, changed by one at a time, and disabled when nobody is there.

use std::{sync::Arc, time::Duration};

use domain::{Timestamp, Uuid};

use super::{
    deliveries::{claim_one, deliver, entitlements_changed, fan_out, settle},
    world::{actor, change, line, now},
};
use crate::{
    Committed, Delivery, DeliveryStatus, DisabledReason, EventType, Settled, Store, SystemChange, Verdict,
    WebhookEndpoint, WebhookSecret,
};

/// More endpoints than any case makes.
pub(super) const MANY: u32 = 100;

const HOUR: Duration = Duration::from_hours(1);

/// Endpoint number `n`, which hears everything.
pub(super) fn endpoint(number: u128, at: Timestamp) -> WebhookEndpoint {
    WebhookEndpoint {
        id: Uuid::from_u128(0xe4d0_0000_0000_4000_8000_0000_0000_0000 + number),
        step: 1,
        url: format!("https://receiver-{number}.example/events"),
        events: Vec::new(),
        description: None,
        secret: WebhookSecret::new([u8::try_from(number).expect("few"); 32]),
        previous_secret: None,
        failing_since: None,
        disabled: None,
        created_by: actor(),
        created_at: Timestamp::clamped(at.micros() + i64::try_from(number).expect("few")),
        updated_at: at,
    }
}

/// Stores endpoint number `n`.
pub(super) async fn add(store: &dyn Store, number: u128) -> WebhookEndpoint {
    let endpoint = endpoint(number, now(store).await);
    assert_eq!(add_one(store, &endpoint, MANY).await, Committed::Done);
    endpoint
}

async fn add_one(store: &dyn Store, endpoint: &WebhookEndpoint, most: u32) -> Committed {
    change(store, SystemChange::AddEndpoint { endpoint: Box::new(endpoint.clone()), most }).await
}

/// Stores an endpoint's change.
pub(super) async fn put(store: &dyn Store, known: u64, next: &WebhookEndpoint) -> Committed {
    change(store, SystemChange::PutEndpoint { known, next: Box::new(next.clone()) }).await
}

async fn remove(store: &dyn Store, id: Uuid, known: u64) -> Committed {
    change(store, SystemChange::RemoveEndpoint { id, known }).await
}

/// An endpoint as it stands.
pub(super) async fn stored(store: &dyn Store, id: Uuid) -> WebhookEndpoint {
    let endpoints = store.webhook_endpoints().await.expect("the store answers");
    endpoints.into_iter().find(|endpoint| endpoint.id == id).expect("is there")
}

/// Given endpoints with every optional field present and absent, they come back whole, oldest first.
pub async fn endpoints_come_back_as_they_went_in(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    let bare = endpoint(1, at);
    let full = WebhookEndpoint {
        step: 7,
        url: "https://receiver.example:8443/a%20b?c='d'&e=\"f\"".to_owned(),
        events: EventType::CHOSEN.to_vec(),
        description: Some(line("the 'warehouse', über")),
        previous_secret: Some((WebhookSecret::new([0xff; 32]), Timestamp::MAX)),
        failing_since: Some(at),
        disabled: Some((DisabledReason::Failing, Timestamp::clamped(at.micros() + 5))),
        ..endpoint(2, at)
    };
    let others = DisabledReason::ALL.into_iter().zip(3..).map(|(reason, number)| WebhookEndpoint {
        events: vec![EventType::CatalogChanged],
        disabled: Some((reason, at)),
        ..endpoint(number, at)
    });
    let all: Vec<_> = [bare, full].into_iter().chain(others).collect();
    assert_eq!(store.webhook_endpoints().await, Ok(Vec::new()));

    for one in all.iter().rev() {
        assert_eq!(add_one(&*store, one, MANY).await, Committed::Done);
    }

    assert_eq!(store.webhook_endpoints().await, Ok(all.clone()));
    assert!(!format!("{all:?}").contains("255, 255"), "secrets are never shown");
}

/// Given a change of an endpoint on what it no longer is, nothing is stored.
pub async fn an_endpoint_is_changed_once(store: Arc<dyn Store>) {
    let known = add(&*store, 1).await;
    let next = WebhookEndpoint {
        step: known.step + 1,
        url: "http://elsewhere.example/".to_owned(),
        events: vec![EventType::EntitlementsChanged],
        description: Some(line("moved")),
        secret: WebhookSecret::new([9; 32]),
        previous_secret: Some((known.secret.clone(), Timestamp::clamped(known.updated_at.micros() + 60_000_000))),
        updated_at: Timestamp::clamped(known.updated_at.micros() + 3),
        ..known.clone()
    };
    let late = WebhookEndpoint { url: "https://late.example/".to_owned(), ..next.clone() };
    let unknown = endpoint(9, known.created_at);

    assert_eq!(put(&*store, known.step, &next).await, Committed::Done);
    assert_eq!(put(&*store, known.step, &late).await, Committed::Raced);
    assert_eq!(put(&*store, unknown.step, &unknown).await, Committed::Raced);

    assert_eq!(store.webhook_endpoints().await, Ok(vec![next]));
}

/// Given as many endpoints as there may be, one more is not stored; when one is gone, there is room again.
pub async fn there_are_no_more_endpoints_than_there_may_be(store: Arc<dyn Store>) {
    let at = now(&*store).await;
    for number in 1..=2 {
        assert_eq!(add_one(&*store, &endpoint(number, at), 2).await, Committed::Done);
    }
    assert_eq!(add_one(&*store, &endpoint(3, at), 2).await, Committed::Raced);
    assert_eq!(store.webhook_endpoints().await.expect("answers").len(), 2);

    assert_eq!(remove(&*store, endpoint(1, at).id, 2).await, Committed::Raced, "it is of another step");
    assert_eq!(remove(&*store, endpoint(1, at).id, 1).await, Committed::Done);
    assert_eq!(remove(&*store, endpoint(1, at).id, 1).await, Committed::Raced);
    assert_eq!(add_one(&*store, &endpoint(3, at), 2).await, Committed::Done);
}

/// Given deliveries of an endpoint that is removed, they are claimed no more, and pruned.
pub async fn an_endpoint_that_is_removed_takes_its_deliveries_with_it(store: Arc<dyn Store>) {
    let (gone, stays) = (add(&*store, 1).await, add(&*store, 2).await);
    fan_out(&*store, &[entitlements_changed(1, 1)]).await;

    assert_eq!(remove(&*store, gone.id, gone.step).await, Committed::Done);

    let claimed = store.claim_deliveries(&[(gone.id, 9), (stays.id, 9)], HOUR).await.expect("answers");
    assert_eq!(claimed.iter().map(|claimed| claimed.delivery.endpoint).collect::<Vec<_>>(), [stays.id]);
    let pruned = store.prune_deliveries(3_600, 1_000).await.expect("answers");
    assert_eq!((pruned.removed, pruned.waiting, pruned.disabled), (1, 1, Vec::new()));
    assert_eq!(store.deliveries(gone.id, None, None, 10).await, Ok(Vec::new()));
    assert_eq!(store.deliveries(stays.id, None, None, 10).await.expect("answers").len(), 1);
}

/// Given an endpoint that was disabled, what waits for it is kept, what happens is not told, and when it is enabled it hears of that.
pub async fn an_endpoint_that_is_enabled_again_is_told_that_it_missed_events(store: Arc<dyn Store>) {
    let known = add(&*store, 1).await;
    fan_out(&*store, &[entitlements_changed(1, 1)]).await;
    let disabled =
        WebhookEndpoint { step: 2, disabled: Some((DisabledReason::Asked, known.updated_at)), ..known.clone() };
    assert_eq!(put(&*store, 1, &disabled).await, Committed::Done);

    fan_out(&*store, &[entitlements_changed(1, 2)]).await;
    assert_eq!(store.claim_deliveries(&[(known.id, 9)], HOUR).await, Ok(Vec::new()));
    assert_eq!(
        deliver(&*store, &Delivery::new(known.id, entitlements_changed(1, 3), known.updated_at)).await,
        Committed::Raced
    );
    assert_eq!(put(&*store, 2, &WebhookEndpoint { step: 3, ..known.clone() }).await, Committed::Done);
    assert_eq!(put(&*store, 3, &WebhookEndpoint { step: 4, ..known.clone() }).await, Committed::Done);

    let claimed = store.claim_deliveries(&[(known.id, 9)], HOUR).await.expect("answers");
    let told: Vec<_> =
        claimed.iter().map(|claimed| (claimed.delivery.event.event, claimed.delivery.event.version)).collect();
    assert_eq!(told, [(EventType::EntitlementsChanged, 1), (EventType::EventsMissed, 0)]);
}

/// Given an endpoint whose first failure lies too far back, the next one disables it; what waits stays.
pub async fn an_endpoint_that_fails_for_too_long_is_disabled(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    fan_out(&*store, &[entitlements_changed(1, 1)]).await;
    let again = Verdict::RetryAfter(Duration::ZERO);

    let first = claim_one(&*store, endpoint.id).await;
    assert_eq!(settle(&*store, &first, again, HOUR).await, Settled::BeganFailing);
    let failing = stored(&*store, endpoint.id).await;
    let since = failing.failing_since.expect("fails");
    assert!(failing.disabled.is_none() && failing.step == 2 && since >= endpoint.updated_at, "{failing:?}");
    let second = claim_one(&*store, endpoint.id).await;
    assert_eq!(settle(&*store, &second, again, HOUR).await, Settled::AsBefore);
    assert_eq!(stored(&*store, endpoint.id).await, failing);
    let third = claim_one(&*store, endpoint.id).await;
    let disabled = Settled::Disabled(DisabledReason::Failing);
    assert_eq!(settle(&*store, &third, again, Duration::ZERO).await, disabled);

    let found = stored(&*store, endpoint.id).await;
    assert!(matches!(found.disabled, Some((DisabledReason::Failing, at)) if at >= since), "{found:?}");
    assert_eq!((found.failing_since, found.step), (Some(since), 3));
    assert_eq!(store.claim_deliveries(&[(endpoint.id, 9)], HOUR).await, Ok(Vec::new()));
    let waiting = store.deliveries(endpoint.id, Some(DeliveryStatus::Pending), None, 9).await.expect("answers");
    assert_eq!((waiting.len(), waiting[0].attempts), (1, 3));
}

/// Given a failing endpoint, one delivery that is taken makes it well; given one that says it is gone, it is disabled at once.
pub async fn an_endpoint_that_recovers_or_is_gone_is_said_to(store: Arc<dyn Store>) {
    let endpoint = add(&*store, 1).await;
    fan_out(&*store, &[1, 2, 3, 4].map(|version| entitlements_changed(1, version))).await;
    let outcomes = [
        (Verdict::Delivered, Settled::AsBefore),
        (Verdict::Failed, Settled::BeganFailing),
        (Verdict::Delivered, Settled::Recovered),
        (Verdict::Gone, Settled::Disabled(DisabledReason::Gone)),
    ];

    for (verdict, expected) in outcomes {
        let claimed = claim_one(&*store, endpoint.id).await;
        assert_eq!(settle(&*store, &claimed, verdict, HOUR).await, expected, "{verdict:?}");
        let is_failing = stored(&*store, endpoint.id).await.failing_since.is_some();
        assert_eq!(is_failing, !matches!(verdict, Verdict::Delivered), "{verdict:?}");
    }

    let found = stored(&*store, endpoint.id).await;
    assert!(matches!(found.disabled, Some((DisabledReason::Gone, _))) && found.step == 4, "{found:?}");
}

/// Given more waiting deliveries than there may be, the endpoint is disabled once, and no other.
pub async fn an_endpoint_for_which_too_many_wait_is_disabled(store: Arc<dyn Store>) {
    let (crowded, fine) = (add(&*store, 1).await, add(&*store, 2).await);
    let choosy = WebhookEndpoint { step: 2, events: vec![EventType::CatalogChanged], ..fine.clone() };
    assert_eq!(put(&*store, 1, &choosy).await, Committed::Done);
    fan_out(&*store, &[1, 2, 3].map(|version| entitlements_changed(1, version))).await;

    let enough = store.prune_deliveries(3_600, 3).await.expect("answers");
    let too_many = store.prune_deliveries(3_600, 2).await.expect("answers");
    let again = store.prune_deliveries(3_600, 2).await.expect("answers");

    assert_eq!((enough.waiting, enough.disabled), (3, Vec::new()));
    assert_eq!((too_many.waiting, too_many.disabled), (3, vec![crowded.id]));
    assert_eq!((again.removed, again.disabled), (0, Vec::new()));
    let found = stored(&*store, crowded.id).await;
    assert!(matches!(found.disabled, Some((DisabledReason::Backlog, _))) && found.step == 2, "{found:?}");
    assert_eq!(stored(&*store, fine.id).await, choosy);
}
