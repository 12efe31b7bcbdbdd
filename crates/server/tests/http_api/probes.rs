//! Liveness and readiness (requirements 004 §13).

use std::sync::Arc;

use serde_json::json;
use store::model::{ManualClock, ModelStore};

use crate::support::{Clocked, Gate, Place, Running, eventually, of};

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_need_no_credentials() {
    let service = Place::sqlite().await.serve().await;
    for path in ["/health", "/ready"] {
        let answer = service.nobody().get(path).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "data": {"status": "ok"}})), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_service_is_not_ready_and_answers_no_old_entitlements() {
    let place = Place::postgres().await;
    let service = place.serve().await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    assert_eq!(service.auth().get(&of(1, "entitlements")).await.status, 200);

    place.cluster().freeze().unwrap();
    let ready = service.nobody().get("/ready").await;
    let read = service.auth().get(&of(1, "entitlements")).await;
    let health = service.nobody().get("/health").await;
    place.cluster().thaw().unwrap();

    let not_ready = json!({"success": false, "error": {"code": "not_ready", "message": "core database unavailable"}});
    assert_eq!((ready.status, ready.json()), (503, not_ready));
    assert_eq!((read.status, read.error().1.as_str()), (503, "service_unavailable"));
    assert_eq!(health.status, 200);
    eventually("it is ready again", async || service.nobody().get("/ready").await.status == 200).await;
    eventually("it answers again", async || service.auth().get(&of(1, "entitlements")).await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_is_503_everywhere_but_for_what_is_provably_current() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let service = Running::on(
        Arc::<Gate>::clone(&gate),
        Arc::<ManualClock>::clone(&world.clock),
        world.service.keys().clone(),
        &[],
    )
    .await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    gate.set_gone(true);

    let not_ready = service.nobody().get("/ready").await.error();
    assert_eq!(not_ready, (503, "not_ready".to_owned(), "core database unavailable".to_owned()));
    for (method, target) in [
        ("GET", of(2, "entitlements")),
        ("GET", of(1, "subscription-summary")),
        ("GET", of(1, "history")),
        ("POST", of(1, "repair")),
        ("GET", "/internal/keys".to_owned()),
    ] {
        let answer = service.admin().ask(method, &target).send().await;
        assert_eq!(answer.outcome(), (503, "service_unavailable".to_owned()), "{method} {target}");
        assert!(!answer.text().contains("taken away"), "no error carries what the store said");
    }
    assert_eq!(service.metric("platform_core_history_insert_failures_total").await, 1);
    // The only writer of its store knows what it wrote.
    assert_eq!(service.auth().get(&of(1, "entitlements")).await.version(), 1);

    gate.set_gone(false);
    assert_eq!(service.nobody().get("/ready").await.status, 200);
}
