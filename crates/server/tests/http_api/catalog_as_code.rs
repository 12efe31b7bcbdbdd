//! The catalog as one document: exported, planned, applied; and the backfill rules (requirements 003 §4).

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, Place, of, shop};

const PLAN: &str = "/internal/catalog/plan";
const APPLY: &str = "/internal/catalog/apply";

async fn export(admin: &Caller) -> Value {
    admin.get("/internal/catalog/export").await.data()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_plans_to_nothing_and_applied_elsewhere_makes_the_same_catalog() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let document = export(&admin).await;

    let plan = admin.post(PLAN, &document).await.data();

    assert_eq!((&plan["changes"], &plan["impact"]["companies"]), (&json!([]), &json!(0)));
    let generation = admin.get("/internal/catalog/export").await.header("etag").unwrap().to_owned();
    let applied = admin.post(APPLY, &document).await;
    assert_eq!((&applied.data()["changes"], applied.header("etag")), (&json!([]), Some(generation.as_str())));
    let other = Place::sqlite().await.serve().await;
    other.admin().post(APPLY, &document).await.data();
    assert_eq!(export(&other.admin()).await, document);
    assert_eq!(other.admin().post(PLAN, &document).await.data()["changes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_names_each_field_before_and_after_and_stores_nothing() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    let before = export(&admin).await;
    let document = json!({
        "policy": {"pricingDuplicates": "strict"},
        "modules": {"loyalty": {"name": "Loyalty", "type": "addon"}},
        "addons": {"keeper": {"name": "Keep it", "features": {"retention": true, "seats": 4}}}
    });

    let plan = admin.post(PLAN, &document).await.data();

    let change = |kind: &str, key: &str| {
        let changes = plan["changes"].as_array().unwrap();
        changes
            .iter()
            .find(|one| one["kind"] == kind && one["key"] == key)
            .unwrap_or_else(|| panic!("{plan:#}"))
            .clone()
    };
    assert_eq!(change("module", "loyalty")["action"], "create");
    let keeper = change("addon", "keeper");
    assert_eq!(keeper["action"], "update");
    let name = keeper["fields"].as_array().unwrap().iter().find(|one| one["field"] == "name").unwrap();
    assert_eq!((&name["before"], &name["after"]), (&json!("Keeper"), &json!("Keep it")));
    assert_eq!(plan["changes"].as_array().map(Vec::len), Some(3));
    assert_eq!((&plan["impact"]["companies"], &plan["impact"]["features"]["seats"]["gained"]), (&json!(1), &json!(1)));
    assert_eq!(export(&admin).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_applied_as_it_was_planned_or_not_at_all() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let document = json!({"modules": {"loyalty": {"name": "Loyalty", "type": "addon"}}});
    let renamed = json!({"modules": {"loyalty": {"name": "Clubs", "type": "addon"}}});
    let hash = admin.post(PLAN, &document).await.data()["hash"].as_str().unwrap().to_owned();
    let target = format!("{APPLY}?hash={hash}");

    let other = admin.post(&target, &renamed).await;

    assert_eq!((other.status, other.broken()), (409, vec!["plan".to_owned()]), "another document");
    assert_eq!(admin.post(&target, &document).await.status, 200);
    assert_eq!(admin.post(&target, &document).await.broken(), ["plan"], "the catalog has moved");
    assert_eq!(admin.post(APPLY, &document).await.data()["changes"], json!([]), "without a hash it changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_anything_wrong_changes_nothing_and_names_it_all() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let before = export(&admin).await;
    let broken_rules = json!({
        "modules": {"loyalty": {"name": "Loyalty", "type": "addon"}},
        "addons": {"club": {"name": "Club", "moduleKeys": ["loyalty"], "requires": "addon:nowhere"}},
        "packages": {"promo-july": {"name": "Promo"}}
    });
    let refused = admin.post(APPLY, &broken_rules).await;
    assert_eq!(refused.status, 400);
    let items: Vec<_> =
        refused.json()["error"]["details"].as_array().unwrap().iter().map(|one| one["item"].clone()).collect();
    assert!(items.contains(&json!("addon club")) && items.contains(&json!("package promo-july")), "{items:?}");
    let broken_values = json!({
        "modules": {"Bad Key": {"name": "x", "type": "addon"}},
        "features": {"retention": {"name": "Retention", "kind": "limit"}},
        "addons": {"club": {"requires": "no:term"}}
    });
    let refused = admin.post(APPLY, &broken_values).await;
    assert_eq!(refused.status, 400);
    for place in ["modules.Bad Key.key", "features.retention.kind", "addons.club.name", "addons.club.requires"] {
        assert!(refused.text().contains(place), "{place}: {}", refused.text());
    }
    assert_eq!(admin.post(APPLY, &json!({"addon": {}})).await.status, 400);
    assert_eq!(export(&admin).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_does_not_name_stays() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let mut expected = export(&admin).await;
    admin.post(APPLY, &json!({"addons": {"keeper": {"name": "Other", "features": {"retention": true}}}})).await.data();
    expected["addons"]["keeper"]["name"] = json!("Other");
    assert_eq!(export(&admin).await, expected);
    let dry = admin.post(&format!("{APPLY}?dryRun=true"), &json!({"addons": {"keeper": {"name": "Third"}}})).await;
    assert_eq!((dry.status, dry.data()["changes"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(export(&admin).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_catalogs_may_be_large_and_nothing_else() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let text = "x".repeat(3_900);
    let features = |count: u32| -> Value {
        let feature = |number: u32| (format!("f{number}"), json!({"name": "F", "kind": "toggle", "description": text}));
        json!({"features": (0..count).map(feature).collect::<serde_json::Map<_, _>>()})
    };
    let small = features(50);
    assert!(small.to_string().len() > 64 * 1024);
    for path in ["packages", "features", "backfill"] {
        let answer = admin.post(&format!("/internal/catalog/{path}"), &small).await;
        assert_eq!(answer.outcome(), (413, "payload_too_large".to_owned()), "{path}");
    }
    assert_eq!(admin.post(&of(1, "basic"), &small).await.status, 413);
    assert_eq!(admin.post(PLAN, &small).await.status, 200);
    assert_eq!(admin.post(APPLY, &small).await.status, 200);
    let large = features(1_100);
    assert!(large.to_string().len() > 4 * 1024 * 1024);
    for path in [PLAN, APPLY] {
        assert_eq!(admin.post(path, &large).await.outcome(), (413, "payload_too_large".to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backfill_says_what_it_would_do_does_it_and_then_nothing_more() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let document = json!({
        "packages": {
            "club": {"name": "Club", "moduleKeys": ["finance"], "permissions": ["finance.ticketing.read"]},
            "archive": {"name": "Archive", "moduleKeys": ["touring"], "attributes": {"retention_policy": "subscribed"}},
            "open-stage": {"name": "Open stage", "moduleKeys": ["touring"], "addons": {"stall-keeper": "allowed"}}
        },
        "addons": {
            "ticket-reports": {"name": "Ticket reports", "permissions": ["finance.ticketing.read"]},
            "stall-keeper": {"name": "Stall keeper", "permissions": ["market.stalls.write"]}
        }
    });
    admin.post(APPLY, &document).await.data();
    let before = export(&admin).await;

    let dry = admin.press("/internal/catalog/backfill?dryRun=true").await.data();

    assert_eq!(dry["applied"], false);
    assert_eq!(export(&admin).await, before);
    let steps: Vec<_> = dry["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| json!([step["rule"], step["packageKey"], step["addonKey"]]))
        .collect();
    for step in [
        json!([1, "club", "ticket-reports"]),
        json!([2, "open-stage", "stall-keeper"]),
        json!([3, "archive", "keeper"]),
    ] {
        assert!(steps.contains(&step), "{step}: {steps:?}");
    }
    assert!(
        dry["steps"].as_array().unwrap().iter().all(|step| step["reason"].as_str().is_some_and(|one| !one.is_empty()))
    );
    let done = admin.press("/internal/catalog/backfill").await.data();
    assert_eq!((&done["applied"], &done["steps"]), (&json!(true), &dry["steps"]));
    let after = export(&admin).await;
    assert_eq!(after["packages"]["club"]["addons"], json!({"ticket-reports": "included"}));
    assert_eq!(after["packages"]["archive"]["addons"], json!({"keeper": "included"}));
    assert_eq!(after["packages"]["open-stage"]["attachedPermissions"], json!({"market.stalls.write": "stall-keeper"}));
    let again = admin.press("/internal/catalog/backfill").await.data();
    assert_eq!(again["steps"], json!([]), "a second run does nothing");
    assert_eq!(export(&admin).await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_is_the_same_on_every_store() {
    let world = Clocked::shop().await;
    let embedded = Place::sqlite().await.serve().await;
    embedded.admin().post(APPLY, &shop::document()).await.data();
    assert_eq!(export(&embedded.admin()).await, export(&world.service.admin()).await);
}
