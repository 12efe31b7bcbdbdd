//! Refused callers: one answer for all, counted and logged, and nowhere a secret.

use serde_json::json;

use crate::support::{Place, log, of};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_credentials_the_answer_is_the_same() {
    let service = Place::sqlite().await.serve().await;
    let key = service.keys().auth.clone();
    let target = of(1, "entitlements");
    let nobody = service.nobody();
    let ask = || nobody.ask("GET", &target);
    let long = "k".repeat(5_000);
    for asking in [
        ask(),
        ask().header("X-Internal-API-Key", ""),
        ask().header("X-Internal-API-Key", "wrong"),
        ask().header("X-Internal-API-Key", &long),
        ask().header("X-Internal-API-Key", &key.to_uppercase()),
        ask().header("X-Internal-API-Key", &key[..key.len() - 1]),
        ask().header("X-Internal-API-Key", &format!("{key},{key}")),
        ask().header("X-Internal-API-Key", &key).header("X-Internal-API-Key", &key),
        ask().header("X-Internal-API-Key", &key).header("Authorization", "Bearer a.b.c"),
        ask().header("Authorization", &format!("Bearer {key}")),
        ask().header("Authorization", "Basic YTpi"),
        ask().header("Cookie", &format!("X-Internal-API-Key={key}")),
    ] {
        let answer = asking.send().await;
        let expected = json!({"success": false, "error": {"code": "unauthorized", "message": "missing or invalid internal credentials"}});
        assert_eq!((answer.status, answer.json()), (401, expected));
    }
    assert_eq!(ask().header("x-internal-api-key", &key).send().await.status, 404, "a valid one is let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_refused_before_its_body_is_looked_at() {
    let service = Place::sqlite().await.serve().await;
    for (caller, status) in [(service.nobody(), 401), (service.auth(), 403), (service.job(), 403)] {
        let answer = caller.ask("POST", &of(1, "basic")).body("text/plain", b"{").send().await;
        assert_eq!(answer.status, status);
    }
    let odd = service.nobody().get("/internal/companies/cmp_001/entitlements").await;
    assert_eq!(odd.status, 401, "and before its path is");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_and_logged() {
    let service = Place::sqlite().await.serve().await;
    let wrong = service.caller(Some("pc_wrong"));
    for (caller, id) in [(service.nobody(), "refusal-1"), (wrong, "refusal-2"), (service.auth(), "refusal-3")] {
        caller.ask("GET", &of(1, "history")).header("X-Request-Id", id).send().await;
    }
    for reason in ["missing", "unknown_key", "scope"] {
        let series = format!("platform_core_refused_credentials_total{{reason=\"{reason}\"}}");
        assert_eq!(service.metric(&series).await, 1, "{reason}");
    }
    let route = "/internal/companies/{companyId}/history";
    for (status, count) in [(401, 2), (403, 1)] {
        let series =
            format!("platform_core_http_requests_total{{method=\"GET\",route=\"{route}\",status=\"{status}\"}}");
        assert_eq!(service.metric(&series).await, count, "{status}");
    }
    for (id, message, name, value) in [
        ("refusal-1", "invalid internal credentials", "reason", "missing"),
        ("refusal-2", "invalid internal credentials", "reason", "unknown_key"),
        ("refusal-3", "caller lacks a scope", "caller", "test-auth"),
    ] {
        let lines = log().of(id);
        let warning = lines.iter().find(|line| line["level"] == "WARN").unwrap_or_else(|| panic!("{id}: {lines:?}"));
        assert_eq!((&warning["message"], &warning[name]), (&json!(message), &json!(value)));
        assert_eq!(warning["service"], "platform-core-backend");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_logged_is_logged() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let send = |method: &str, target: &str, id: &str, body| {
        let asking = admin.ask(method, target).header("X-Request-Id", id).header("X-Actor-Id", "ada");
        asking.json(&body).send()
    };
    send("POST", &of(1, "basic"), "logged-1", json!({"status": "active"})).await.data();
    send("POST", &of(1, "addons"), "logged-2", json!({"addonKey": "ai", "status": "trial"})).await.data();
    let module = json!({"key": "extra", "name": "Extra", "type": "addon"});
    send("POST", "/internal/catalog/modules", "logged-3", module).await.data();
    service.auth().ask("GET", &of(1, "entitlements")).header("X-Request-Id", "logged-4").send().await.data();

    let batch = service.auth().ask("POST", "/internal/entitlements/batch").header("X-Request-Id", "logged-5");
    batch.json(&json!({"companyIds": [crate::support::company(1)]})).send().await.data();

    let line = |id: &str, message: &str| {
        let lines = log().of(id);
        lines.iter().find(|line| line["message"] == message).cloned().unwrap_or_else(|| panic!("{id}: {lines:?}"))
    };
    let basic = line("logged-1", "company written");
    let expected = json!(["basic_activated", "basic", 1, 0, "ada", "test-admin"]);
    let fields = ["change_type", "entity_key", "entitlement_version", "previous_version", "changed_by", "caller"];
    assert_eq!(json!(fields.map(|field| basic[field].clone())), expected);
    let addon = line("logged-2", "company written");
    assert_eq!(
        json!(fields.map(|field| addon[field].clone())),
        json!(["addon_activated", "ai", 2, 1, "ada", "test-admin"])
    );
    let catalog = line("logged-3", "catalog written");
    assert_eq!((&catalog["entity_key"], &catalog["generation"]), (&json!("extra"), &json!(13)));
    let fields = ["caller", "status", "entitlement_version", "company_id"];
    let expected = json!(["test-auth", 200, 2, crate::support::company(1)]);
    for id in ["logged-4", "logged-5"] {
        let read = line(id, "entitlements read");
        assert_eq!(json!(fields.map(|field| read[field].clone())), expected, "{id}");
    }
    for (series, count) in [
        ("platform_core_company_mutations_total{outcome=\"done\"}", 2),
        ("platform_core_catalog_mutations_total{outcome=\"done\"}", 1),
        ("platform_core_history_insert_failures_total", 0),
    ] {
        assert_eq!(service.metric(series).await, count, "{series}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_logs_metrics_or_answers() {
    let service = Place::sqlite().await.serve().await;
    let canary = "canary-4f1c9a";
    let keys = service.keys().clone();
    let made = service.admin().post("/internal/keys", &json!({"name": "made", "role": "job"})).await.data();
    let made = made["key"].as_str().unwrap().to_owned();
    let mut answers = Vec::new();
    for (header, value) in [
        ("X-Internal-API-Key", canary.to_owned()),
        ("Authorization", format!("Bearer {canary}")),
        ("Authorization", format!("Bearer eyJhbGciOiJIUzI1NiJ9.{canary}.{canary}")),
        ("Cookie", format!("session={canary}")),
        ("X-Internal-API-Key", format!("{}{canary}", keys.admin)),
    ] {
        answers.push(service.nobody().ask("GET", &of(1, "history")).header(header, &value).send().await);
    }
    for caller in [service.admin(), service.auth(), service.job()] {
        for target in [of(1, "entitlements"), of(1, "history"), "/internal/keys".to_owned(), "/no-route".to_owned()] {
            answers.push(caller.get(&target).await);
            answers.push(caller.post(&target, &json!({"key": 7})).await);
        }
    }
    let metrics = service.metrics().await;
    service.stop().await;

    let log = log().text();
    assert!(log.contains("invalid internal credentials"), "the log is the one that is looked at");
    for secret in [canary, &made, &keys.admin, &keys.auth, &keys.job] {
        assert!(!log.contains(secret), "in the log: {secret}");
        assert!(!metrics.contains(secret), "in the metrics: {secret}");
        for answer in &answers {
            let whole = format!("{:?} {}", answer.headers, answer.text());
            assert!(!whole.contains(secret), "in an answer: {whole}");
        }
    }
}
