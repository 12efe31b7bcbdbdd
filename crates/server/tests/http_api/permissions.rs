//! Who may do what: every documented operation by every kind of caller, as one snapshot.

use std::fmt::Write;

use api::RoleWord;
use serde_json::json;
use server::caller::Scope;
use store::model::Clock;

use crate::support::{Caller, Clocked, NewCaller, Operation, company, eventually, instant, new_key, of, operations};

const CALLERS: [&str; 9] =
    ["no key", "wrong key", "expired", "revoked", "auth", "admin", "job", "job with scopes", "auth with catalog"];

/// One caller of each kind, in the order of [`CALLERS`].
async fn callers(world: &Clocked) -> Vec<Caller> {
    let now = world.clock.now();
    let make = async |caller: NewCaller<'_>| new_key(&*world.store, &caller, now).await;
    let expired =
        NewCaller { expires_at: Some(instant("2026-04-16T06:00:00Z")), ..NewCaller::new("expired", RoleWord::Admin) };
    let expired = make(expired).await;
    let revoked = make(NewCaller::new("revoked", RoleWord::Admin)).await;
    let job_scopes = [Scope::CatalogWrite, Scope::CompaniesWrite, Scope::BillingWrite];
    let job = make(NewCaller { scopes: &job_scopes, ..NewCaller::new("writing-job", RoleWord::Job) }).await;
    let auth =
        make(NewCaller { scopes: &[Scope::CatalogRead], ..NewCaller::new("reading-auth", RoleWord::Auth) }).await;
    let service = &world.service;
    let listed = service.admin().get("/internal/keys").await.data();
    let id = |name: &str| {
        let key = listed["keys"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
        key["id"].as_str().unwrap().to_owned()
    };
    let revoke = format!("/internal/keys/{}", id("revoked"));
    let answer = service.admin().ask("DELETE", &revoke).send().await.data();
    assert_eq!(answer["revokedAt"], "2026-04-16T05:00:00Z");
    world.set("2026-04-16T07:00:00Z");
    let wrong = format!("{}x", service.keys().admin);
    let [wrong, expired, revoked, job, auth] =
        [&wrong, &expired, &revoked, &job, &auth].map(|key| service.caller(Some(key)));
    eventually("the new keys are known", async || {
        job.get("/internal/catalog/modules").await.status == 200
            && auth.get("/internal/catalog/modules").await.status == 200
            && revoked.get("/internal/catalog/modules").await.status == 401
    })
    .await;
    vec![service.nobody(), wrong, expired, revoked, service.auth(), service.admin(), service.job(), job, auth]
}

/// Asks an operation so that nothing can come of it but a refusal of the caller, or something else.
async fn asked(caller: &Caller, operation: &Operation) -> &'static str {
    let target = operation.target(|_| company(1));
    let asking = caller.ask(operation.method, &target);
    let asking = if operation.body().is_some() { asking.json(&json!({})) } else { asking };
    let answer = asking.send().await;
    match answer.status {
        401 => {
            assert_eq!(answer.error().2, "missing or invalid internal credentials");
            "401"
        }
        403 => {
            assert_eq!(answer.error().1, "forbidden");
            "403"
        }
        _ => "may",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_for_the_callers_of_the_matrix() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    world.service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let callers = callers(&world).await;
    assert_eq!(callers.len(), CALLERS.len());

    let mut table = String::new();
    for operation in operations() {
        write!(table, "{:<6} {:<58}", operation.method, operation.path).unwrap();
        for (name, caller) in CALLERS.iter().zip(&callers) {
            write!(table, " | {name}: {}", asked(caller, &operation).await).unwrap();
        }
        table.push('\n');
    }

    insta::assert_snapshot!("matrix", table);
}

#[test]
fn no_documented_operation_is_missing_from_the_matrix() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http_api/snapshots");
    let matrix = std::fs::read_to_string(folder.join("http_api__permissions__matrix.snap")).unwrap();
    for operation in operations() {
        let row = format!("{:<6} {:<58} |", operation.method, operation.path);
        assert_eq!(matrix.matches(&row).count(), 1, "{row}");
    }
    let rows = matrix.lines().filter(|line| line.contains(" | no key: ")).count();
    assert_eq!(rows, operations().len(), "and no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_which_operations_need_no_credentials() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let nobody = world.service.nobody();
    for operation in operations() {
        let open = operation.described["security"] == json!([{}]);
        assert_eq!(asked(&nobody, &operation).await == "may", open, "{} {}", operation.method, operation.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_a_role_can_never_have_makes_no_key() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    for (role, scope) in
        [("auth", "companies:write"), ("job", "system:admin"), ("auth", "history:read"), ("job", "all")]
    {
        let body = json!({"name": "too-much", "role": role, "scopes": [scope]});
        assert_eq!(
            admin.post("/internal/keys", &body).await.outcome(),
            (400, "validation_error".to_owned()),
            "{role} {scope}"
        );
    }
    assert_eq!(admin.get("/internal/keys").await.data()["keys"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_listed_and_revoked_over_http() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let body = json!({"name": "billing-job", "role": "job", "scopes": ["companies:write"], "expiresAt": "2027-01-01T00:00:00Z"});

    let made = admin.post("/internal/keys", &body).await;

    assert_eq!(made.status, 201);
    let mut shown = made.shown();
    let key = shown["data"]["key"].take();
    insta::assert_json_snapshot!(shown, @r#"
    {
      "data": {
        "createdAt": "[instant]",
        "expiresAt": "2027-01-01T00:00:00Z",
        "id": "[id]",
        "key": null,
        "lastUsedAt": null,
        "name": "billing-job",
        "revokedAt": null,
        "role": "job",
        "scopes": [
          "companies:write"
        ]
      },
      "success": true
    }
    "#);
    let listed = admin.get("/internal/keys").await;
    assert!(!listed.text().contains(key.as_str().unwrap()), "the secret stands nowhere else");
    let id = made.data()["id"].as_str().unwrap().to_owned();
    let job = world.service.caller(key.as_str());
    eventually("the key is known", async || job.get("/internal/catalog/modules").await.status == 200).await;
    for _ in 0..2 {
        let revoked = admin.ask("DELETE", &format!("/internal/keys/{id}")).send().await.data();
        assert_eq!(revoked["revokedAt"], "2026-04-16T05:00:00Z");
    }
    eventually("the key is refused", async || job.get("/internal/catalog/modules").await.status == 401).await;
    let unknown = admin.ask("DELETE", &format!("/internal/keys/{}", company(1))).send().await;
    assert_eq!(unknown.error(), (404, "not_found".to_owned(), "key not found".to_owned()));
}
