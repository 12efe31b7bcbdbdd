//! Company writes (requirements 004 §17).

use serde_json::json;

use crate::support::{Clocked, Place, of};

const NOW: &str = "2026-04-16T05:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn basic_is_written_as_in_the_requirements() {
    let world = Clocked::at(NOW).await;
    let body = json!({"status": "active", "startsAt": "2026-04-16T00:00:00Z", "endsAt": "2026-05-16T00:00:00Z", "source": "platform_admin", "externalReference": "sub_123"});

    let answer = world.service.admin().post(&of(1, "basic"), &body).await;

    assert_eq!((answer.status, answer.header("etag")), (200, Some("\"1\"")));
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "data": {
        "basePackage": "basic",
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 1,
        "hasBasic": true
      },
      "success": true
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addon_is_written_as_in_the_requirements() {
    let world = Clocked::at(NOW).await;
    let body = json!({"addonKey": "finance", "status": "active", "startsAt": "2026-04-16T00:00:00Z", "endsAt": "2026-05-16T00:00:00Z", "source": "platform_admin", "externalReference": "addon_sub_123"});

    let answer = world.service.admin().post(&of(1, "addons"), &body).await;

    assert_eq!((answer.status, answer.header("etag")), (200, Some("\"1\"")));
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "data": {
        "addonKey": "finance",
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 1,
        "status": "active"
      },
      "success": true
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn deactivating_an_addon_is_the_same_command_as_writing_it_inactive() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    for number in [1, 2] {
        admin.post(&of(number, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    }

    let one = admin.post(&of(1, "deactivate-addon"), &json!({"addonKey": "finance"})).await;
    let other = admin.post(&of(2, "addons"), &json!({"addonKey": "finance", "status": "inactive"})).await;

    assert_eq!(one.text().replace("0000000001", "0000000002"), other.text());
    insta::assert_json_snapshot!(one.json(), @r#"
    {
      "data": {
        "addonKey": "finance",
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 2,
        "status": "inactive"
      },
      "success": true
    }
    "#);
    let history = |number| {
        let admin = admin.clone();
        async move { admin.get(&of(number, "history")).await.shown()["data"]["history"].clone() }
    };
    assert_eq!(history(1).await, history(2).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_package_is_written_by_its_key() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    let premium = json!({"key": "premium", "name": "Premium", "moduleKeys": ["basic", "market"]});
    admin.post("/internal/catalog/packages", &premium).await.data();

    let answer = admin.post(&of(1, "packages"), &json!({"packageKey": "premium", "status": "active"})).await;

    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "data": {
        "basePackage": "premium",
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 1,
        "hasBasic": true,
        "packageKey": "premium",
        "status": "active"
      },
      "success": true
    }
    "#);
    let modules = world.service.auth().get(&of(1, "entitlements")).await.data()["enabledModules"].clone();
    assert_eq!(modules, json!(["basic", "market"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_base_package_at_the_same_time_is_a_conflict_and_one_after_the_other_is_none() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    let premium = json!({"key": "premium", "name": "Premium", "moduleKeys": ["basic"]});
    admin.post("/internal/catalog/packages", &premium).await.data();
    admin.post(&of(1, "basic"), &json!({"status": "active", "endsAt": "2026-06-01T00:00:00Z"})).await.data();

    let now = admin.post(&of(1, "packages"), &json!({"packageKey": "premium", "status": "active"})).await;
    assert_eq!((now.status, now.error().1.as_str()), (409, "conflict"));
    assert_eq!(now.json()["error"]["details"][0]["field"], "one_base_package");

    let later = json!({"packageKey": "premium", "status": "active", "startsAt": "2026-06-01T00:00:00Z"});
    admin.post(&of(1, "packages"), &later).await.data();
    world.set("2026-06-01T00:00:00Z");
    assert_eq!(world.service.auth().get(&of(1, "entitlements")).await.data()["basePackage"], "premium");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_write_repeated_changes_nothing_and_fields_left_out_stay() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let body = json!({"addonKey": "ai", "status": "active", "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2199-01-01T00:00:00Z", "source": "billing_sync", "externalReference": "sub_1", "quantity": 3});
    assert_eq!(admin.post(&of(1, "addons"), &body).await.version(), 1);

    for again in [body, json!({"addonKey": "ai", "status": "active"})] {
        assert_eq!(admin.post(&of(1, "addons"), &again).await.version(), 1, "{again}");
    }
    let addon = &service.auth().get(&of(1, "entitlements")).await.data()["addons"][0];
    assert_eq!(
        *addon,
        json!({"key": "ai", "status": "active", "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2199-01-01T00:00:00Z"})
    );

    let cleared = json!({"addonKey": "ai", "status": "active", "endsAt": null});
    assert_eq!(admin.post(&of(1, "addons"), &cleared).await.version(), 2);
    let addon = &service.auth().get(&of(1, "entitlements")).await.data()["addons"][0];
    assert_eq!((&addon["startsAt"], &addon["endsAt"]), (&json!("2026-01-01T00:00:00Z"), &json!(null)));
    assert_eq!(admin.get(&of(1, "history")).await.data()["history"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_of_the_requirements_is_taken_and_no_other() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    for status in ["active", "inactive", "cancelled", "expired", "trial", "paused"] {
        let answer = admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": status})).await;
        assert_eq!(answer.data()["status"], status);
    }
    for status in ["Active", "canceled", "", "on", "active "] {
        let answer = admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": status})).await;
        assert_eq!((answer.status, answer.error().1.as_str()), (400, "validation_error"), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_cannot_be_assigned_and_what_is_inactive_not_newly() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let error = admin.post(&of(1, "addons"), &json!({"addonKey": "nothing", "status": "active"})).await.error();
    assert_eq!(error, (404, "not_found".to_owned(), "addon `nothing` does not exist in the catalog".to_owned()));
    let error = admin.post(&of(1, "packages"), &json!({"packageKey": "finance", "status": "active"})).await.error();
    assert_eq!(error, (404, "not_found".to_owned(), "package `finance` does not exist in the catalog".to_owned()));
    assert_eq!(admin.get(&of(1, "entitlements")).await.status, 404, "a refused write makes no company");

    admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    let ai = admin.get("/internal/catalog/addons/ai").await.data()["id"].as_str().unwrap().to_owned();
    admin.patch(&format!("/internal/catalog/addons/{ai}"), &json!({"isActive": false})).await.data();

    let kept = service.auth().get(&of(1, "entitlements")).await;
    assert_eq!((&kept.data()["enabledModules"], kept.version()), (&json!(["ai"]), 1));
    let renewal = json!({"addonKey": "ai", "status": "active", "endsAt": "2199-01-01T00:00:00Z"});
    assert_eq!(admin.post(&of(1, "addons"), &renewal).await.version(), 2);
    let new = admin.post(&of(2, "addons"), &json!({"addonKey": "ai", "status": "active"})).await;
    assert_eq!((new.status, new.error().1.as_str()), (409, "conflict"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_moves_the_version_and_stands_in_the_history() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    assert_eq!(admin.ask("POST", &of(1, "repair")).send().await.error().2, "company not found");
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();

    let answer = admin.ask("POST", &of(1, "repair")).send().await;

    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "data": {
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 2
      },
      "success": true
    }
    "#);
    let newest = &admin.get(&of(1, "history")).await.shown()["data"]["history"][0];
    assert_eq!((&newest["changeType"], &newest["entityType"]), (&json!("entitlement_repaired"), &json!("company")));
    let with_body = admin.post(&of(1, "repair"), &json!({})).await;
    assert_eq!((with_body.status, with_body.error().2.as_str()), (400, "this request takes no body"));
}
