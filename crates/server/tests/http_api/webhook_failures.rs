//! Webhook endpoints that fail, in every way: what is tried again, what is not, and when an endpoint is given up.

use serde_json::{Value, json};

use crate::support::{
    Caller, Clocked, Place, eventually, of,
    receiver::{Made, RECEIVING, Receiver, Reply, make_endpoint},
};

async fn write(admin: &Caller, status: &str) {
    admin.post(&of(1, "addons"), &json!({ "addonKey": "finance", "status": status })).await.data();
}

/// The newest delivery, once it has been attempted so often.
async fn attempted(made: &Made, admin: &Caller, attempts: u64) -> Value {
    let newest = async || made.deliveries(admin).await.into_iter().next().unwrap_or_default();
    eventually("enough attempts", async || newest().await["attempts"].as_u64() >= Some(attempts)).await;
    newest().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_sent_again_with_its_id_until_it_is() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Text(503, "come\nback\u{7}".to_owned())).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;

    write(&admin, "active").await;
    receiver.until(2).await;
    receiver.set(Reply::Status(202));
    eventually("it is taken", async || made.deliveries(&admin).await[0]["status"] == "delivered").await;

    let delivery = made.deliveries(&admin).await.remove(0);
    let got = receiver.received();
    assert!(got.iter().all(|one| one.header("webhook-id") == delivery["id"]), "{got:?}");
    let log = delivery["attemptLog"].as_array().unwrap();
    assert_eq!(log.len(), got.len());
    assert_eq!((&log[0]["status"], &log[0]["error"]), (&json!(503), &json!("answered 503")));
    assert_eq!(log[0]["excerpt"], "come back");
    assert_eq!(log.last().unwrap()["status"], 202);
    assert_eq!(log.last().unwrap()["error"], Value::Null);
    assert_eq!((&delivery["nextAttemptAt"], delivery["settledAt"].is_string()), (&Value::Null, true));
    assert_eq!(made.shown(&admin).await["failingSince"], Value::Null, "it recovered");
    assert!(service.metric("platform_core_webhook_attempts_total{outcome=\"failed\"}").await >= 2);
    assert_eq!(service.metric("platform_core_webhook_attempts_total{outcome=\"delivered\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_leads_nowhere() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, inner) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    let receiver = Receiver::start(Reply::Redirect(inner.url())).await;
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;

    write(&admin, "active").await;

    let delivery = attempted(&made, &admin, 2).await;
    assert_eq!(delivery["attemptLog"][0]["error"], "answered 307: redirects are not followed");
    assert!(inner.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inner_address_is_refused_by_number_and_by_name() {
    let settings = [("OUTGOING_WEBHOOKS__ALLOW_HTTP", "true"), ("OUTGOING_WEBHOOKS__POLL_MS", "5")];
    let service = Place::sqlite().await.serve_with(&settings).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    for host in ["127.0.0.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.1.2.3"]
    {
        let url = format!("http://{host}:{}/hook", receiver.port());
        let (status, code, message) = admin.post("/internal/webhook-endpoints", &json!({ "url": url })).await.error();
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{host}");
        assert!(message.contains("`outgoing_webhooks.allow_private`"), "{host}: {message}");
    }
    // What a name means is only known when it is used.
    let made = make_endpoint(&admin, &format!("http://localhost:{}/hook", receiver.port()), &[]).await;

    write(&admin, "active").await;

    let delivery = attempted(&made, &admin, 1).await;
    let error = delivery["attemptLog"][0]["error"].as_str().unwrap();
    assert!(error.contains("is loopback, which `outgoing_webhooks.allow_private` does not allow"), "{error}");
    assert!(receiver.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_or_does_not_end_is_not_waited_for() {
    let settings = [RECEIVING.as_slice(), &[("OUTGOING_WEBHOOKS__TIMEOUT_MS", "200")]].concat();
    let service = Place::sqlite().await.serve_with(&settings).await;
    let admin = service.admin();
    let (silent, endless) = (Receiver::start(Reply::Silence).await, Receiver::start(Reply::Endless).await);
    let silent = (make_endpoint(&admin, &silent.url(), &[]).await, silent);
    let endless = (make_endpoint(&admin, &endless.url(), &[]).await, endless);
    let nobody = make_endpoint(&admin, "http://127.0.0.1:1/hook?canary=secret", &[]).await;

    write(&admin, "active").await;

    let first = async |made: &Made| attempted(made, &admin, 1).await["attemptLog"][0].clone();
    assert_eq!(first(&silent.0).await["error"], "no answer in time");
    let endless = first(&endless.0).await;
    assert_eq!((&endless["status"], endless["excerpt"].as_str().unwrap().len()), (&json!(500), 512));
    let refused = first(&nobody).await["error"].as_str().unwrap().to_owned();
    assert!(refused.contains("refused") && !refused.contains("canary"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_says_it_is_gone_is_disabled_at_once() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(410)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;

    write(&admin, "active").await;

    eventually("it is disabled", async || made.shown(&admin).await["enabled"] == false).await;
    assert_eq!(made.shown(&admin).await["disabledReason"], "gone");
    let delivery = made.deliveries(&admin).await.remove(0);
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("failed"), &json!(1)));
    write(&admin, "paused").await;
    assert_eq!(service.metric("platform_core_webhook_endpoints_disabled_total{reason=\"gone\"}").await, 1);
    let again = admin.ask("POST", &made.path(&format!("/deliveries/{}/redeliver", delivery["id"].as_str().unwrap())));
    assert_eq!(again.send().await.outcome(), (409, "conflict".to_owned()));
    assert_eq!(admin.ask("POST", &made.path("/test")).send().await.outcome(), (409, "conflict".to_owned()));
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_for_days_is_disabled_and_told_so_when_it_is_back() {
    let world = Clocked::with("2026-04-16T00:00:00Z", &RECEIVING).await;
    let (admin, receiver) = (world.service.admin(), Receiver::start(Reply::Status(500)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    write(&admin, "active").await;
    receiver.until(1).await;
    eventually("it fails", async || made.shown(&admin).await["failingSince"] == "2026-04-16T00:00:00Z").await;

    world.set("2026-04-20T23:59:59Z");
    receiver.until(2).await;
    eventually("the attempt is told", async || made.deliveries(&admin).await[0]["attempts"] == 2).await;
    let failing = made.shown(&admin).await;
    assert_eq!((&failing["enabled"], &failing["failingSince"]), (&json!(true), &json!("2026-04-16T00:00:00Z")));
    world.set("2026-04-21T00:00:00Z");
    receiver.until(3).await;
    eventually("it is disabled", async || made.shown(&admin).await["enabled"] == false).await;

    let disabled = made.shown(&admin).await;
    assert_eq!(
        (&disabled["disabledReason"], &disabled["disabledAt"]),
        (&json!("failing"), &json!("2026-04-21T00:00:00Z"))
    );
    world.set("2026-04-28T00:00:00Z");
    write(&admin, "paused").await;
    receiver.set(Reply::Status(200));
    let enabled = admin.patch(&made.path(""), &json!({ "enabled": true })).await.data();
    assert_eq!((&enabled["enabled"], &enabled["failingSince"]), (&json!(true), &Value::Null));
    let got = receiver.until(5).await;
    let events: Vec<String> = got[3..].iter().map(crate::support::receiver::Received::event).collect();
    assert_eq!(got.len(), 5, "what happened meanwhile is not told: {events:?}");
    assert!(events.contains(&"events.missed".to_owned()), "{events:?}");
    let waited = got[3..].iter().find(|one| one.event() != "events.missed").unwrap();
    assert_eq!(waited.header("webhook-id"), got[0].header("webhook-id"), "what waited is sent");
    assert_eq!(waited.json()["data"]["entitlementVersion"], 2, "as it is now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_given_up_after_its_last_attempt_and_made_again_when_asked() {
    let world = Clocked::with("2026-04-16T00:00:00Z", &RECEIVING).await;
    let (admin, receiver) = (world.service.admin(), Receiver::start(Reply::Status(400)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    write(&admin, "active").await;

    // A clock that is moved on: each pause has passed at the next look.
    for attempt in 1..=13 {
        eventually("the next attempt is told", async || {
            made.deliveries(&admin).await.first().is_some_and(|delivery| delivery["attempts"] == attempt)
        })
        .await;
        world.set(&format!("2026-04-16T{attempt:02}:00:00Z"));
    }

    let given_up = made.deliveries(&admin).await.remove(0);
    assert_eq!((&given_up["status"], given_up["attemptLog"].as_array().unwrap().len()), (&json!("failed"), 13));
    receiver.set(Reply::Status(200));
    let id = given_up["id"].as_str().unwrap();
    let again = admin.ask("POST", &made.path(&format!("/deliveries/{id}/redeliver"))).send().await;
    assert_eq!((again.status, &again.data()["status"]), (202, &json!("pending")));
    let got = receiver.until(14).await;
    assert!(got.iter().all(|one| one.header("webhook-id") == id));
    eventually("it is taken", async || made.deliveries(&admin).await[0]["status"] == "delivered").await;
}
