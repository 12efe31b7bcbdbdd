//! `webhook-endpoints` as callers see them: made, shown, changed, removed, and everything that is refused.

use serde_json::{Value, json};

use crate::support::{
    Place, company, eventually, of,
    receiver::{RECEIVING, Receiver, Reply, make_endpoint},
};

const ALL: &str = "/internal/webhook-endpoints";
const CHANGED: &str = "company.entitlements_changed";

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_made_shown_changed_and_removed_and_its_secret_stands_in_one_answer() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let asked = json!({ "url": "https://receiver.example/a?b=c", "events": [CHANGED], "description": "Auth" });

    let answer = admin.post(ALL, &asked).await;

    let mut made = answer.data();
    let secret = made.as_object_mut().unwrap().remove("secret").expect("a secret");
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("{ALL}/{id}");
    assert_eq!((answer.status, answer.header("location")), (201, Some(path.as_str())));
    assert!(made["createdAt"] == made["updatedAt"] && made["createdBy"] == "test-admin");
    assert_eq!(
        made,
        json!({
            "id": id, "url": "https://receiver.example/a?b=c", "events": [CHANGED], "description": "Auth", "enabled": true,
            "disabledReason": null, "disabledAt": null, "failingSince": null, "previousSecretEndsAt": null,
            "createdBy": "test-admin", "createdAt": made["createdAt"], "updatedAt": made["updatedAt"],
        })
    );
    let shown = admin.get(&path).await;
    assert_eq!(shown.data(), made);
    assert_eq!(admin.get(ALL).await.data(), json!({ "webhookEndpoints": [made] }));
    let secret = secret.as_str().unwrap().strip_prefix("whsec_").expect("its prefix").to_owned();
    assert!(!shown.text().contains(&secret) && !admin.get(ALL).await.text().contains(&secret));

    let off = admin.patch(&path, &json!({ "enabled": false, "description": null, "events": [] })).await.data();
    assert_eq!((&off["enabled"], &off["disabledReason"]), (&json!(false), &json!("asked")));
    assert_eq!((&off["description"], &off["events"], &off["url"]), (&Value::Null, &json!([]), &made["url"]));
    let on = admin.patch(&path, &json!({ "enabled": true, "url": "https://receiver.example" })).await.data();
    assert_eq!((&on["enabled"], &on["disabledAt"]), (&json!(true), &Value::Null));
    assert_eq!(on["url"], "https://receiver.example/");
    // That it missed events may have been tried to be told already, in vain.
    let asked = |mut shown: Value| {
        shown["failingSince"] = Value::Null;
        shown
    };
    let unchanged = asked(admin.patch(&path, &json!({})).await.data());
    assert_eq!(unchanged, asked(on), "nothing said, nothing changed");

    assert_eq!(admin.ask("DELETE", &path).send().await.data(), json!({ "id": id, "removed": true }));
    assert_eq!(admin.ask("DELETE", &path).send().await.data(), json!({ "id": id, "removed": false }));
    assert_eq!(admin.get(&path).await.error().0, 404);
    assert_eq!(admin.get(ALL).await.data(), json!({ "webhookEndpoints": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_endpoint_is_refused_with_what_is_wrong() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let fine = "https://receiver.example/";
    for (body, field, says) in [
        (json!({ "url": "http://receiver.example/" }), "url", "`outgoing_webhooks.allow_http = true`"),
        (json!({ "url": "ftp://receiver.example/" }), "url", "must begin with `https://`"),
        (json!({ "url": "receiver.example" }), "url", "an absolute URL"),
        (json!({ "url": "https://" }), "url", "an absolute URL"),
        (json!({ "url": "https://a:b@receiver.example/" }), "url", "a name or a secret"),
        (json!({ "url": "https://receiver.example/#x" }), "url", "a fragment"),
        (json!({ "url": "https://127.0.0.1/" }), "url", "loopback"),
        (json!({ "url": format!("https://receiver.example/{}", "x".repeat(2_048)) }), "url", "2048 bytes"),
        (json!({ "url": fine, "events": ["company.deleted"] }), "events[0]", "no event that can be chosen"),
        (json!({ "url": fine, "events": [CHANGED, "endpoint.test"] }), "events[1]", "no event that can be chosen"),
        (json!({ "url": fine, "events": [CHANGED, CHANGED] }), "events[1]", "stands twice"),
        (json!({ "url": fine, "description": " " }), "description", "must not be empty"),
        (json!({ "url": fine, "secret": "mine" }), "secret", "secret"),
        (json!({}), "url", "url"),
    ] {
        let answer = admin.post(ALL, &body).await;
        let (status, code, message) = answer.error();
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{body}");
        assert!(message.contains(says), "{body}: {message}");
        let details = answer.json()["error"]["details"].clone();
        assert!(
            details.as_array().is_some_and(|all| all.iter().any(|detail| detail["field"] == field)),
            "{body}: {details}"
        );
    }
    let made = make_endpoint(&admin, fine, &[]).await;
    for body in
        [json!({ "url": null }), json!({ "enabled": null }), json!({ "events": null }), json!({ "enabled": "no" })]
    {
        assert_eq!(admin.patch(&made.path(""), &body).await.error().0, 400, "{body}");
    }
    assert_eq!(admin.patch(&made.path(""), &json!({ "url": "http://x.example" })).await.error().0, 400);
    let rotate =
        |minutes: Value| admin.ask("POST", &made.path("/rotate-secret")).json(&json!({ "overlapMinutes": minutes }));
    for minutes in [json!(10_081), json!(-1), json!(null), json!("1")] {
        assert_eq!(rotate(minutes.clone()).send().await.error().0, 400, "{minutes}");
    }
    assert_eq!(made.shown(&admin).await["url"], fine);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let made = make_endpoint(&admin, "https://receiver.example/", &[]).await;
    let (nobody, nothing) = (format!("{ALL}/{}", company(1)), company(2));

    for (method, path, body) in [
        ("GET", nobody.clone(), None),
        ("PATCH", nobody.clone(), Some(json!({ "enabled": true }))),
        ("POST", format!("{nobody}/rotate-secret"), Some(json!({}))),
        ("POST", format!("{nobody}/test"), None),
        ("GET", format!("{nobody}/deliveries"), None),
        ("GET", format!("{nobody}/deliveries/{nothing}"), None),
        ("POST", format!("{nobody}/deliveries/{nothing}/redeliver"), None),
        ("GET", made.path(&format!("/deliveries/{nothing}")), None),
        ("POST", made.path(&format!("/deliveries/{nothing}/redeliver")), None),
    ] {
        let asking = admin.ask(method, &path);
        let asking = if let Some(body) = &body { asking.json(body) } else { asking };
        assert_eq!(asking.send().await.outcome(), (404, "not_found".to_owned()), "{method} {path}");
    }
    for path in
        ["/deliveries?status=lost", "/deliveries?cursor=x", "/deliveries?cursor=-1", "/deliveries?limit=0", "?all=true"]
    {
        assert_eq!(admin.get(&made.path(path)).await.error().0, 400, "{path}");
    }
    assert_eq!(admin.get(&format!("{ALL}/not-a-uuid")).await.error().0, 400);
    let tried = admin.ask("POST", &made.path("/test?all=true")).send().await;
    assert_eq!(tried.error().0, 400, "what would not be heard is refused");
    assert_eq!(admin.post(&made.path("/test"), &json!({})).await.error().0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_endpoints() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    for number in 0..100 {
        make_endpoint(&admin, &format!("https://receiver-{number}.example/"), &[]).await;
    }

    let (status, code, message) = admin.post(ALL, &json!({ "url": "https://one-more.example/" })).await.error();

    assert_eq!((status, code.as_str()), (409, "conflict"));
    assert_eq!(message, "there are 100 webhook endpoints already, and there may be no more; remove one");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_paged_and_of_a_status() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    for status in ["active", "paused", "inactive"] {
        admin.post(&of(1, "addons"), &json!({ "addonKey": "finance", "status": status })).await.data();
    }
    receiver.until(3).await;
    let path = made.path("/deliveries?status=delivered");
    let whole = async || admin.get(&path).await.data()["deliveries"].as_array().unwrap().clone();
    eventually("all are delivered", async || whole().await.len() == 3).await;

    let first = admin.get(&made.path("/deliveries?status=delivered&limit=2")).await.data();
    let cursor = first["nextCursor"].as_str().expect("there is more");
    let rest = admin.get(&made.path(&format!("/deliveries?status=delivered&limit=2&cursor={cursor}"))).await.data();

    let paged =
        [first["deliveries"].as_array().unwrap().clone(), rest["deliveries"].as_array().unwrap().clone()].concat();
    assert_eq!((paged, &rest["nextCursor"]), (whole().await, &Value::Null));
    let versions: Vec<_> = whole().await.iter().map(|delivery| delivery["entitlementVersion"].clone()).collect();
    assert_eq!(versions, [3, 2, 1]);
    let newest = &whole().await[0];
    assert_eq!((&newest["event"], &newest["companyId"]), (&json!(CHANGED), &json!(company(1))));
    assert_eq!((&newest["attempts"], &newest["nextAttemptAt"]), (&json!(1), &Value::Null));
    assert_eq!(admin.get(&made.path("/deliveries?status=failed")).await.data()["deliveries"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_is_sent_whatever_the_endpoint_chose() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(200)).await);
    let made = make_endpoint(&admin, &receiver.url(), &["catalog.changed"]).await;

    let tried = admin.ask("POST", &made.path("/test")).send().await;

    assert_eq!((tried.status, &tried.data()["event"]), (202, &json!("endpoint.test")));
    let got = receiver.until(1).await;
    assert_eq!(
        (got[0].event(), got[0].header("webhook-id")),
        ("endpoint.test".to_owned(), tried.data()["id"].as_str().unwrap())
    );
    assert_eq!(got[0].json()["data"], json!({}));
}
