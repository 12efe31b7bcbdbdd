//! Credits: they come once, and never go below zero.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, Place, of, shop};

async fn balance(admin: &Caller, company: u32) -> Value {
    let data = admin.get(&of(company, "credits")).await.data();
    data["credits"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["featureKey"] == "renders")
        .map_or(json!(0), |one| one["balance"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_are_granted_and_consumed_only_under_an_idempotency_key() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for path in ["grant", "consume"] {
        let answer = admin.post(&of(1, &format!("credits/renders/{path}")), &json!({"amount": 5})).await;
        assert_eq!((answer.status, answer.broken()), (400, vec!["Idempotency-Key".to_owned()]), "{path}");
    }
    let grant =
        admin.ask("POST", &of(1, "credits/renders/grant")).header("Idempotency-Key", "k1").json(&json!({"amount": 5}));
    let first = grant.clone().send().await;
    assert_eq!(first.data()["balance"], 5);
    assert_eq!(grant.send().await.data(), first.data(), "a repeat answers what the first did");
    assert_eq!(balance(&admin, 1).await, 5);
    let used = admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 2, "reason": "poster"})).await;
    assert_eq!(used.data()["balance"], 3);
    let too_much = admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 4})).await;
    assert_eq!((too_much.status, too_much.broken()), (409, vec!["balance".to_owned()]));
    assert!(too_much.error().2.contains('3'), "{}", too_much.text());
    assert_eq!(balance(&admin, 1).await, 3);
    assert_eq!(admin.get(&of(1, "features/renders")).await.data()["value"], 3);
    let dry = admin.post(&of(1, "credits/renders/consume?dryRun=true"), &json!({"amount": 3})).await;
    assert_eq!((&dry.data()["balance"], balance(&admin, 1).await), (&json!(0), json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_features_and_instants_that_cannot_be_are_refused() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    for (path, body, status) in [
        ("credits/renders/grant", json!({"amount": 0}), 400),
        ("credits/renders/grant", json!({"amount": 9_007_199_254_740_992_u64}), 400),
        ("credits/renders/grant", json!({"amount": 1.5}), 400),
        ("credits/renders/grant", json!({"amount": 1, "expiresAt": "2026-04-16T05:00:00Z"}), 400),
        ("credits/storage-gb/grant", json!({"amount": 1}), 400),
        ("credits/no-such/grant", json!({"amount": 1}), 404),
        ("credits/No/grant", json!({"amount": 1}), 400),
        ("credits/renders/consume", json!({"amount": 1}), 409),
        ("credits/renders/consume", json!({"amount": 0}), 400),
    ] {
        assert_eq!(admin.post_once(&of(1, path), &body).await.status, status, "{path} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_first_is_used_first_and_is_gone_at_its_instant() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (amount, expires_at) in [(10, None), (5, Some("2026-06-01T00:00:00Z")), (3, Some("2026-05-01T00:00:00Z"))] {
        let body = json!({"amount": amount, "expiresAt": expires_at});
        admin.post_once(&of(1, "credits/renders/grant"), &body).await.data();
    }
    admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 4})).await.data();
    let data = admin.get(&of(1, "credits")).await.data();
    assert_eq!(data["credits"][0]["balance"], 14);
    assert_eq!(data["credits"][0]["expiring"], json!([{"amount": 4, "expiresAt": "2026-06-01T00:00:00Z"}]));
    world.set("2026-06-01T00:00:00Z");
    assert_eq!(balance(&admin, 1).await, 10);
    assert_eq!(admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 11})).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_32_who_consume_at_once_no_more_are_served_than_there_is() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post("/internal/catalog/apply", &shop::document()).await.data();
    admin.post_once(&of(1, "credits/renders/grant"), &json!({"amount": 50})).await.data();
    let clients: Vec<_> = (0..32)
        .map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move {
                let mut served = 0;
                for _ in 0..3 {
                    let answer = admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 1})).await;
                    assert!([200, 409].contains(&answer.status), "{}", answer.text());
                    served += u64::from(answer.status == 200);
                }
                served
            })
        })
        .collect();
    let mut served = 0;
    for client in clients {
        served += client.await.unwrap();
    }
    assert_eq!((served, balance(&admin, 1).await), (50, json!(0)));
    let ledger = admin.get(&of(1, "credits/renders/ledger?limit=500")).await.data();
    let balances: Vec<_> =
        ledger["entries"].as_array().unwrap().iter().map(|one| one["balance"].as_u64().unwrap()).collect();
    assert_eq!(balances, (0..=50).collect::<Vec<_>>(), "newest first, each one less");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refill_adds_its_amount_once_for_each_purchase_whatever_is_retried() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let buy = async |reference: &str| {
        let body =
            json!({"addonKey": "render-pack", "status": "active", "quantity": 2, "externalReference": reference});
        admin.post(&of(1, "addons"), &body).await.data();
    };
    buy("order-1").await;
    buy("order-1").await;
    assert_eq!(balance(&admin, 1).await, 200);
    buy("order-2").await;
    buy("order-1").await;
    buy("order-2").await;
    assert_eq!(balance(&admin, 1).await, 400);
    let by_hand = json!({"amount": 7, "externalReference": "gift-1"});
    for _ in 0..2 {
        admin.post_once(&of(1, "credits/renders/grant"), &by_hand).await.data();
    }
    assert_eq!(balance(&admin, 1).await, 407);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_pages_without_skipping_or_repeating() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for amount in 1..=7 {
        admin.post_once(&of(1, "credits/renders/grant"), &json!({"amount": amount, "reason": "r"})).await.data();
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&of(1, &format!("credits/renders/ledger?limit=3{cursor}"))).await.data();
        seen.extend(page["entries"].as_array().unwrap().iter().map(|one| one["amount"].as_u64().unwrap()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    for query in ["limit=0", "limit=501", "cursor=x", "curser=1.1"] {
        assert_eq!(admin.get(&of(1, &format!("credits/renders/ledger?{query}"))).await.status, 400, "{query}");
    }
    assert_eq!(admin.get(&of(9, "credits/renders/ledger")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_of_what_begins_later_are_shown_as_upcoming_and_are_there_at_their_instant() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let pack = json!({"addonKey": "render-pack", "status": "active", "startsAt": "2026-06-01T00:00:00Z", "externalReference": "pay_1"});
    admin.post(&of(1, "addons"), &pack).await.data();
    let upcoming = json!([{"amount": 100, "startsAt": "2026-06-01T00:00:00Z", "expiresAt": null}]);

    let data = admin.get(&of(1, "credits")).await.data();

    assert_eq!((&data["credits"][0]["balance"], &data["credits"][0]["upcoming"]), (&json!(0), &upcoming));
    assert_eq!(admin.post_once(&of(1, "credits/renders/consume"), &json!({"amount": 1})).await.status, 409);
    world.set("2026-06-01T00:00:00Z");
    let data = admin.get(&of(1, "credits")).await.data();
    assert_eq!((&data["credits"][0]["balance"], &data["credits"][0]["upcoming"]), (&json!(100), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_of_what_is_cancelled_before_it_begins_are_taken_back() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let pack = json!({"addonKey": "render-pack", "status": "active", "startsAt": "2026-06-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &pack).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "render-pack", "status": "paused"})).await.data();
    let waiting = admin.get(&of(1, "credits")).await.data();
    assert_eq!(waiting["credits"][0]["upcoming"], json!([{"amount": 100, "startsAt": null, "expiresAt": null}]));

    admin.post(&of(1, "addons"), &json!({"addonKey": "render-pack", "status": "cancelled"})).await.data();

    let none = json!([{"featureKey": "renders", "balance": 0, "expiring": [], "upcoming": []}]);
    assert_eq!(admin.get(&of(1, "credits")).await.data()["credits"], none);
    let ledger = admin.get(&of(1, "credits/renders/ledger")).await.data();
    let kinds: Vec<_> = ledger["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, [json!("take_back"), json!("grant")]);
    let history = admin.get(&of(1, "history")).await.text();
    assert!(history.contains("credit_taken_back"), "{history}");
}
