//! Reading the catalog (requirements 004 §14), which after `migrate` is that of §9.

use serde_json::{Value, json};

use crate::support::{Place, shown};

#[tokio::test(flavor = "multi_thread")]
async fn the_seeded_catalog_is_that_of_the_requirements_to_the_letter() {
    let service = Place::sqlite().await.serve().await;
    let module = |key: &str, name: &str, kind: &str, description: &str| json!({"id": "[id]", "key": key, "name": name, "type": kind, "description": description, "isActive": true});
    let item = |key: &str, name: &str, description: &str| json!({"id": "[id]", "key": key, "name": name, "description": description, "isActive": true, "modules": [key]});

    let modules = service.admin().get("/internal/catalog/modules").await;
    let packages = service.admin().get("/internal/catalog/packages").await;
    let addons = service.admin().get("/internal/catalog/addons").await;

    // Requirements 004 §9, in the documented order: base modules first, then by key.
    let expected = json!({"success": true, "data": {"modules": [
        module("basic", "Core App", "base", "Core App / Basic product module"),
        module("ai", "AI", "addon", "AI module"),
        module("finance", "Finance", "addon", "Finance module"),
        module("market", "Market", "addon", "Market module"),
        module("touring", "Touring", "addon", "Touring module"),
        module("venue", "Venue", "addon", "Venue module"),
    ]}});
    assert_eq!(modules.shown(), expected);
    let expected = json!({"success": true, "data": {"packages": [
        item("basic", "Basic", "Basic subscription that enables Core App"),
    ]}});
    assert_eq!(packages.shown(), expected);
    let expected = json!({"success": true, "data": {"addons": [
        item("ai", "AI", "AI add-on"),
        item("finance", "Finance", "Finance add-on"),
        item("market", "Market", "Market add-on"),
        item("touring", "Touring", "Touring add-on"),
        item("venue", "Venue", "Venue add-on"),
    ]}});
    assert_eq!(addons.shown(), expected);
    for answer in [modules, packages, addons] {
        assert_eq!((answer.status, answer.header("etag")), (200, Some("\"12\"")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_entry_is_read_by_id_or_key_and_is_the_one_of_the_list() {
    let service = Place::sqlite().await.serve().await;
    for (list, kind) in [("modules", "module"), ("packages", "package"), ("addons", "addon")] {
        let path = format!("/internal/catalog/{list}");
        let listed = service.admin().get(&path).await.data();
        for entry in listed[list].as_array().unwrap() {
            let (id, key) = (entry["id"].as_str().unwrap(), entry["key"].as_str().unwrap());
            for which in [id.to_owned(), id.to_uppercase(), key.to_owned()] {
                service.admin().get(&format!("{path}/{which}")).await.tells(entry);
            }
        }
        for nothing in ["no-such-key", "0190a5c2-7c1e-7b3a-9a39-0000000000ff", "No Key".replace(' ', "%20").as_str()] {
            let error = service.admin().get(&format!("{path}/{nothing}")).await.error();
            assert_eq!(error, (404, "not_found".to_owned(), format!("{kind} not found")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seeding_again_changes_nothing_that_an_operator_edited() {
    let place = Place::sqlite().await;
    let service = place.serve().await;
    let admin = service.admin();
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    let edit = json!({"name": "Money", "isActive": false, "moduleKeys": ["ai"]});
    admin.patch(&format!("/internal/catalog/addons/{finance}"), &edit).await.data();
    let edited = admin.get("/internal/catalog/addons").await;
    service.stop().await;

    assert_eq!(place.seed_again().await, 0);

    let service = place.serve().await;
    assert_eq!(service.admin().get("/internal/catalog/addons").await.json(), edited.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_the_caller_has_already_is_not_sent_again() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let ask = |etag: &str| admin.ask("GET", "/internal/catalog/addons").header("If-None-Match", etag);
    let first = admin.get("/internal/catalog/addons").await;
    let etag = first.header("etag").unwrap().to_owned();

    let repeated = ask(&etag).send().await;
    assert_eq!((repeated.status, repeated.header("etag")), (304, Some(etag.as_str())));

    let module = json!({"key": "extra", "name": "Extra", "type": "addon"});
    admin.post("/internal/catalog/modules", &module).await.data();
    let changed = ask(&etag).send().await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"13\"")));
    assert_eq!(shown(changed.json()), first.shown());
    assert!(matches!(changed.json()["data"]["addons"], Value::Array(_)));
}
