//! `Idempotency-Key`: a repeat answers what the first did and does nothing.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Clocked, Place, of};

fn ask(caller: &Caller, company: u32, key: &str, body: &Value) -> impl Future<Output = Answer> + use<> {
    caller.ask("POST", &of(company, "addons")).header("Idempotency-Key", key).json(body).send()
}

fn addon(status: &str) -> Value {
    json!({"addonKey": "ai", "status": status})
}

/// An answer without what every request has for itself.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let own = |(name, _): &&(String, String)| !["x-request-id", "date"].contains(&name.as_str());
    let mut headers: Vec<_> = answer.headers.iter().filter(own).cloned().collect();
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_answers_what_the_first_did_headers_included_and_does_nothing() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        let first = ask(&admin, 1, "key-1", &addon("active")).await;
        assert_eq!(first.version(), 1);
        admin.post(&of(1, "addons"), &addon("paused")).await.data();

        for _ in 0..3 {
            assert_eq!(told(&ask(&admin, 1, "key-1", &addon("active")).await), told(&first));
        }
        assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 2);
        assert_eq!(admin.get(&of(1, "history")).await.data()["history"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_a_creation_answers_201_and_where_it_stands() {
    let service = Place::sqlite().await.serve().await;
    let body = json!({"key": "extra", "name": "Extra", "type": "addon"});
    let admin = service.admin();
    let post = || admin.ask("POST", "/internal/catalog/modules").header("Idempotency-Key", "make").json(&body).send();
    let (first, second) = (post().await, post().await);
    assert_eq!((first.status, first.header("location").is_some()), (201, true));
    assert_eq!(told(&first), told(&second));
    assert_eq!(admin.get("/internal/catalog/modules").await.header("etag"), Some("\"13\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_for_one_request() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    ask(&admin, 1, "key-1", &addon("active")).await.data();

    let other_body = ask(&admin, 1, "key-1", &addon("paused")).await;
    let other_company = ask(&admin, 2, "key-1", &addon("active")).await;
    let basic =
        admin.ask("POST", &of(1, "basic")).header("Idempotency-Key", "key-1").json(&json!({"status": "active"}));
    let other_route = basic.send().await;

    for answer in [other_body, other_company, other_route] {
        assert_eq!(answer.outcome(), (409, "conflict".to_owned()));
        assert!(answer.error().2.contains("was used for another request"), "{}", answer.text());
    }
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
    assert_eq!(admin.get(&of(2, "entitlements")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_different_callers_never_meet() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let made = admin.post("/internal/keys", &json!({"name": "other-admin", "role": "admin"})).await.data();
    let other = service.caller(made["key"].as_str());
    crate::support::eventually("the new key is known", async || other.get("/internal/keys").await.status == 200).await;

    ask(&admin, 1, "key-1", &addon("active")).await.data();

    assert_eq!(ask(&other, 1, "key-1", &addon("paused")).await.version(), 2);
    assert_eq!(ask(&admin, 1, "key-1", &addon("active")).await.version(), 1, "the first one's answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_use_up_the_key() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let refused = ask(&admin, 1, "key-1", &json!({"addonKey": "later", "status": "active"})).await;
    assert_eq!(refused.status, 404);
    assert_eq!(ask(&admin, 1, "key-1", &addon("active")).await.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_changes_nothing_is_repeated_too() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    ask(&admin, 1, "key-1", &addon("active")).await.data();
    let nothing = ask(&admin, 1, "key-2", &addon("active")).await;
    admin.post(&of(1, "addons"), &addon("paused")).await.data();
    assert_eq!(told(&ask(&admin, 1, "key-2", &addon("active")).await), told(&nothing));
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_kept_for_24_hours() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    ask(&admin, 1, "key-1", &addon("active")).await.data();
    admin.post(&of(1, "addons"), &addon("paused")).await.data();

    world.set("2026-04-17T04:59:59.999999Z");
    assert_eq!(ask(&admin, 1, "key-1", &addon("active")).await.version(), 1);
    world.set("2026-04-17T05:00:00Z");
    assert_eq!(ask(&admin, 1, "key-1", &addon("active")).await.version(), 3, "written anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_survives_a_restart() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let first = ask(&service.admin(), 1, "key-1", &addon("active")).await;
        service.stop().await;

        let service = place.serve().await;
        assert_eq!(told(&ask(&service.admin(), 1, "key-1", &addon("active")).await), told(&first));
        assert_eq!(service.auth().get(&of(1, "entitlements")).await.version(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_duplicates_one_has_an_effect_and_all_have_its_answer() {
    let sqlite = Place::sqlite().await;
    let postgres = Place::postgres().await;
    let embedded = [sqlite.serve().await];
    let two_nodes = [postgres.serve().await, postgres.serve().await];
    for nodes in [&embedded[..], &two_nodes[..]] {
        for round in 0..8 {
            let body = addon(if round % 2 == 0 { "active" } else { "paused" });
            let asked: Vec<_> = (0..16)
                .map(|number: usize| {
                    let admin = nodes[number % nodes.len()].admin();
                    tokio::spawn(ask(&admin, 1, &format!("round-{round}"), &body))
                })
                .collect();
            let mut answers = Vec::new();
            for one in asked {
                answers.push(told(&one.await.unwrap()));
            }
            answers.dedup();
            assert_eq!(answers.len(), 1, "all have one answer: {answers:?}");
            let version = nodes[0].admin().get(&of(1, "entitlements")).await.version();
            assert_eq!(version, round + 1, "one effect a round");
        }
        let history = nodes[0].admin().get(&of(1, "history")).await.data();
        assert_eq!(history["history"].as_array().map(Vec::len), Some(8));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let long = "k".repeat(256);
    for key in ["", long.as_str(), "k\u{e9}y"] {
        let answer = ask(&admin, 1, key, &addon("active")).await;
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{key:?}");
    }
    let twice = admin.ask("POST", &of(1, "addons")).json(&addon("active"));
    let twice = twice.header("Idempotency-Key", "a").header("Idempotency-Key", "a").send().await;
    assert_eq!(twice.status, 400);
    assert_eq!(ask(&admin, 1, &"k".repeat(255), &addon("active")).await.version(), 1);
}
