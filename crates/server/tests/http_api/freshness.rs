//! Reads after writes: never older than what was acknowledged before they were asked.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::json;
use store::model::{ManualClock, ModelStore};

use crate::support::{Clocked, Gate, Place, Running, eventually, of};

const WRITES: u64 = 150;

/// One writes, others read on the same node.
async fn write_and_read(service: &Running) {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let body = |number: u64| {
        let status = if number.is_multiple_of(2) { "active" } else { "paused" };
        json!({"addonKey": "ai", "status": status})
    };
    acknowledged.store(service.admin().post(&of(1, "addons"), &body(0)).await.version(), Ordering::SeqCst);
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (auth, acknowledged, done) = (service.auth(), Arc::clone(&acknowledged), Arc::clone(&done));
            tokio::spawn(async move {
                let mut reads = 0;
                while !done.load(Ordering::SeqCst) {
                    let least = acknowledged.load(Ordering::SeqCst);
                    let read = auth.get(&of(1, "entitlements")).await;
                    assert!(read.version() >= least, "{} after {least} was acknowledged", read.version());
                    let is_active = read.data()["enabledModules"] == json!(["ai"]);
                    assert_eq!(is_active, read.version() % 2 == 1, "the body is that of its version");
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    for number in 1..WRITES {
        let version = service.admin().post(&of(1, "addons"), &body(number)).await.version();
        assert_eq!(version, number + 1);
        acknowledged.store(version, Ordering::SeqCst);
        assert_eq!(service.auth().get(&of(1, "entitlements")).await.version(), version, "the very next read");
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_is_older_than_an_acknowledged_write_on_sqlite() {
    write_and_read(&Place::sqlite().await.serve().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_is_older_than_an_acknowledged_write_on_postgres() {
    write_and_read(&Place::postgres().await.serve().await).await;
}

/// Who writes and who reads in a round. They change places only now and then, so that the reader remembers an answer of its own.
fn roles(nodes: &[Running; 2], round: usize) -> (&Running, &Running) {
    let [one, other] = nodes;
    if (round / 3).is_multiple_of(2) { (one, other) } else { (other, one) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_acknowledged_by_one_node_is_in_the_next_read_of_another_that_asks_for_it() {
    let place = Place::postgres().await;
    let nodes = [place.serve().await, place.serve().await];
    for round in 0..60_usize {
        let (writing, reading) = roles(&nodes, round);
        let body = json!({"status": "active", "externalReference": format!("sub_{round}")});
        let version = writing.admin().post(&of(1, "basic"), &body).await.version();
        let asking = reading.auth().ask("GET", &of(1, "entitlements"));
        let read = if round.is_multiple_of(2) {
            asking.header("Consistency", "strong").send().await
        } else {
            reading.auth().get(&of(1, &format!("entitlements?atLeastVersion={version}"))).await
        };
        assert_eq!(read.version(), version, "round {round}");
        let summary = reading.admin().get(&of(1, "subscription-summary")).await;
        assert_eq!(summary.version(), version, "round {round}");
    }
}

/// A version that the company has not come to is refused with both versions, whatever else is asked, and never answered with an older one.
async fn ask_for_what_is_not_there(node: &Running, other: &Running) {
    assert_eq!(
        node.auth().get(&of(1, "entitlements?atLeastVersion=1")).await.status,
        404,
        "an unknown company as ever"
    );
    node.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    for reading in [node, other] {
        for consistency in [None, Some("strong")] {
            let asking =
                reading.auth().ask("GET", &of(1, "entitlements?atLeastVersion=2")).header("If-None-Match", "\"1\"");
            let asking = consistency.into_iter().fold(asking, |asking, word| asking.header("Consistency", word));
            let refused = asking.send().await;
            let (status, code, message) = refused.error();
            assert_eq!((status, code.as_str(), refused.header("etag")), (409, "conflict", Some("\"1\"")), "{message}");
            assert!(message.contains("has version 1,") && message.contains("asks for 2"), "{message}");
        }
    }
    let version = other.admin().post(&of(1, "basic"), &json!({"status": "paused"})).await.version();
    assert_eq!(node.auth().get(&of(1, &format!("entitlements?atLeastVersion={version}"))).await.version(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_not_reached_is_refused_and_never_answered_with_an_older_one() {
    let embedded = Place::sqlite().await.serve().await;
    ask_for_what_is_not_there(&embedded, &embedded).await;
    let place = Place::postgres().await;
    ask_for_what_is_not_there(&place.serve().await, &place.serve().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_change_acknowledged_by_one_node_is_in_the_next_read_of_another_that_asks_for_it() {
    let place = Place::postgres().await;
    let nodes = [place.serve().await, place.serve().await];
    let admin = nodes[0].admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    let path = format!("/internal/catalog/addons/{finance}");
    for round in 0..30_usize {
        let (writing, reading) = roles(&nodes, round);
        let modules = if round.is_multiple_of(2) { json!(["ai", "finance"]) } else { json!(["finance"]) };
        let generation = writing.admin().patch(&path, &json!({"moduleKeys": modules})).await;
        let strong = reading.auth().ask("GET", &of(1, "entitlements")).header("Consistency", "strong");
        let read = strong.send().await;
        assert_eq!((&read.data()["enabledModules"], read.version()), (&modules, round as u64 + 2), "round {round}");
        let addon = reading.admin().get(&path).await;
        assert_eq!((&addon.data()["modules"], addon.header("etag")), (&modules, generation.header("etag")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_began_before_a_write_does_not_bring_the_old_answer_back() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    world.service.admin().post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    gate.hold_reads();
    let early = tokio::spawn(service.auth().ask("GET", &of(1, "entitlements")).send());
    eventually("it has read", async || gate.waiting() == 1).await;

    let paused = service.admin().post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "paused"})).await;
    assert_eq!(paused.version(), 2);
    gate.release_reads();

    assert_eq!(early.await.unwrap().version(), 1, "it was asked before the write was acknowledged");
    for _ in 0..3 {
        let read = service.auth().get(&of(1, "entitlements")).await;
        assert_eq!((read.version(), &read.data()["enabledModules"]), (2, &json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_puts_an_old_company_together_with_a_catalog_that_came_after_its_write() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    let admin = service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    assert_eq!(service.auth().get(&of(1, "entitlements")).await.version(), 1);
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    gate.hold_commits();
    let market = json!({"addonKey": "market", "status": "active"});
    let written = tokio::spawn(admin.ask("POST", &of(1, "addons")).json(&market).send());
    eventually("it is stored and not yet known", async || gate.waiting() == 1).await;

    let patch = admin.ask("PATCH", &format!("/internal/catalog/addons/{finance}"));
    let patched = tokio::spawn(patch.json(&json!({"moduleKeys": ["finance", "ai"]})).send());
    let mut reads = Vec::new();
    for _ in 0..100 {
        reads.push(service.auth().get(&of(1, "entitlements")).await);
    }
    gate.release_commits();

    let version = written.await.unwrap().version();
    patched.await.unwrap().data();
    reads.push(service.auth().get(&of(1, "entitlements")).await);
    for read in reads {
        let owns_market = read.data()["enabledModules"].as_array().unwrap().contains(&json!("market"));
        assert_eq!(owns_market, read.version() >= version, "the write made version {version}: {}", read.text());
    }
}
