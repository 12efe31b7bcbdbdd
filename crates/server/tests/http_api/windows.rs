//! Windows by a clock that the tests set: what ends, ends at its end, with a new version and without any job.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, of};

/// What a read says: version, enabled modules, `validUntil`.
async fn seen(caller: &Caller) -> (u64, Value, Value) {
    let read = caller.get(&of(1, "entitlements")).await;
    let data = read.data();
    (read.version(), data["enabledModules"].clone(), data["validUntil"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addon_ends_at_its_end_with_a_new_version_and_no_job() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let end = "2026-05-16T00:00:00Z";
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active", "endsAt": end})).await.data();
    assert_eq!(seen(&auth).await, (1, json!(["finance"]), json!(end)));

    world.set("2026-05-15T23:59:59.999999Z");
    assert_eq!(seen(&auth).await, (1, json!(["finance"]), json!(end)));
    world.set(end);
    assert_eq!(seen(&auth).await, (2, json!([]), json!(null)));
    assert_eq!(auth.get(&of(1, "entitlements")).await.data()["addons"], json!([]));

    let renewal = json!({"addonKey": "finance", "status": "active", "endsAt": null});
    assert_eq!(admin.post(&of(1, "addons"), &renewal).await.version(), 3);
    assert_eq!(seen(&auth).await, (3, json!(["finance"]), json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_start_begins_by_itself() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let (start, end) = ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z");
    let body = json!({"addonKey": "ai", "status": "active", "startsAt": start, "endsAt": end});
    assert_eq!(admin.post(&of(1, "addons"), &body).await.data()["status"], "active");
    assert_eq!(seen(&auth).await, (1, json!([]), json!(start)));

    world.set("2026-04-30T23:59:59.999999Z");
    assert_eq!(seen(&auth).await, (1, json!([]), json!(start)));
    world.set(start);
    assert_eq!(seen(&auth).await, (2, json!(["ai"]), json!(end)));
    world.set(end);
    assert_eq!(seen(&auth).await, (3, json!([]), json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_ends_at_its_grace_end() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let body = json!({"status": "active", "endsAt": "2026-05-01T00:00:00Z", "graceEndsAt": "2026-05-08T00:00:00Z"});
    admin.post(&of(1, "basic"), &body).await.data();

    world.set("2026-05-01T00:00:00Z");
    assert_eq!(seen(&auth).await, (1, json!(["basic"]), json!("2026-05-08T00:00:00Z")));
    world.set("2026-05-08T00:00:00Z");
    assert_eq!(seen(&auth).await, (2, json!([]), json!(null)));
    let summary = admin.get(&of(1, "subscription-summary")).await.data();
    assert_eq!((&summary["hasBasic"], &summary["status"]), (&json!(false), &json!("expired")));
}

#[tokio::test(flavor = "multi_thread")]
async fn valid_until_is_the_next_boundary_of_all_rows() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    for (key, start, end) in [
        ("ai", "2026-05-01T00:00:00Z", "2026-05-04T00:00:00Z"),
        ("finance", "2026-05-02T00:00:00Z", "2026-05-03T00:00:00.000001Z"),
        ("venue", "2026-01-01T00:00:00Z", "2026-05-04T00:00:00Z"),
    ] {
        let body = json!({"addonKey": key, "status": "active", "startsAt": start, "endsAt": end});
        admin.post(&of(1, "addons"), &body).await.data();
    }
    let mut told = Vec::new();
    while told.len() < 10 {
        let (version, modules, valid_until) = seen(&auth).await;
        let until = valid_until.as_str().map(str::to_owned);
        told.push(format!("{version} {modules} until {}", until.as_deref().unwrap_or("-")));
        let Some(until) = until else { break };
        world.set(&until);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    3 ["venue"] until 2026-05-01T00:00:00Z
    4 ["ai","venue"] until 2026-05-02T00:00:00Z
    5 ["ai","finance","venue"] until 2026-05-03T00:00:00.000001Z
    6 ["ai","venue"] until 2026-05-04T00:00:00Z
    8 [] until -
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_entitle_have_no_boundaries() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    for (key, status) in [("ai", "paused"), ("venue", "cancelled"), ("market", "inactive")] {
        let body = json!({"addonKey": key, "status": status, "endsAt": "2026-05-01T00:00:00Z"});
        admin.post(&of(1, "addons"), &body).await.data();
    }
    assert_eq!(seen(&auth).await, (3, json!([]), json!(null)));
    world.set("2026-05-02T00:00:00Z");
    assert_eq!(seen(&auth).await, (3, json!([]), json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_start_is_its_end_is_never_in_force() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let instant = "2026-05-01T00:00:00Z";
    let body = json!({"addonKey": "ai", "status": "active", "startsAt": instant, "endsAt": instant});
    assert_eq!(admin.post(&of(1, "addons"), &body).await.status, 200);
    for at in ["2026-04-30T23:59:59.999999Z", instant, "2026-05-01T00:00:00.000001Z"] {
        world.set(at);
        assert_eq!(seen(&auth).await.1, json!([]), "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_steps_back_revives_nothing_that_a_write_has_seen_end() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let body = json!({"addonKey": "ai", "status": "active", "endsAt": "2026-05-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &body).await.data();
    world.set("2026-05-02T00:00:00Z");
    assert_eq!(admin.post(&of(1, "basic"), &json!({"status": "active"})).await.version(), 3);

    world.set("2026-04-20T00:00:00Z");

    assert_eq!(seen(&auth).await, (3, json!(["basic"]), json!(null)));
    assert_eq!(admin.post(&of(1, "basic"), &json!({"status": "paused"})).await.version(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_of_before_the_end_is_not_modified_until_the_end_and_modified_from_it_on() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let body = json!({"addonKey": "ai", "status": "active", "endsAt": "2026-05-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &body).await.data();
    let ask = || auth.ask("GET", &of(1, "entitlements")).header("If-None-Match", "\"1\"");
    for _ in 0..3 {
        assert_eq!(ask().send().await.status, 304);
    }
    world.set("2026-05-01T00:00:00Z");
    for _ in 0..3 {
        let answer = ask().send().await;
        assert_eq!((answer.status, answer.header("etag")), (200, Some("\"2\"")));
    }
}
