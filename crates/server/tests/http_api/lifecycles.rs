//! Lifecycle, completeness, policy, revisions, and the catalog entries beside packages and add-ons.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, of};

async fn move_to(admin: &Caller, path: &str, status: &str) -> (u16, String) {
    admin.patch(path, &json!({"lifecycleStatus": status})).await.outcome()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_goes_only_where_its_lifecycle_leads() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let all = ["draft", "active", "inactive", "deprecated", "archived"];
    let may = |from: &str, to: &str| match from {
        "draft" => ["draft", "active", "archived"].contains(&to),
        "active" => ["active", "inactive", "deprecated"].contains(&to),
        "inactive" => ["inactive", "active", "archived"].contains(&to),
        "deprecated" => ["deprecated", "active", "archived"].contains(&to),
        _ => to == "archived",
    };
    for from in all {
        for to in all {
            let key = format!("{from}-{to}");
            let body = json!({"key": key, "name": "Moving", "lifecycleStatus": "draft"});
            let path = admin.post("/internal/catalog/addons", &body).await.header("location").unwrap().to_owned();
            let steps: &[&str] = match from {
                "draft" => &[],
                "active" => &["active"],
                "inactive" => &["active", "inactive"],
                "deprecated" => &["active", "deprecated"],
                _ => &["archived"],
            };
            for step in steps {
                assert_eq!(move_to(&admin, &path, step).await.0, 200, "{key}: {step}");
            }
            let status = move_to(&admin, &path, to).await;
            let expected = if may(from, to) { (200, "ok".to_owned()) } else { (409, "conflict".to_owned()) };
            assert_eq!(status, expected, "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_sold_stays_with_its_holders_and_is_archived_only_when_nobody_has_it() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let keeper = json!({"addonKey": "keeper", "status": "active"});
    admin.post(&of(1, "addons"), &keeper).await.data();
    let path = admin.item("addons", "keeper").await;
    for status in ["deprecated", "active", "inactive"] {
        assert_eq!(move_to(&admin, &path, status).await.0, 200);
        assert_eq!(admin.get(&of(1, "entitlements")).await.keys("addons"), ["keeper"], "{status}");
    }
    let renewed = json!({"addonKey": "keeper", "status": "active", "endsAt": "2027-01-01T00:00:00Z"});
    assert_eq!(admin.post(&of(1, "addons"), &renewed).await.status, 200, "may be renewed");
    let new = admin.post(&of(2, "addons"), &keeper).await;
    assert_eq!((new.status, new.broken()), (409, vec!["item_active".to_owned()]));

    let archived = admin.patch(&path, &json!({"lifecycleStatus": "archived"})).await;

    assert_eq!((archived.status, archived.broken()), (409, vec!["holders".to_owned()]));
    assert!(archived.error().2.contains("1 compan"), "{}", archived.text());
    admin.post(&of(1, "deactivate-addon"), &json!({"addonKey": "keeper"})).await.data();
    assert_eq!(move_to(&admin, &path, "archived").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_and_the_long_form_of_activity_must_agree() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    let answer = admin.patch(&path, &json!({"isActive": true, "lifecycleStatus": "deprecated"})).await;
    assert_eq!((answer.status, answer.broken()), (400, vec!["isActive".to_owned()]));
    assert_eq!(admin.patch(&path, &json!({"isActive": false})).await.data()["isActive"], false);
    assert_eq!(admin.get(&path).await.data()["lifecycleStatus"], "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn completeness_names_every_field_that_is_missing_and_why() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (list, fields) in [
        (
            "packages",
            ["description", "targetCustomer", "businessProblem", "commercialType", "visibility", "governance.owner"],
        ),
        ("addons", ["description", "businessPurpose", "kind", "orientation", "standalone", "governance.owner"]),
    ] {
        admin.post(&format!("/internal/catalog/{list}"), &json!({"key": "thin", "name": "Thin"})).await.data();
        let answer = admin.get(&format!("/internal/catalog/{list}/thin/completeness")).await.data();
        assert_eq!(answer["isComplete"], false);
        let missing = answer["missing"].as_array().unwrap();
        for field in fields {
            let found = missing.iter().find(|one| one["field"] == field);
            assert!(found.is_some_and(|one| one["source"].is_string()), "{list} {field}: {missing:?}");
        }
    }
    assert_eq!(admin.get("/internal/catalog/packages/no-such/completeness").await.status, 404);
}

fn complete(key: &str) -> Value {
    json!({
        "key": key, "name": "Whole", "description": "Whole", "moduleKeys": ["basic", "venue"], "visibility": "public",
        "commercialType": "base", "targetCustomer": "Everyone", "businessProblem": "Everything",
        "governance": {"owner": "anna", "assigners": ["test-admin"], "retirers": ["test-admin"], "approvers": ["berta"]},
        "addons": {"ai": "allowed"}, "upgradeTargets": [], "downgradeTargets": []
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_item_is_complete() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let made = admin.post("/internal/catalog/packages", &complete("whole")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let answer = admin.get("/internal/catalog/packages/whole/completeness").await.data();
    assert_eq!((&answer["isComplete"], &answer["missing"]), (&json!(true), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lenient_policy_warns_beside_the_data_and_a_strict_one_refuses() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let thin = json!({"key": "thin", "name": "Thin", "moduleKeys": ["venue"]});

    let lenient = admin.post("/internal/catalog/packages?dryRun=true", &thin).await;

    assert!(lenient.warned().contains(&"targetCustomer".to_owned()), "{}", lenient.text());
    assert!(lenient.data().get("warnings").is_none(), "beside the data, not in it");
    let refused = admin.patch("/internal/catalog/policy", &json!({"completeness": "strict"})).await;
    assert_eq!(refused.outcome().0, 400, "the bootstrap catalog is not complete: {}", refused.text());
    assert!(refused.json()["error"]["details"].as_array().unwrap().iter().any(|one| one["item"] == "package basic"));
    let policy = admin.get("/internal/catalog/policy").await.data();
    assert_eq!(policy, json!({"completeness": "lenient", "pricingDuplicates": "lenient"}), "all or nothing");
    for list in ["packages", "addons"] {
        for key in admin.get(&format!("/internal/catalog/{list}")).await.keys(list) {
            let path = admin.item(list, &key).await;
            admin.patch(&path, &json!({"isActive": false})).await.data();
        }
    }
    let strict = admin.patch("/internal/catalog/policy", &json!({"completeness": "strict"})).await;
    assert_eq!(strict.data(), json!({"completeness": "strict", "pricingDuplicates": "lenient"}));
    let now = admin.post("/internal/catalog/packages", &thin).await;
    assert_eq!(now.status, 400);
    assert!(now.broken().contains(&"targetCustomer".to_owned()));
    let draft = json!({"key": "thin", "name": "Thin", "moduleKeys": ["venue"], "lifecycleStatus": "draft"});
    let made = admin.post("/internal/catalog/packages", &draft).await;
    assert_eq!((made.status, made.warned()), (201, vec![]), "a draft may be unfinished");
    let path = made.header("location").unwrap().to_owned();
    assert!(admin.patch(&path, &json!({"lifecycleStatus": "active"})).await.broken().len() > 3);
    assert_eq!(admin.post("/internal/catalog/packages", &complete("whole")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_said_to_be_empty_is_an_answer_and_one_that_is_left_out_is_none() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let mut silent = complete("whole");
    silent.as_object_mut().unwrap().retain(|field, _| !field.ends_with("Targets"));
    let path = admin.post("/internal/catalog/packages", &silent).await.header("location").unwrap().to_owned();
    let missing = async || {
        let data = admin.get(&format!("{path}/completeness")).await.data();
        let fields = data["missing"].as_array().unwrap().iter();
        fields.map(|one| one["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(missing().await, ["upgradeTargets", "downgradeTargets"]);

    admin.patch(&path, &json!({"upgradeTargets": []})).await.data();
    assert_eq!(missing().await, ["downgradeTargets"]);
    admin.patch(&path, &json!({"name": "Other", "downgradeTargets": []})).await.data();

    assert_eq!(missing().await, [] as [&str; 0]);
    let definition = admin.get(&path).await.data()["definition"].clone();
    assert_eq!((&definition["upgradeTargets"], &definition["downgradeTargets"]), (&json!([]), &json!([])));
    let document = admin.get("/internal/catalog/export").await.data();
    assert_eq!(document["packages"]["whole"]["upgradeTargets"], json!([]));
    assert!(document["packages"]["basic"].get("downgradeTargets").is_none(), "nobody has said: {document}");
    let planned = admin.post("/internal/catalog/plan", &document).await.data();
    assert_eq!(planned["changes"], json!([]));
    let mut silent = document["packages"]["whole"].clone();
    silent.as_object_mut().unwrap().remove("upgradeTargets");
    admin.post("/internal/catalog/apply", &json!({"packages": {"whole": silent}})).await.data();
    assert_eq!(missing().await, ["upgradeTargets"], "a document that leaves it out says nothing of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_that_differ_only_in_price_are_warned_of_or_refused() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post("/internal/catalog/packages", &complete("whole")).await.data();
    let again = admin.post("/internal/catalog/packages?dryRun=true", &complete("whole-again")).await;
    assert!(again.warned().contains(&"pricingDuplicates".to_owned()), "{}", again.text());
    admin.patch("/internal/catalog/policy", &json!({"pricingDuplicates": "strict"})).await.data();
    let refused = admin.post("/internal/catalog/packages", &complete("whole-again")).await;
    assert_eq!((refused.status, refused.broken()), (400, vec!["pricingDuplicates".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_granted_makes_a_revision_and_a_change_of_words_makes_none() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"name": "Keep it", "description": "For long"})).await.data();
    admin.patch(&path, &json!({"features": {"retention": true, "seats": 9}, "reach": "future"})).await.data();
    admin.patch(&path, &json!({"features": {"retention": true, "seats": 9}})).await.data();

    let revisions = admin.get("/internal/catalog/addons/keeper/revisions").await.data();

    let shown: Vec<_> =
        revisions["revisions"].as_array().unwrap().iter().map(|one| json!([one["number"], one["reach"]])).collect();
    assert_eq!(shown, [json!([2, "future"]), json!([1, "existing"])], "what says the same is no change");
    admin.patch(&path, &json!({"reach": "existing"})).await.data();
    let detail = admin.get(&path).await.data();
    assert_eq!((&detail["revision"], &detail["revisionOfExisting"]), (&json!(3), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn features_and_permissions_are_made_once_and_listed_by_key() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let feature = json!({"key": "exports", "name": "Exports", "kind": "limit", "unit": "files", "combine": "max",
        "description": "Per day", "attributes": {"shown": "yes"}});
    let made = admin.post("/internal/catalog/features", &feature).await;
    assert_eq!(made.status, 201);
    for (field, value) in feature.as_object().unwrap() {
        assert_eq!(made.data()[field], *value, "{field}");
    }
    let permission = json!({"key": "market.orders.read", "description": "Orders"});
    let made = admin.post("/internal/catalog/permissions", &permission).await;
    assert_eq!((made.status, &made.data()["moduleKey"]), (201, &json!("market")), "by its namespace");
    for (path, body) in [("features", &feature), ("permissions", &permission)] {
        let again = admin.post(&format!("/internal/catalog/{path}"), body).await;
        assert_eq!((again.status, again.broken()), (409, vec!["key".to_owned()]), "{}", again.text());
    }
    for (path, body, field) in [
        ("permissions", json!({"key": "nowhere.orders.read"}), "key"),
        ("permissions", json!({"key": "market"}), "key"),
        ("permissions", json!({"key": "finance.orders.read", "moduleKey": "market"}), "key"),
        ("features", json!({"key": "No", "name": "No", "kind": "toggle"}), "key"),
        ("features", json!({"key": "fine", "name": " ", "kind": "toggle"}), "name"),
        ("features", json!({"key": "fine", "name": "Fine", "kind": "number"}), "kind"),
    ] {
        let answer = admin.post(&format!("/internal/catalog/{path}"), &body).await;
        assert_eq!(answer.outcome().0, 400, "{body}");
        assert!(answer.broken().iter().any(|one| one == field), "{body}: {}", answer.text());
    }
    for (path, list) in [("features", "features"), ("permissions", "permissions")] {
        let keys = admin.get(&format!("/internal/catalog/{path}")).await.keys(list);
        assert!(keys.is_sorted() && keys.len() >= 4, "{keys:?}");
    }
}
