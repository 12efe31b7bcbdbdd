//! The answers to come: a batch that carries them says what will be answered at each boundary, before it is there.

use serde_json::{Value, json};

use super::support::{Clocked, company, of};

/// Opens, as all of these tests do, before anything begins or ends.
const OPENING: &str = "2026-04-16T05:00:00Z";

/// A company with Basic until May, finance from 17 to 20 April, and market until the 18th.
async fn owner() -> Clocked {
    let world = Clocked::at(OPENING).await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active", "endsAt": "2026-05-01T00:00:00Z"})).await.data();
    for (addon, starts, ends) in [
        ("finance", json!("2026-04-17T00:00:00Z"), json!("2026-04-20T00:00:00Z")),
        ("market", Value::Null, json!("2026-04-18T00:00:00Z")),
    ] {
        let body = json!({"addonKey": addon, "status": "active", "startsAt": starts, "endsAt": ends});
        admin.post(&of(1, "addons"), &body).await.data();
    }
    world
}

async fn batch(world: &Clocked, body: Value) -> Value {
    world.service.auth().post("/internal/entitlements/batch", &body).await.data()["companies"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_carries_what_will_be_answered_at_each_boundary() {
    let world = owner().await;
    let entries = batch(&world, json!({"companyIds": [company(1), company(2)], "upcoming": 16})).await;
    let upcoming = entries[0]["upcoming"].as_array().unwrap().clone();
    assert_eq!(upcoming.len(), 4, "finance begins, market ends, finance ends, Basic ends: {upcoming:#?}");
    assert_eq!((&entries[1]["error"]["code"], &entries[1]["upcoming"]), (&json!("not_found"), &Value::Null));

    let mut before = entries[0]["entitlements"].clone();
    assert_eq!(before, world.service.auth().get(&of(1, "entitlements")).await.data());
    for later in upcoming {
        assert_eq!(before["validUntil"], later["asOf"], "one begins where the other ends");
        assert!(later["entitlementVersion"].as_u64() > before["entitlementVersion"].as_u64());
        world.set(later["asOf"].as_str().unwrap());
        assert_eq!(later, world.service.auth().get(&of(1, "entitlements")).await.data(), "as it was said it would be");
        before = later;
    }
    assert_eq!(before["validUntil"], Value::Null, "nothing ends after the last one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_carries_as_many_as_asked_for_and_none_unasked() {
    let world = owner().await;
    for count in [1, 3] {
        let entries = batch(&world, json!({"companyIds": [company(1)], "upcoming": count})).await;
        assert_eq!(entries[0]["upcoming"].as_array().unwrap().len(), count);
    }
    for body in [json!({"companyIds": [company(1)]}), json!({"companyIds": [company(1)], "upcoming": 0})] {
        assert_eq!(batch(&world, body).await[0]["upcoming"], Value::Null);
    }
    let body = json!({"companyIds": [company(1)], "upcoming": 17});
    let answer = world.service.auth().post("/internal/entitlements/batch", &body).await;
    assert_eq!((answer.status, answer.json()["error"]["details"][0]["field"].clone()), (400, json!("upcoming")));
}
