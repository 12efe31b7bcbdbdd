//! Writes that meet a boundary of what they replace: no version ever has two answers.

use std::sync::Arc;

use serde_json::{Value, json};
use store::model::{Clock, ManualClock, ModelStore};

use crate::support::{Answer, Clocked, Gate, Place, Running, eventually, of};

const BEGIN: &str = "2026-04-16T05:00:00Z";
const FIRST: &str = "2026-04-16T05:00:10Z";
const SECOND: &str = "2026-04-16T05:00:11Z";

/// A service whose company owns add-on `ai` from [`FIRST`] to [`SECOND`], behind a gate, with its answer in memory.
async fn gated() -> (Clocked, Arc<Gate>, Running) {
    let world = Clocked::at(BEGIN).await;
    let gate = Gate::before(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let service = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    let window = json!({"addonKey": "ai", "status": "active", "startsAt": FIRST, "endsAt": SECOND});
    assert_eq!(service.admin().post(&of(1, "addons"), &window).await.version(), 1);
    assert_eq!(seen(&service).await, (1, json!([])));
    (world, gate, service)
}

async fn seen(service: &Running) -> (u64, Value) {
    let read = service.auth().get(&of(1, "entitlements")).await;
    (read.version(), read.data()["enabledModules"].clone())
}

/// Asks for a write that drops both boundaries.
fn open_window(service: &Running) -> tokio::task::JoinHandle<Answer> {
    let open = json!({"addonKey": "ai", "status": "active", "startsAt": null, "endsAt": null});
    tokio::spawn(service.admin().ask("POST", &of(1, "addons")).json(&open).send())
}

async fn change_types(service: &Running) -> Vec<Value> {
    let history = service.admin().get(&of(1, "history")).await.data();
    history["history"].as_array().unwrap().iter().map(|entry| entry["changeType"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_comes_to_the_database_behind_a_boundary_is_decided_anew() {
    let (world, gate, service) = gated().await;
    gate.hold_stores();
    let write = open_window(&service);
    eventually("it is about to be stored", async || gate.waiting() == 1).await;

    world.set(SECOND);
    assert_eq!(seen(&service).await, (3, json!([])), "two boundaries have passed");
    gate.release_stores();

    assert_eq!(write.await.unwrap().version(), 4);
    assert_eq!(seen(&service).await, (4, json!(["ai"])));
    let told = ["addon_activated", "addon_expired", "addon_activated", "addon_activated"];
    assert_eq!(change_types(&service).await, told, "the start and the end that passed come before the write");
}

#[tokio::test(flavor = "multi_thread")]
async fn boundaries_that_pass_while_a_write_is_made_durable_move_the_version_beyond_what_was_shown() {
    let (world, gate, service) = gated().await;
    gate.hold_commits();
    let write = open_window(&service);
    eventually("it is stored and not yet known", async || gate.waiting() == 1).await;

    world.set(SECOND);
    assert_eq!(seen(&service).await, (3, json!([])), "what was replaced shows what it would have been");
    gate.release_commits();

    assert_eq!(write.await.unwrap().version(), 2);
    assert_eq!(seen(&service).await, (4, json!(["ai"])), "neither 2 nor 3, which was another answer");
    let repaired = "entitlement_repaired";
    assert_eq!(change_types(&service).await, [repaired, repaired, "addon_updated", "addon_activated"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_ends_before_the_boundary_is_followed_by_nothing() {
    let (world, gate, service) = gated().await;
    gate.hold_commits();
    let write = open_window(&service);
    eventually("it is stored and not yet known", async || gate.waiting() == 1).await;

    world.set("2026-04-16T05:00:09.999999Z");
    gate.release_commits();

    assert_eq!(write.await.unwrap().version(), 2);
    world.set(SECOND);
    assert_eq!(seen(&service).await, (2, json!(["ai"])));
    assert_eq!(change_types(&service).await, ["addon_updated", "addon_activated"]);
}

/// By the machine's clock: a write right before a boundary waits for it.
async fn waits_for_the_boundary(place: &Place) {
    let service = place.serve().await;
    let admin = service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let soon = store::model::SystemClock.now().micros() + 200_000;
    let end = server::service::to_instant(domain::Timestamp::clamped(soon)).to_string();
    admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active", "endsAt": end})).await.data();

    let paused = admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "paused", "endsAt": null})).await;

    assert_eq!(paused.version(), 4, "one for the boundary and one for the write");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_right_before_a_boundary_waits_for_it_on_sqlite() {
    waits_for_the_boundary(&Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_right_before_a_boundary_waits_for_it_on_postgres() {
    waits_for_the_boundary(&Place::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_that_never_comes_to_pass_does_not_keep_writes_out() {
    let world = Clocked::at("2026-04-16T05:00:09.900Z").await;
    let admin = world.service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active", "endsAt": FIRST})).await.data();

    let paused = admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "paused"})).await;

    assert_eq!(paused.version(), 2, "the clock stands, and the room before the boundary shrinks");
}
