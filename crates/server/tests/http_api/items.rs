//! Packages and add-ons with everything that can be said of them (requirements 000 §4, 002 §4 to §6).

use serde_json::{Value, json};

use crate::support::{Clocked, Running};

async fn refused(service: &Running, list: &str, body: &Value) -> Vec<Value> {
    let answer = service.admin().post(&format!("/internal/catalog/{list}"), body).await;
    assert_eq!(answer.outcome(), (400, "validation_error".to_owned()), "{body}");
    let details = answer.json()["error"]["details"].as_array().unwrap().clone();
    assert!(details.iter().all(|detail| detail["message"].as_str().is_some_and(|text| !text.is_empty())));
    details
}

fn whole_package() -> Value {
    json!({
        "key": "venue-plus", "name": "Venue plus", "description": "For venues", "lifecycleStatus": "active",
        "moduleKeys": ["basic", "venue"], "permissions": ["basic.vendors.read"], "features": {"storage-gb": null, "seats": 3},
        "visibility": "admin_only", "trialDays": 14, "trialGroup": "venues", "graceDays": 7,
        "governance": {"owner": "anna", "assigners": ["anna"], "retirers": ["berta"]},
        "attributes": {"retention_policy": "subscribed"}, "aliases": ["venue-old"],
        "addons": {"ticket-reports": "forbidden", "keeper": "allowed", "extra-storage": "included"},
        "commercialType": "vertical", "requiresBasePackage": false,
        "upgradeTargets": ["premium-market"], "downgradeTargets": ["basic"],
        "targetCustomer": "Venues", "businessProblem": "Empty seats"
    })
}

