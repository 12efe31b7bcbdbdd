//! Changing the catalog (requirements 004 §16).

use serde_json::json;

use crate::support::{Caller, Place};

/// The id of a seeded entry.
async fn id(admin: &Caller, list: &str, key: &str) -> String {
    admin.get(&format!("/internal/catalog/{list}/{key}")).await.data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_created_as_in_the_requirements() {
    let service = Place::sqlite().await.serve().await;
    let body = json!({"key": "loyalty", "name": "Loyalty", "type": "addon", "description": "Loyalty module", "isActive": true});

    let answer = service.admin().post("/internal/catalog/modules", &body).await;

    assert_eq!(answer.status, 201);
    insta::assert_json_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "description": "Loyalty module",
        "id": "[id]",
        "isActive": true,
        "key": "loyalty",
        "name": "Loyalty",
        "type": "addon"
      },
      "success": true
    }
    "#);
    let location = answer.header("location").unwrap();
    assert_eq!(location, format!("/internal/catalog/modules/{}", answer.data()["id"].as_str().unwrap()));
    assert_eq!(service.admin().get(location).await.data(), answer.data());
    assert_eq!(answer.header("etag"), Some("\"13\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_changed_as_in_the_requirements() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let path = format!("/internal/catalog/modules/{}", id(&admin, "modules", "finance").await);
    let body = json!({"name": "Finance", "description": "Finance module updated", "isActive": true});

    let answer = admin.patch(&path, &body).await;

    assert_eq!((answer.status, answer.header("location")), (200, None));
    insta::assert_json_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "description": "Finance module updated",
        "id": "[id]",
        "isActive": true,
        "key": "finance",
        "name": "Finance",
        "type": "addon"
      },
      "success": true
    }
    "#);
    let cleared = admin.patch(&path, &json!({"description": null})).await;
    assert_eq!(cleared.data()["description"], json!(null));
    assert_eq!(cleared.data()["name"], "Finance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_created_and_changed_as_in_the_requirements() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let body = json!({"key": "enterprise", "name": "Enterprise", "description": "Everything", "isActive": true, "moduleKeys": ["ai", "basic"]});

    let made = admin.post("/internal/catalog/packages", &body).await;

    assert_eq!(made.status, 201);
    insta::assert_json_snapshot!(made.shown_quietly(), @r#"
    {
      "data": {
        "description": "Everything",
        "id": "[id]",
        "isActive": true,
        "key": "enterprise",
        "modules": [
          "basic",
          "ai"
        ],
        "name": "Enterprise"
      },
      "success": true
    }
    "#);
    assert_eq!(
        made.warned(),
        [
            "targetCustomer",
            "businessProblem",
            "commercialType",
            "addons",
            "upgradeTargets",
            "downgradeTargets",
            "visibility",
            "governance.owner",
            "governance.assigners",
            "governance.retirers",
            "governance.approvers"
        ]
    );
    let location = made.header("location").unwrap();
    admin.get(location).await.tells(&made.data());
    let body = json!({"name": "Enterprise", "description": "Updated", "isActive": true, "moduleKeys": ["basic"]});
    let changed = admin.patch(location, &body).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.data()["modules"], json!(["basic"]));
    assert_eq!(changed.data()["description"], "Updated");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addon_is_created_and_changed_as_in_the_requirements() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let body = json!({"key": "money", "name": "Money", "description": "Money add-on", "isActive": true, "moduleKeys": ["finance"]});

    let made = admin.post("/internal/catalog/addons", &body).await;

    assert_eq!(made.status, 201);
    insta::assert_json_snapshot!(made.shown(), @r#"
    {
      "data": {
        "description": "Money add-on",
        "id": "[id]",
        "isActive": true,
        "key": "money",
        "modules": [
          "finance"
        ],
        "name": "Money"
      },
      "success": true,
      "warnings": [
        {
          "field": "businessPurpose",
          "item": "addon money",
          "message": "add-on `money` does not say why it exists; set businessPurpose",
          "source": "requirements 000 §6"
        },
        {
          "field": "kind",
          "item": "addon money",
          "message": "add-on `money` does not say what kind of extension it is; set kind",
          "source": "requirements 000 §4"
        },
        {
          "field": "orientation",
          "item": "addon money",
          "message": "add-on `money` does not say whether it is about operations, reporting, data or intelligence; set orientation",
          "source": "requirements 000 §6"
        },
        {
          "field": "standalone",
          "item": "addon money",
          "message": "add-on `money` does not say whether it may be owned alone, or which packages or modules it works with; set standalone",
          "source": "requirements 000 §4"
        },
        {
          "field": "conflictsWith",
          "item": "addon money",
          "message": "add-on `money` does not say what it does not work beside (an empty list: nothing); set conflictsWith",
          "source": "requirements 000 §5"
        },
        {
          "field": "redundantWith",
          "item": "addon money",
          "message": "add-on `money` does not say what makes it superfluous (an empty list: nothing); set redundantWith",
          "source": "requirements 000 §5"
        },
        {
          "field": "governance.owner",
          "item": "addon money",
          "message": "add-on `money` does not say who owns it commercially; set governance.owner",
          "source": "requirements 002 §6.7"
        }
      ]
    }
    "#);
    change_money(&admin, made.header("location").unwrap()).await;
}

async fn change_money(admin: &Caller, location: &str) {
    let body =
        json!({"name": "Money", "description": "Money updated", "isActive": true, "moduleKeys": ["finance", "ai"]});
    let changed = admin.patch(location, &body).await;
    assert_eq!(changed.data()["modules"], json!(["ai", "finance"]));
    admin.get(location).await.tells(&changed.data());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_minimal_body_leaves_out_has_its_default_and_what_a_patch_leaves_out_stays() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();

    let made = admin.post("/internal/catalog/addons", &json!({"key": "bare", "name": "Bare"})).await.data();
    assert_eq!((&made["description"], &made["isActive"], &made["modules"]), (&json!(null), &json!(true), &json!([])));

    let path = format!("/internal/catalog/addons/{}", id(&admin, "addons", "finance").await);
    let before = admin.get(&path).await.data();
    let unchanged = admin.patch(&path, &json!({})).await.data();
    admin.get(&path).await.tells(&unchanged);
    assert_eq!(admin.get(&path).await.data(), before);
    let same = admin.patch(&path, &json!({"name": "Finance", "moduleKeys": ["finance"], "isActive": true})).await;
    assert_eq!(same.data(), unchanged);
    assert_eq!(admin.get(&path).await.data(), before);
    assert_eq!(same.header("etag"), Some("\"13\""), "a write that changes nothing moves no generation");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_catalog_refuses() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let addon = |key: &str, modules: &[&str]| json!({"key": key, "name": "Name", "moduleKeys": modules});
    let (basic, finance) = (id(&admin, "packages", "basic").await, id(&admin, "addons", "finance").await);
    let second_base = json!({"key": "base_two", "name": "Second", "type": "base"});
    admin.post("/internal/catalog/modules", &second_base).await.data();
    let cases = [
        ("POST", "addons".to_owned(), addon("finance", &[]), 409, "addon key already exists"),
        ("POST", "packages".to_owned(), addon("basic", &[]), 409, "package key already exists"),
        (
            "POST",
            "modules".to_owned(),
            json!({"key": "ai", "name": "AI", "type": "addon"}),
            409,
            "module key already exists",
        ),
        (
            "POST",
            "modules".to_owned(),
            json!({"key": "base-two", "name": "Second", "type": "base"}),
            409,
            "module key `base-two` differs from `base_two` only by `-` and `_`; choose another key",
        ),
        (
            "POST",
            "addons".to_owned(),
            addon("x", &["nothing"]),
            400,
            "module `nothing` does not exist; create it first",
        ),
        ("POST", "addons".to_owned(), addon("x", &["ai", "ai"]), 400, "module `ai` is named twice"),
        (
            "POST",
            "addons".to_owned(),
            addon("x", &["basic"]),
            400,
            "`basic` is a base module; an add-on never includes one, a package does",
        ),
        (
            "PATCH",
            format!("packages/{basic}"),
            json!({"moduleKeys": ["basic", "base_two"]}),
            400,
            "a package includes at most one base module, not base_two, basic",
        ),
        ("PATCH", format!("packages/{finance}"), json!({}), 404, "package `{}` does not exist"),
        ("POST", "modules".to_owned(), json!({"name": "Key", "type": "addon"}), 400, "key is required"),
        ("POST", "modules".to_owned(), json!({"key": "a", "name": "A"}), 400, "type is required"),
        ("PATCH", format!("packages/{basic}"), json!({"name": " "}), 400, "name must not be empty"),
    ];
    for (method, path, body, status, message) in cases {
        let answer = admin.ask(method, &format!("/internal/catalog/{path}")).json(&body).send().await;
        assert_eq!(
            (answer.status, answer.error().2),
            (status, message.replace("{}", &finance)),
            "{method} {path} {body}"
        );
    }
    let generation = admin.get("/internal/catalog/modules").await;
    assert_eq!(generation.header("etag"), Some("\"13\""), "what is refused changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_every_broken_rule() {
    let service = Place::sqlite().await.serve().await;
    let body = json!({"key": "No Slug", "name": "", "description": "bell \u{7}", "moduleKeys": ["ai", "Not One"]});

    let answer = service.admin().post("/internal/catalog/addons", &body).await;

    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "error": {
        "code": "validation_error",
        "details": [
          {
            "field": "key",
            "message": "key must be a lowercase slug: letters and digits, starting with a letter, parts joined by single `-` or `_`"
          },
          {
            "field": "name",
            "message": "name must not be empty"
          },
          {
            "field": "description",
            "message": "description must not contain control characters (found U+0007)"
          },
          {
            "field": "moduleKeys[1]",
            "message": "moduleKeys[1] must be a lowercase slug: letters and digits, starting with a letter, parts joined by single `-` or `_`"
          }
        ],
        "message": "key must be a lowercase slug: letters and digits, starting with a letter, parts joined by single `-` or `_` (and 3 more, see details)"
      },
      "success": false
    }
    "#);
    let body = json!({"key": "x", "name": "X", "moduleKeys": ["nothing", "ai", "ai", "basic"]});
    let details = service.admin().post("/internal/catalog/addons", &body).await.json()["error"]["details"].clone();
    assert_eq!(details.as_array().map(Vec::len), Some(3), "{details}");
}
