//! `?dryRun=true`: the full answer and `changes`, and nothing stored.

use serde_json::json;

use crate::support::{Clocked, Place, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_company_write_answers_in_full_and_stores_nothing() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let body = json!({"addonKey": "finance", "status": "active"});

    let dry = admin.post(&of(1, "addons?dryRun=true"), &body).await;

    assert_eq!((dry.status, dry.header("etag")), (200, Some("\"1\"")));
    insta::assert_json_snapshot!(dry.json(), @r#"
    {
      "data": {
        "addonKey": "finance",
        "changes": [
          {
            "changeType": "addon_activated",
            "entityKey": "finance",
            "entityType": "addon",
            "newStatus": "active",
            "previousStatus": null
          }
        ],
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 1,
        "status": "active"
      },
      "preview": {
        "after": {
          "addons": [
            {
              "endsAt": null,
              "key": "finance",
              "startsAt": null,
              "status": "active"
            }
          ],
          "asOf": "2026-04-16T05:00:00Z",
          "basePackage": null,
          "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
          "enabledModules": [
            "finance"
          ],
          "entitlementVersion": 1,
          "hasBasic": false,
          "updatedAt": "2026-04-16T05:00:00Z",
          "validUntil": null
        },
        "before": null,
        "featuresAfter": {},
        "featuresBefore": {}
      },
      "success": true
    }
    "#);
    assert_eq!(admin.get(&of(1, "entitlements")).await.status, 404, "the company is still unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_change_and_a_real_write_does_not() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let body = json!({"addonKey": "finance", "status": "active"});

    let real = admin.post(&of(1, "addons?dryRun=false"), &body).await;

    assert_eq!((real.version(), &real.data()["changes"]), (1, &json!(null)));
    assert!(!real.data().as_object().unwrap().contains_key("changes"));
    let nothing = admin.post(&of(1, "addons?dryRun=true"), &body).await;
    assert_eq!((nothing.version(), &nothing.data()["changes"]), (1, &json!([])));
    for (path, body) in [
        ("basic", json!({"status": "active"})),
        ("packages", json!({"packageKey": "basic", "status": "active"})),
        ("deactivate-addon", json!({"addonKey": "finance"})),
    ] {
        let dry = admin.post(&of(1, &format!("{path}?dryRun=true")), &body).await;
        assert_eq!((dry.version(), dry.data()["changes"].as_array().map(Vec::len)), (2, Some(1)), "{path}");
    }
    let repair = admin.ask("POST", &of(1, "repair?dryRun=true")).send().await;
    assert_eq!(repair.data()["changes"][0]["changeType"], "entitlement_repaired");
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
    assert_eq!(admin.get(&of(1, "history")).await.data()["history"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_catalog_write_answers_in_full_and_stores_nothing() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let before = admin.get("/internal/catalog/addons").await;
    let body = json!({"key": "money", "name": "Money", "moduleKeys": ["finance"]});

    let dry = admin.post("/internal/catalog/addons?dryRun=true", &body).await;

    assert_eq!((dry.status, dry.header("location"), dry.header("etag")), (200, None, Some("\"13\"")));
    insta::assert_json_snapshot!(dry.shown_quietly(), @r#"
    {
      "data": {
        "changes": [
          {
            "changeType": "catalog_updated",
            "entityKey": "money",
            "entityType": "mapping",
            "newStatus": null,
            "previousStatus": null
          }
        ],
        "description": null,
        "id": "[id]",
        "impact": {
          "addons": {},
          "companies": 0,
          "companyIds": [],
          "features": {},
          "lookedAt": 0,
          "modules": {},
          "nextCursor": null,
          "permissions": {}
        },
        "isActive": true,
        "key": "money",
        "modules": [
          "finance"
        ],
        "name": "Money",
        "planHash": "[hash]"
      },
      "success": true
    }
    "#);
    assert_eq!(
        dry.warned(),
        [
            "description",
            "businessPurpose",
            "kind",
            "orientation",
            "standalone",
            "conflictsWith",
            "redundantWith",
            "governance.owner"
        ]
    );
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    let path = format!("/internal/catalog/addons/{finance}?dryRun=true");
    let dry = admin.patch(&path, &json!({"moduleKeys": ["ai"]})).await;
    assert_eq!((&dry.data()["modules"], &dry.data()["changes"][0]["entityType"]), (&json!(["ai"]), &json!("mapping")));
    let dry = admin.patch(&path, &json!({})).await;
    assert_eq!(dry.data()["changes"], json!([]));
    let module = json!({"key": "extra", "name": "Extra", "type": "addon"});
    let dry = admin.post("/internal/catalog/modules?dryRun=true", &module).await;
    assert_eq!(dry.data()["changes"][0]["entityKey"], "extra");
    let after = admin.get("/internal/catalog/addons").await;
    assert_eq!((after.json(), after.header("etag")), (before.json(), before.header("etag")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_refuses_what_the_write_would() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let dry = admin.post(&of(1, "addons?dryRun=true"), &json!({"addonKey": "nothing", "status": "active"})).await;
    assert_eq!(dry.outcome(), (404, "not_found".to_owned()));
    let dry = admin.post("/internal/catalog/addons?dryRun=true", &json!({"key": "ai", "name": "AI"})).await;
    assert_eq!(dry.error().2, "addon key already exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_dry_run_does_not_write() {
    let service = Place::sqlite().await.serve().await;
    let body = json!({"status": "active"});
    for query in
        ["dryrun=true", "dryRun=1", "dryRun=True", "dryRun=", "dryRun", "dryRun=true&dryRun=true", "dry-run=true"]
    {
        let answer = service.admin().post(&of(1, &format!("basic?{query}")), &body).await;
        assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{query}");
    }
    assert_eq!(service.auth().get(&of(1, "entitlements")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_neither_uses_nor_repeats_an_idempotency_key() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let ask = |query: &str| {
        let asking = admin.ask("POST", &of(1, &format!("basic{query}"))).json(&json!({"status": "active"}));
        asking.header("Idempotency-Key", "one").send()
    };
    assert_eq!(ask("?dryRun=true").await.data()["changes"][0]["changeType"], "basic_activated");
    assert_eq!(ask("").await.version(), 1);
    assert_eq!(ask("?dryRun=true").await.data()["changes"], json!([]));
}
