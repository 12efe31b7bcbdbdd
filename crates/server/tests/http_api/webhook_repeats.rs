//! Writes of webhook endpoints: tried, guarded by the endpoint's version, and done once on every store.

use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, Place, Running, eventually,
    receiver::{RECEIVING, Receiver, Reply, make_endpoint},
};

const ALL: &str = "/internal/webhook-endpoints";

async fn once(admin: &Caller, method: &str, target: &str, key: &str, body: Option<Value>) -> Answer {
    let asking = admin.ask(method, target).header("Idempotency-Key", key);
    let asking = if let Some(body) = &body { asking.json(body) } else { asking };
    asking.send().await
}

async fn places() -> [(Place, Running); 2] {
    let [sqlite, postgres] = [Place::sqlite().await, Place::postgres().await];
    let services = [sqlite.serve_with(&RECEIVING).await, postgres.serve_with(&RECEIVING).await];
    let [one, two] = services;
    [(sqlite, one), (postgres, two)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_what_showed_a_secret_has_no_second_effect_and_shows_none() {
    for (_place, service) in places().await {
        let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
        let body = json!({"url": receiver.url()});

        let made = once(&admin, "POST", ALL, "make", Some(body.clone())).await;
        let again = once(&admin, "POST", ALL, "make", Some(body)).await;

        let (id, secret) = (made.data()["id"].clone(), made.data()["secret"].clone());
        let (id, secret) = (id.as_str().unwrap(), secret.as_str().unwrap());
        assert_eq!((made.status, again.outcome()), (201, (409, "conflict".to_owned())));
        let rotate = format!("{ALL}/{id}/rotate-secret");
        assert!(again.error().2.contains(&rotate) && !again.text().contains(secret), "{}", again.text());
        assert_eq!(admin.get(ALL).await.data()["webhookEndpoints"].as_array().map(Vec::len), Some(1));

        let rotated = once(&admin, "POST", &rotate, "rotate", Some(json!({}))).await;
        let shown = admin.get(&format!("{ALL}/{id}")).await;
        let again = once(&admin, "POST", &rotate, "rotate", Some(json!({}))).await;
        let fresh = rotated.data()["secret"].as_str().unwrap().to_owned();
        assert_ne!(fresh, secret);
        assert_eq!(again.outcome(), (409, "conflict".to_owned()));
        assert!(again.error().2.contains(id) && !again.text().contains(&fresh), "{}", again.text());
        let unchanged = admin.get(&format!("{ALL}/{id}")).await;
        assert_eq!((unchanged.header("etag"), unchanged.data()), (shown.header("etag"), shown.data()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_sends_nothing_twice() {
    for (_place, service) in places().await {
        let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
        let made = make_endpoint(&admin, &receiver.url(), &["catalog.changed"]).await;

        let tried = once(&admin, "POST", &made.path("/test"), "test", None).await;
        receiver.until(1).await;
        let again = once(&admin, "POST", &made.path("/test"), "test", None).await;

        assert_eq!((tried.status, tried.data()), (again.status, again.data()));
        eventually("it is delivered", async || made.deliveries(&admin).await[0]["status"] == "delivered").await;
        assert_eq!(made.deliveries(&admin).await.len(), 1);
        let redeliver = made.path(&format!("/deliveries/{}/redeliver", tried.data()["id"].as_str().unwrap()));
        let asked = once(&admin, "POST", &redeliver, "redeliver", None).await;
        assert_eq!((asked.status, &asked.data()["status"]), (202, &json!("pending")));
        receiver.until(2).await;
        eventually("it is delivered again", async || made.deliveries(&admin).await[0]["status"] == "delivered").await;
        let again = once(&admin, "POST", &redeliver, "redeliver", None).await;
        assert_eq!(again.data(), asked.data());
        assert_eq!(made.deliveries(&admin).await[0]["attempts"], 2, "it does not wait for a third");
        assert_eq!(made.deliveries(&admin).await[0]["status"], "delivered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_guarded_by_its_version() {
    for (_place, service) in places().await {
        let admin = service.admin();
        let made = admin.post(ALL, &json!({"url": "https://receiver.example/"})).await;
        let path = made.header("location").unwrap().to_owned();
        assert_eq!(made.header("etag"), Some("\"1\""));
        let guarded = |method: &str, rest: &str, tag: &str, body: Option<Value>| {
            let asking = admin.ask(method, &format!("{path}{rest}")).header("If-Match", tag);
            if let Some(body) = body { asking.json(&body) } else { asking }.send()
        };
        let moved = (412, "precondition_failed".to_owned());

        let changed = guarded("PATCH", "", "\"1\"", Some(json!({"description": "one"}))).await;
        assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
        let stale = guarded("PATCH", "", "\"1\"", Some(json!({"description": "two"}))).await;
        assert_eq!(stale.outcome(), moved);
        assert!(stale.error().2.contains("the version is 2"), "{}", stale.text());
        assert_eq!(guarded("POST", "/rotate-secret", "\"1\"", Some(json!({}))).await.outcome(), moved);
        assert_eq!(guarded("DELETE", "", "\"1\"", None).await.outcome(), moved);
        let shown = admin.get(&path).await;
        assert_eq!((shown.header("etag"), &shown.data()["description"]), (Some("\"2\""), &json!("one")));
        let known = admin.ask("GET", &path).header("If-None-Match", "\"2\"").send().await;
        assert_eq!(known.status, 304);
        assert_eq!(guarded("POST", "/rotate-secret", "\"2\"", Some(json!({}))).await.header("etag"), Some("\"3\""));
        assert_eq!(guarded("DELETE", "", "*", None).await.data()["removed"], true);
        assert_eq!(guarded("DELETE", "", "*", None).await.outcome(), moved, "there is nothing any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_change_an_endpoint_on_one_version_one_does() {
    for (_place, service) in places().await {
        let admin = service.admin();
        let made = make_endpoint(&admin, "https://receiver.example/", &[]).await;
        let race: Vec<_> = (0..12)
            .map(|number| {
                let asking = admin.ask("PATCH", &made.path("")).header("If-Match", "\"1\"");
                tokio::spawn(asking.json(&json!({"description": format!("number {number}")})).send())
            })
            .collect();
        let mut statuses = Vec::new();
        for one in race {
            statuses.push(one.await.unwrap().status);
        }
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (200, &[412; 11][..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_judges_as_the_write_would() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let inner = admin.post(&format!("{ALL}?dryRun=true"), &json!({"url": "https://127.0.0.1/"})).await;
    assert_eq!(inner.outcome(), (400, "validation_error".to_owned()));
    let made = make_endpoint(&admin, "https://receiver.example/", &[]).await;

    let off = admin.patch(&made.path("?dryRun=true"), &json!({"enabled": false})).await;
    assert_eq!((off.header("etag"), &off.data()["enabled"]), (Some("\"2\""), &json!(false)));
    assert_eq!(made.shown(&admin).await["enabled"], true);
    let rotated = admin.post(&made.path("/rotate-secret?dryRun=true"), &json!({})).await.data();
    assert!(rotated["previousSecretEndsAt"].is_string() && rotated["secret"].is_null(), "{rotated}");
    assert_eq!(made.shown(&admin).await["previousSecretEndsAt"], Value::Null);
    let gone = admin.ask("DELETE", &made.path("?dryRun=true")).send().await.data();
    assert_eq!(gone["removed"], true);
    assert_eq!(made.shown(&admin).await["id"], made.id.as_str());

    admin.patch(&made.path(""), &json!({"enabled": false})).await.data();
    let test = admin.ask("POST", &made.path("/test?dryRun=true")).send().await;
    assert_eq!(test.outcome(), (409, "conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_on_behalf_of_somebody_is_noted() {
    let service = Place::sqlite().await.serve().await;
    let asking = service.admin().ask("POST", ALL).header("X-Actor-Id", "anna");

    let made = asking.json(&json!({"url": "https://receiver.example/"})).send().await;

    assert_eq!(made.data()["createdBy"], "anna");
}
