//! The entitlement version over HTTP: +1 for each change that reaches a company, and nothing else.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, Place, of};

async fn version(caller: &Caller, company: u32) -> u64 {
    let read = caller.get(&of(company, "entitlements")).await;
    assert_eq!(read.header("etag"), Some(format!("\"{}\"", read.version()).as_str()));
    read.version()
}

async fn versions(caller: &Caller, companies: &[u32]) -> Vec<u64> {
    let mut versions = Vec::new();
    for company in companies {
        versions.push(version(caller, *company).await);
    }
    versions
}

async fn activate(admin: &Caller, company: u32, addon: &str) -> u64 {
    admin.post(&of(company, "addons"), &json!({"addonKey": addon, "status": "active"})).await.version()
}

async fn patch(admin: &Caller, path: &str, body: &Value) {
    let id = admin.get(&format!("/internal/catalog/{path}")).await.data()["id"].as_str().unwrap().to_owned();
    let list = path.split('/').next().unwrap();
    admin.patch(&format!("/internal/catalog/{list}/{id}"), body).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_write_is_version_1_and_every_changing_write_one_more() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let mut expected = 0;
    for (path, body) in [
        ("basic", json!({"status": "active"})),
        ("addons", json!({"addonKey": "ai", "status": "active"})),
        ("addons", json!({"addonKey": "ai", "status": "active", "endsAt": "2199-01-01T00:00:00Z"})),
        ("addons", json!({"addonKey": "ai", "status": "active", "source": "billing_sync"})),
        ("addons", json!({"addonKey": "ai", "status": "active", "externalReference": "sub_2"})),
        ("addons", json!({"addonKey": "ai", "status": "active", "quantity": 2})),
        ("addons", json!({"addonKey": "ai", "status": "paused"})),
        ("deactivate-addon", json!({"addonKey": "ai"})),
        ("basic", json!({"status": "cancelled"})),
    ] {
        expected += 1;
        assert_eq!(admin.post(&of(1, path), &body).await.version(), expected, "{path} {body}");
        assert_eq!(version(&admin, 1).await, expected);
        assert_eq!(admin.post(&of(1, path), &body).await.version(), expected, "again {path} {body}");
    }
    let refused = json!({"addonKey": "ai", "status": "active", "startsAt": "2030-01-02T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"});
    assert_eq!(admin.post(&of(1, "addons"), &refused).await.status, 400);
    assert_eq!(version(&admin, 1).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_change_bumps_exactly_the_companies_that_hold_the_item() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        activate(&admin, 1, "finance").await;
        activate(&admin, 2, "market").await;
        activate(&admin, 3, "finance").await;
        admin.post(&of(3, "deactivate-addon"), &json!({"addonKey": "finance"})).await.data();
        activate(&admin, 4, "finance").await;
        activate(&admin, 4, "market").await;
        assert_eq!(versions(&admin, &[1, 2, 3, 4]).await, [1, 1, 2, 2]);

        patch(&admin, "addons/finance", &json!({"moduleKeys": ["finance", "ai"]})).await;
        assert_eq!(versions(&admin, &[1, 2, 3, 4]).await, [2, 1, 2, 3]);
        let modules = admin.get(&of(1, "entitlements")).await.data()["enabledModules"].clone();
        assert_eq!(modules, json!(["ai", "finance"]));

        patch(&admin, "addons/finance", &json!({"moduleKeys": ["ai", "finance"], "name": "Money"})).await;
        assert_eq!(versions(&admin, &[1, 2, 3, 4]).await, [2, 1, 2, 3], "the same set, another name");

        assert_eq!(activate(&admin, 3, "finance").await, 3);
        let modules = admin.get(&of(3, "entitlements")).await.data()["enabledModules"].clone();
        assert_eq!(modules, json!(["ai", "finance"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_change_for_the_future_reaches_only_new_assignments() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    activate(&admin, 1, "finance").await;

    patch(&admin, "addons/finance", &json!({"moduleKeys": ["finance", "ai"], "reach": "future"})).await;
    activate(&admin, 2, "finance").await;

    let modules = async |company| admin.get(&of(company, "entitlements")).await.data()["enabledModules"].clone();
    assert_eq!((modules(1).await, version(&admin, 1).await), (json!(["finance"]), 1));
    assert_eq!((modules(2).await, version(&admin, 2).await), (json!(["ai", "finance"]), 1));

    patch(&admin, "addons/finance", &json!({"moduleKeys": ["finance", "ai", "venue"], "reach": "existing"})).await;
    assert_eq!(modules(1).await, json!(["ai", "finance", "venue"]));
    assert_eq!(modules(2).await, json!(["ai", "finance", "venue"]));
    let [one, two] = [version(&admin, 1).await, version(&admin, 2).await];
    assert!(one > 1 && two > 1, "{one} {two}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_switched_off_is_enabled_for_nobody_and_back_again() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        activate(&admin, 1, "finance").await;
        activate(&admin, 2, "market").await;
        admin.post(&of(3, "basic"), &json!({"status": "active"})).await.data();

        patch(&admin, "modules/finance", &json!({"isActive": false})).await;
        let owned = admin.get(&of(1, "entitlements")).await.data();
        assert_eq!(owned["enabledModules"], json!([]));
        assert_eq!(owned["addons"][0]["key"], "finance", "still owned");
        assert_eq!(versions(&admin, &[1, 2, 3]).await, [2, 1, 1]);

        patch(&admin, "modules/finance", &json!({"isActive": true})).await;
        assert_eq!(admin.get(&of(1, "entitlements")).await.data()["enabledModules"], json!(["finance"]));
        assert_eq!(versions(&admin, &[1, 2, 3]).await, [3, 1, 1]);

        patch(&admin, "modules/basic", &json!({"isActive": false})).await;
        let owned = admin.get(&of(3, "entitlements")).await.data();
        assert_eq!((&owned["hasBasic"], &owned["basePackage"]), (&json!(false), &json!(null)));
        assert_eq!(versions(&admin, &[1, 2, 3]).await, [3, 1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_meaning_for_anybody_moves_no_version() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    activate(&admin, 1, "finance").await;
    for (path, body) in [
        ("modules/finance", json!({"name": "Money", "description": "Other words"})),
        ("addons/finance", json!({"name": "Money", "description": null})),
        ("addons/finance", json!({"isActive": false})),
        ("addons/market", json!({"moduleKeys": ["ai"]})),
        ("modules/venue", json!({"isActive": false})),
    ] {
        patch(&admin, path, &body).await;
        assert_eq!(version(&admin, 1).await, 1, "{path} {body}");
    }
    admin.post("/internal/catalog/modules", &json!({"key": "new", "name": "New", "type": "addon"})).await.data();
    assert_eq!(version(&admin, 1).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn updated_at_is_when_the_answer_last_changed() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let updated_at = async || admin.get(&of(1, "entitlements")).await.data()["updatedAt"].clone();
    let body = json!({"addonKey": "finance", "status": "active", "endsAt": "2026-05-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &body).await.data();
    assert_eq!(updated_at().await, "2026-04-16T05:00:00Z");

    world.set("2026-04-20T00:00:00Z");
    assert_eq!(updated_at().await, "2026-04-16T05:00:00Z");
    patch(&admin, "addons/finance", &json!({"moduleKeys": ["ai"]})).await;
    assert_eq!(updated_at().await, "2026-04-20T00:00:00Z");

    world.set("2026-06-01T00:00:00Z");
    assert_eq!(updated_at().await, "2026-05-01T00:00:00Z", "the boundary, not the look");
}
