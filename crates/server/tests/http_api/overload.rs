//! Too much at once: turned away in time, with the way back, while the process says that it lives.

use std::sync::Arc;

use serde_json::json;
use store::model::{ManualClock, ModelStore};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Clocked, Gate, Place, Running, eventually, of};

const LIMITS: [(&str, &str); 3] =
    [("LIMITS__REQUESTS_IN_FLIGHT", "2"), ("LIMITS__REQUESTS_WAITING", "1"), ("LIMITS__WAIT_MS", "60000")];

async fn gated(world: &Clocked, settings: &[(&str, &str)]) -> (Arc<Gate>, Running) {
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), settings).await;
    (gate, service)
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_places_and_queue_requests_are_turned_away_and_those_inside_go_on() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (gate, service) = gated(&world, &LIMITS).await;
    let admin = service.admin();
    admin.post(&of(9, "basic"), &json!({"status": "active"})).await.data();
    assert_eq!(service.auth().get(&of(9, "entitlements")).await.version(), 1, "answered once, it is remembered");
    gate.close();
    let body = json!({"status": "active"});
    let inside: Vec<_> =
        (1..=2).map(|company| tokio::spawn(admin.ask("POST", &of(company, "basic")).json(&body).send())).collect();
    eventually("both places are taken", async || gate.waiting() == 2).await;
    // Of two more one waits and the other is turned away at once.
    let [one, other] = [3, 4].map(|company| tokio::spawn(admin.ask("POST", &of(company, "basic")).json(&body).send()));
    let (turned_away, third) = futures_util::future::select(one, other).await.into_inner();
    assert_eq!(turned_away.unwrap().outcome(), (503, "service_unavailable".to_owned()));

    for (method, target) in [
        ("GET", of(5, "entitlements")),
        ("GET", of(5, "history")),
        ("GET", of(9, "subscription-summary")),
        ("POST", of(5, "repair")),
        ("GET", "/internal/catalog/modules".to_owned()),
        ("GET", "/internal/keys".to_owned()),
    ] {
        let answer = admin.ask(method, &target).send().await;
        assert_eq!(answer.outcome(), (503, "service_unavailable".to_owned()), "{method} {target}");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!(service.nobody().get("/health").await.status, 200);
    assert_eq!(service.nobody().get("/ready").await.status, 200);
    assert_eq!(service.auth().get(&of(9, "entitlements")).await.version(), 1, "from memory it costs no place");
    assert_eq!(service.nobody().get(&of(5, "entitlements")).await.status, 401, "who may not is told so");
    assert!(service.metric("platform_core_requests_shed_total").await >= 6);

    gate.open();
    for write in inside.into_iter().chain([third]) {
        assert_eq!(write.await.unwrap().version(), 1);
    }
    assert_eq!(admin.get(&of(5, "entitlements")).await.status, 404, "there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_for_its_place_no_longer_than_it_may() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let settings =
        [("LIMITS__REQUESTS_IN_FLIGHT", "1"), ("LIMITS__REQUESTS_WAITING", "100"), ("LIMITS__WAIT_MS", "50")];
    let (gate, service) = gated(&world, &settings).await;
    gate.close();
    let inside = tokio::spawn(service.admin().ask("POST", &of(1, "basic")).json(&json!({"status": "active"})).send());
    eventually("the place is taken", async || gate.waiting() == 1).await;

    let began = std::time::Instant::now();
    let answer = service.auth().get(&of(2, "entitlements")).await;

    assert_eq!(answer.outcome(), (503, "service_unavailable".to_owned()));
    assert!(began.elapsed() >= std::time::Duration::from_millis(50));
    gate.open();
    assert_eq!(inside.await.unwrap().version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache_stays_within_its_bytes_and_what_it_dropped_is_still_answered() {
    const COMPANIES: u32 = 4_000;
    const MAX_BYTES: u64 = 1_048_576;
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let settings = [("CACHE__MAX_BYTES", "1048576")];
    let store = Arc::<ModelStore>::clone(&world.store);
    let service = Running::on(store, clock, world.service.keys().clone(), &settings).await;
    let writers: Vec<_> = (0..8)
        .map(|part| {
            let (admin, auth) = (service.admin(), service.auth());
            tokio::spawn(async move {
                for company in (part..COMPANIES).step_by(8) {
                    admin.post(&of(company, "basic"), &json!({"status": "active"})).await.data();
                    auth.get(&of(company, "entitlements")).await.data();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let bytes = service.metric("platform_core_cached_bytes").await;
    let companies = service.metric("platform_core_cached_companies").await;
    assert!(bytes <= MAX_BYTES && bytes > MAX_BYTES / 2, "{bytes}");
    assert!(companies > 500 && companies < u64::from(COMPANIES), "{companies}");
    for company in (0..COMPANIES).step_by(40) {
        assert_eq!(service.auth().get(&of(company, "entitlements")).await.version(), 1);
    }
    assert!(service.metric("platform_core_entitlement_lookups_total{source=\"database\"}").await > 0);
    assert!(service.metric("platform_core_cached_bytes").await <= MAX_BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_connections_taken_probes_are_answered_and_anything_else_is_told_to_come_back() {
    let service = Place::sqlite().await.serve_with(&[("LIMITS__MAX_CONNECTIONS", "2")]).await;
    let mut standing = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(service.api).await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert!(stream.read_u8().await.is_ok(), "it is answered, and stands");
        standing.push(stream);
    }

    for path in ["/health", "/ready"] {
        assert_eq!(service.nobody().get(path).await.status, 200, "{path}");
    }
    let elsewhere = service.admin().get("/internal/catalog/modules").await;
    assert_eq!(elsewhere.outcome(), (503, "service_unavailable".to_owned()));
    assert_eq!(elsewhere.header("retry-after"), Some("1"));

    standing.pop();
    eventually("there is room", async || service.admin().get("/internal/catalog/modules").await.status == 200).await;
}
