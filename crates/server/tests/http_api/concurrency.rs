//! Many at once, over HTTP.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use store::model::{ManualClock, ModelStore};
use tokio::net::TcpStream;

use crate::support::{Caller, Clocked, Gate, Place, Running, eventually, of};

const CLIENTS: usize = 32;
const WRITES_EACH: usize = 8;

/// Lets 32 clients, spread over the nodes, write one company; its versions and its history must then be dense.
async fn crowd(nodes: &[Running]) {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let admin = nodes[client % nodes.len()].admin();
            tokio::spawn(async move {
                let mut versions = Vec::new();
                for write in 0..WRITES_EACH {
                    let reference = format!("sub_{client}_{write}");
                    let body = json!({"addonKey": "ai", "status": "active", "externalReference": reference});
                    versions.push(admin.post(&of(1, "addons"), &body).await.version());
                }
                versions
            })
        })
        .collect();
    let mut versions = Vec::new();
    for client in clients {
        let own = client.await.unwrap();
        assert!(own.is_sorted(), "a client sees its own writes in order: {own:?}");
        versions.extend(own);
    }
    versions.sort_unstable();
    let all = CLIENTS * WRITES_EACH;
    assert_eq!(versions, (1..=all as u64).collect::<Vec<_>>(), "every write has a version of its own, none is skipped");
    for node in nodes {
        // A node may take its bound to hear of what another one wrote; whoever cannot wait says so.
        let strong = node.auth().ask("GET", &of(1, "entitlements")).header("Consistency", "strong");
        assert_eq!(strong.send().await.version(), all as u64);
        let history = node.admin().get(&of(1, "history?limit=500")).await.data();
        assert_eq!(history["history"].as_array().map(Vec::len), Some(all));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_history_stay_dense_under_32_writers_of_one_company_on_sqlite() {
    crowd(&[Place::sqlite().await.serve().await]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_history_stay_dense_under_32_writers_of_one_company_on_two_nodes_over_postgres() {
    let place = Place::postgres().await;
    crowd(&[place.serve().await, place.serve().await]).await;
}

/// Reads a company until told to stop; gives what it saw under each version, and fails when a version goes back.
async fn watch(caller: Caller, company: u32, stop: Arc<AtomicBool>) -> BTreeMap<u64, Value> {
    let mut seen = BTreeMap::new();
    let mut latest = 0;
    while !stop.load(Ordering::SeqCst) {
        let read = caller.get(&of(company, "entitlements")).await;
        let mut data = read.data();
        data.as_object_mut().unwrap().remove("asOf");
        assert!(read.version() >= latest, "from {latest} back to {}", read.version());
        latest = read.version();
        let known = seen.entry(latest).or_insert_with(|| data.clone());
        assert_eq!(*known, data, "two answers under version {latest}");
    }
    seen
}

/// Lets catalog writes race company writes while companies are watched on every node.
async fn race(nodes: &[Running]) {
    let admin = nodes[0].admin();
    for company in 0..3 {
        admin.post(&of(company, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    }
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    let stop = Arc::new(AtomicBool::new(false));
    let watchers: Vec<_> = (0..6)
        .map(|number: u32| {
            let auth = nodes[number as usize % nodes.len()].auth();
            tokio::spawn(watch(auth, number / 2, Arc::clone(&stop)))
        })
        .collect();
    let writer = {
        let (admin, stop) = (nodes[nodes.len() - 1].admin(), Arc::clone(&stop));
        tokio::spawn(async move {
            for number in 0_u32.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let status = if number % 2 == 0 { "active" } else { "paused" };
                admin.post(&of(number % 2, "addons"), &json!({"addonKey": "market", "status": status})).await.data();
            }
        })
    };
    for number in 0..40 {
        let modules = if number % 2 == 0 { json!(["finance", "ai"]) } else { json!(["finance"]) };
        admin.patch(&format!("/internal/catalog/addons/{finance}"), &json!({"moduleKeys": modules})).await.data();
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    let mut by_company = BTreeMap::new();
    for (number, watcher) in watchers.into_iter().enumerate() {
        for (version, answer) in watcher.await.unwrap() {
            let known = by_company.entry((number / 2, version)).or_insert_with(|| answer.clone());
            assert_eq!(*known, answer, "two answers of company {} under version {version}", number / 2);
        }
    }
    for node in nodes {
        let strong = node.auth().ask("GET", &of(2, "entitlements")).header("Consistency", "strong").send().await;
        assert_eq!(strong.version(), 41, "one for each change that reached it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_has_two_answers_while_catalog_and_companies_are_written_on_sqlite() {
    race(&[Place::sqlite().await.serve().await]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_has_two_answers_while_catalog_and_companies_are_written_on_two_nodes_over_postgres() {
    let place = Place::postgres().await;
    race(&[place.serve().await, place.serve().await]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_client_goes_away_in_the_middle_is_finished_whole() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    gate.close();
    let asking = service.admin().ask("POST", &of(1, "addons")).json(&json!({"addonKey": "ai", "status": "active"}));
    let asked = tokio::spawn(asking.header("Idempotency-Key", "left").send());
    eventually("the write is under way", async || gate.waiting() == 1).await;

    asked.abort();
    eventually("the client is gone", async || asked.is_finished()).await;
    gate.open();

    eventually("it is written", async || service.auth().get(&of(1, "entitlements")).await.status == 200).await;
    let data = service.auth().get(&of(1, "entitlements")).await.data();
    assert_eq!((&data["entitlementVersion"], &data["enabledModules"]), (&json!(1), &json!(["ai"])));
    assert_eq!(service.admin().get(&of(1, "history")).await.data()["history"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_its_client_takes_back_while_it_is_under_way_is_carried_out() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    gate.hold_stores();
    // HTTP/2 has a word for it, and then the handler is dropped.
    let stream = TokioIo::new(TcpStream::connect(service.api).await.expect("a connection"));
    let (mut client, connection) = handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    let _connection = tokio::spawn(connection);
    let request = http::Request::post(format!("http://core{}", of(1, "addons")))
        .header("X-Internal-API-Key", &service.keys().admin)
        .header("Content-Type", "application/json")
        .body(Full::new(Bytes::from_static(br#"{"addonKey": "ai", "status": "active"}"#)));
    let asked = tokio::spawn(client.send_request(request.expect("a request")));
    eventually("the write is under way", async || gate.waiting() == 1).await;

    asked.abort();
    eventually("the request is taken back", async || asked.is_finished()).await;
    // As often as it takes for the service to have heard of it.
    for _ in 0..20 {
        assert_eq!(service.nobody().get("/health").await.status, 200);
    }
    gate.release_stores();

    eventually("it is written", async || service.auth().get(&of(1, "entitlements")).await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_whose_clients_leave_at_once_are_whole_and_visible() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let body = json!({"addonKey": "ai", "status": "active"});
        for company in 0..20 {
            service.admin().ask("POST", &of(company, "addons")).json(&body).send_and_leave().await;
        }
        for company in 0..20 {
            let target = of(company, "entitlements");
            eventually("it is visible", async || service.auth().get(&target).await.status == 200).await;
            let read = service.auth().get(&target).await;
            assert_eq!((read.version(), &read.data()["enabledModules"]), (1, &json!(["ai"])));
            let history = service.admin().get(&of(company, "history")).await.data();
            assert_eq!(history["history"].as_array().map(Vec::len), Some(1));
        }
    }
}
