//! What requests carry besides their body: request id, actor, query.

use serde_json::json;

use crate::support::{Place, log, of, operations, raw};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_echoed_logged_and_kept() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let body = json!({"status": "active"});
    let asking = admin.ask("POST", &of(1, "basic")).header("X-Request-Id", "req-echo-1").json(&body);

    let answer = asking.send().await;

    assert_eq!(answer.header("x-request-id"), Some("req-echo-1"));
    let messages: Vec<_> = log().of("req-echo-1").iter().map(|line| line["message"].clone()).collect();
    assert_eq!(messages, ["company written", "request"]);
    for target in [of(1, "entitlements"), of(1, "history"), "/health".to_owned(), "/no/such".to_owned()] {
        let answer = admin.ask("GET", &target).header("X-Request-Id", "a-b_c.d:e/1").send().await;
        assert_eq!(answer.header("x-request-id"), Some("a-b_c.d:e/1"), "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_could_do_harm_is_replaced() {
    let service = Place::sqlite().await.serve().await;
    let long = "x".repeat(129);
    for odd in ["", "two words", "quo\"te", "back\\slash", "t\u{e4}g", long.as_str()] {
        let answer = service.nobody().ask("GET", "/health").header("X-Request-Id", odd).send().await;
        let id = answer.header("x-request-id").unwrap();
        assert!(id != odd && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()), "{odd:?} {id:?}");
    }
    let ids = [service.nobody().get("/health").await, service.nobody().get("/health").await];
    assert_ne!(ids[0].header("x-request-id"), ids[1].header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_actor_is_who_changed_it_and_without_one_the_caller() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    for (status, actor) in [("active", None), ("paused", Some("admin_7")), ("active", Some(" Ada Lovelace "))] {
        let asking = admin.ask("POST", &of(1, "basic")).json(&json!({"status": status}));
        let asking = actor.map_or(asking.clone(), |actor| asking.header("X-Actor-Id", actor));
        asking.send().await.data();
    }
    let history = admin.get(&of(1, "history")).await.data();
    let by: Vec<_> = history["history"].as_array().unwrap().iter().map(|entry| entry["changedBy"].clone()).collect();
    assert_eq!(by, ["Ada Lovelace", "admin_7", "test-admin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_actor_is_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let long = "a".repeat(129);
    for odd in ["", "   ", long.as_str(), "t\u{e4}g"] {
        let asking = admin.ask("POST", &of(1, "basic")).json(&json!({"status": "active"}));
        let answer = asking.header("X-Actor-Id", odd).send().await;
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{odd:?}");
    }
    assert_eq!(admin.get(&of(1, "entitlements")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_query_parameters_that_it_does_not_know() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let company = crate::support::company(1);
    let mut asked = 0;
    for operation in operations().into_iter().filter(|operation| operation.path.starts_with("/internal/")) {
        for query in ["unknown=1", "unknown", "%75nknown=1", "a%zz=1", "=1", "a=%ff"] {
            let target = format!("{}?{query}", operation.target(|_| company.clone()));
            let asking = admin.ask(operation.method, &target);
            let asking = if operation.body().is_some() { asking.json(&json!({})) } else { asking };
            let answer = asking.send().await;
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{} {target}", operation.method);
            asked += 1;
        }
    }
    assert!(asked > 100);
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_query_is_none() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post(&of(1, "basic?"), &json!({"status": "active"})).await.data();
    for target in [of(1, "entitlements?"), of(1, "history?&"), "/internal/catalog/modules?".to_owned()] {
        assert_eq!(admin.get(&target).await.status, 200, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_its_host_once() {
    let service = Place::sqlite().await.serve().await;
    for (head, status) in [
        ("GET /health HTTP/1.1\r\nHost: x\r\n", 200),
        ("GET /health HTTP/1.1\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: x\r\nHost: x\r\n", 400),
        ("GET /health HTTP/1.0\r\n", 200),
    ] {
        let answer = raw(service.api, format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(answer.status, status, "{head}");
        if status == 400 {
            assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{head}");
            assert!(answer.header("x-request-id").is_some(), "{head}");
        }
    }
}