fn whole_addon() -> Value {
    json!({
        "key": "insights", "name": "Insights", "description": "Numbers", "lifecycleStatus": "active",
        "moduleKeys": [], "permissions": ["finance.ticketing.read"], "features": {"storage-gb": 5, "retention": true},
        "visibility": "public", "trialDays": 7, "trialGroup": "numbers", "graceDays": 3,
        "governance": {"owner": "anna", "assigners": ["anna"], "retirers": ["anna"]},
        "attributes": {"colour": "red"}, "aliases": ["numbers"], "kind": "reporting_enhancer", "orientation": "reporting",
        "businessPurpose": "To know", "redundantWith": ["package:premium-market"], "standalone": false,
        "compatiblePackages": ["basic"], "compatibleModules": ["finance"],
        "requires": {"all": ["base", {"any": ["module:finance", "feature:ticketing-data"]}]}, "conflictsWith": ["addon:touring"]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_said_of_an_item_stands_in_its_definition() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (list, body) in [("packages", whole_package()), ("addons", whole_addon())] {
        let made = admin.post(&format!("/internal/catalog/{list}"), &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let detail = admin.get(&format!("/internal/catalog/{list}/{}", body["key"].as_str().unwrap())).await.data();
        let definition = &detail["definition"];
        for (field, value) in body.as_object().unwrap() {
            let stands = match field.as_str() {
                "key" | "name" | "description" | "lifecycleStatus" => &detail[field],
                _ => &definition[field],
            };
            let is_default = *value == json!([]) || *value == json!(false) || *value == json!("public");
            assert!(stands == value || is_default && stands.is_null(), "{list} {field}: {value} became {stands}");
        }
        assert_eq!((&detail["revision"], &detail["revisionOfExisting"]), (&json!(1), &json!(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_of_an_item_can_be_changed_alone_and_cleared() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (list, whole) in [("packages", whole_package()), ("addons", whole_addon())] {
        let bare = json!({"key": "bare-one", "name": "Bare", "moduleKeys": ["touring"]});
        let path = admin.post(&format!("/internal/catalog/{list}"), &bare).await.header("location").unwrap().to_owned();
        for (field, value) in whole.as_object().unwrap() {
            if [
                "key",
                "name",
                "lifecycleStatus",
                "moduleKeys",
                "requiresBasePackage",
                "governance",
                "conflictsWith",
                "standalone",
            ]
            .contains(&field.as_str())
            {
                continue;
            }
            let shown = async || {
                let detail = admin.get(&path).await.data();
                if field == "description" { detail[field].clone() } else { detail["definition"][field].clone() }
            };
            let before = shown().await;
            let changed = admin.patch(&path, &json!({field: value})).await;
            assert_eq!(changed.status, 200, "{list} {field}: {}", changed.text());
            let now = shown().await;
            assert!(
                now == *value || now.is_null() && *value == json!("public"),
                "{list} {field}: {value} became {now}"
            );
            let none = if value.is_array() {
                json!([])
            } else if value.is_object() && field != "requires" {
                json!({})
            } else {
                Value::Null
            };
            let cleared = admin.patch(&path, &json!({field: none.clone()})).await;
            assert_eq!(cleared.status, 200, "{list} {field}: {}", cleared.text());
            // Of some lists it is an answer that they are empty.
            let is_answer = ["addons", "upgradeTargets", "downgradeTargets", "redundantWith"].contains(&field.as_str());
            assert_eq!(shown().await, if is_answer { none } else { before }, "{list} {field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_with_a_value_of_another_kind_is_refused_by_its_name() {
    let world = Clocked::shop().await;
    for (list, whole) in [("packages", whole_package()), ("addons", whole_addon())] {
        for field in whole.as_object().unwrap().keys() {
            for wrong in [json!(-1), json!({"no": {"such": 1}}), json!([[1]]), json!("no such; thing"), json!(true)] {
                let fits = wrong == json!(true) && ["requiresBasePackage", "standalone"].contains(&field.as_str());
                let is_text = ["name", "description", "targetCustomer", "businessProblem", "businessPurpose"];
                if fits || (is_text.contains(&field.as_str()) && wrong.is_string()) {
                    continue;
                }
                let mut body = json!({"key": "wrong-one", "name": "Wrong"});
                body[field] = wrong.clone();
                let details = refused(&world.service, list, &body).await;
                let named = details.iter().any(|detail| detail["field"].as_str().unwrap().starts_with(field.as_str()));
                let path = details.iter().any(|detail| detail["message"].as_str().unwrap().contains(field.as_str()));
                let nested = field == "governance" && !details.is_empty();
                assert!(named || path || nested, "{list} {field} {wrong}: {details:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_breach_of_a_package_is_told_at_once_with_item_field_and_source() {
    let world = Clocked::shop().await;
    let body = json!({
        "key": "basic-99usd", "name": "Basic", "commercialType": "base", "moduleKeys": [],
        "permissions": ["finance.no.such"], "features": {"nothing": 1, "retention": 7},
        "addons": {"no-such-addon": "allowed"}, "upgradeTargets": ["no-such-package"], "trialDays": 0
    });

    let details = refused(&world.service, "packages", &body).await;

    let of = |field: &str| details.iter().filter(|detail| detail["field"] == field).count();
    for (field, count) in [
        ("key", 1),
        ("moduleKeys", 1),
        ("permissions", 1),
        ("features", 2),
        ("addons", 1),
        ("upgradeTargets", 1),
        ("trialDays", 1),
    ] {
        assert_eq!(of(field), count, "{field}: {details:#?}");
    }
    for detail in details.iter().filter(|detail| detail["field"] != "trialDays") {
        assert_eq!(detail["item"], "package basic-99usd", "{detail}");
        assert!(detail["source"].is_string(), "{detail}");
    }
    assert!(details.iter().any(|detail| detail["source"] == "requirements 002 §4.3"), "the token in the key");
    assert_eq!(world.service.admin().get("/internal/catalog/packages/basic-99usd").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_breach_of_an_addon_is_told_at_once_with_item_field_and_source() {
    let world = Clocked::shop().await;
    let body = json!({
        "key": "again", "name": "Again", "moduleKeys": ["basic"], "requires": {"all": ["addon:again", "module:nowhere"]},
        "compatiblePackages": ["no-such-package"], "conflictsWith": ["addon:no-such-addon"], "features": {"storage-gb": true}
    });

    let details = refused(&world.service, "addons", &body).await;

    for field in ["moduleKeys", "requires", "compatiblePackages", "conflictsWith", "features"] {
        let found = details.iter().find(|detail| detail["field"] == field);
        let found = found.unwrap_or_else(|| panic!("{field}: {details:#?}"));
        assert!(found["item"].as_str().is_some_and(|item| item == "addon again"), "{found}");
        assert!(found["source"].is_string(), "{found}");
    }
    let alike = json!({"key": "render_pack", "name": "Again", "moduleKeys": ["basic"]});
    let answer = world.service.admin().post("/internal/catalog/addons", &alike).await;
    assert_eq!((answer.status, answer.broken().contains(&"key".to_owned())), (409, true), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_other_kind_are_refused() {
    let world = Clocked::shop().await;
    let addon = json!({"key": "odd", "name": "Odd", "addons": {"ai": "allowed"}, "targetCustomer": "X", "upgradeTargets": ["basic"]});
    let package =
        json!({"key": "odd", "name": "Odd", "standalone": true, "requires": "base", "kind": "module_unlocker"});
    for (list, body, fields) in [
        ("addons", addon, ["addons", "targetCustomer", "upgradeTargets"]),
        ("packages", package, ["standalone", "requires", "kind"]),
    ] {
        let details = refused(&world.service, list, &body).await;
        for field in fields {
            assert!(details.iter().any(|detail| detail["field"] == field), "{list} {field}: {details:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_there_are_not_are_named_with_those_that_there_are() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (list, field, one) in [
        ("packages", "visibility", "admin_only"),
        ("packages", "commercialType", "vertical"),
        ("packages", "lifecycleStatus", "deprecated"),
        ("addons", "kind", "workflow_enhancer"),
        ("addons", "orientation", "intelligence"),
    ] {
        let body = json!({"key": "worded", "name": "Worded", field: "no_such_word"});
        let error = admin.post(&format!("/internal/catalog/{list}"), &body).await.error();
        assert!(error.2.contains(field) && error.2.contains(one), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requirement_is_eight_levels_deep_at_most() {
    let world = Clocked::shop().await;
    let nested = |depth: usize| (1..depth).fold(json!("module:finance"), |inner, _| json!({"all": [inner, "base"]}));
    let body = |depth: usize| json!({"key": format!("deep-{depth}"), "name": "Deep", "requires": nested(depth)});
    let admin = world.service.admin();
    assert_eq!(admin.post("/internal/catalog/addons", &body(8)).await.status, 201);
    let details = refused(&world.service, "addons", &body(9)).await;
    assert!(details[0]["field"].as_str().unwrap().starts_with("requires"), "{details:?}");
}
