//! `If-Match`: a write decided on a version that has moved is refused, of companies and of the catalog.

use serde_json::json;

use crate::support::{Caller, Clocked, Place, of};

fn ask(admin: &Caller, company: u32, tag: &str) -> impl Future<Output = crate::support::Answer> {
    let asking = admin.ask("POST", &of(company, "addons")).json(&json!({"addonKey": "ai", "status": "paused"}));
    asking.header("If-Match", tag).send()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_write_on_a_version_that_has_moved_is_refused() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        let unknown = ask(&admin, 1, "*").await;
        assert_eq!(unknown.outcome(), (412, "precondition_failed".to_owned()), "nothing is there yet");
        assert_eq!(ask(&admin, 1, "\"1\"").await.status, 412);
        admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
        admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();

        for stale in ["\"1\"", "\"3\"", "\"0\"", "\"1\", \"3\""] {
            let refused = ask(&admin, 1, stale).await;
            assert_eq!(refused.outcome(), (412, "precondition_failed".to_owned()), "{stale}");
            assert!(refused.error().2.contains("the version is 2"), "{}", refused.text());
        }
        assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 2);
        assert_eq!(ask(&admin, 1, "\"1\", \"2\"").await.version(), 3);
        assert_eq!(ask(&admin, 1, "*").await.version(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_precondition_is_of_the_version_at_the_instant_of_the_write() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let body = json!({"addonKey": "ai", "status": "active", "endsAt": "2026-05-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &body).await.data();
    world.set("2026-05-01T00:00:00Z");
    assert_eq!(ask(&admin, 1, "\"1\"").await.status, 412, "it ended meanwhile");
    assert_eq!(ask(&admin, 1, "\"2\"").await.version(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_write_on_a_generation_that_has_moved_is_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let post = |key: &str, tag: &str| {
        let body = json!({"key": key, "name": "Name", "type": "addon"});
        admin.ask("POST", "/internal/catalog/modules").header("If-Match", tag).json(&body).send()
    };
    assert_eq!(post("one", "\"11\"").await.outcome(), (412, "precondition_failed".to_owned()));
    assert_eq!(post("one", "\"12\"").await.status, 201);
    assert_eq!(post("two", "\"12\"").await.status, 412);
    let id = admin.get("/internal/catalog/modules/one").await.data()["id"].as_str().unwrap().to_owned();
    let patch = |tag: &str| {
        let asking = admin.ask("PATCH", &format!("/internal/catalog/modules/{id}")).header("If-Match", tag);
        asking.json(&json!({"name": "Other"})).send()
    };
    assert_eq!(patch("\"12\"").await.status, 412);
    assert_eq!(patch("\"13\"").await.header("etag"), Some("\"14\""));
    assert_eq!(admin.get("/internal/catalog/modules/two").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_precondition_is_refused() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    for tag in ["1", "W/\"1\"", "", "\"one\"", "\"-1\"", "\"1\",", "\"1\" \"2\"", "\"99999999999999999999\""] {
        assert_eq!(ask(&admin, 1, tag).await.outcome(), (400, "validation_error".to_owned()), "{tag:?}");
    }
    let body = json!({"addonKey": "ai", "status": "paused"});
    let twice = admin.ask("POST", &of(1, "addons")).json(&body).header("If-Match", "\"1\"").header("If-Match", "\"1\"");
    assert_eq!(twice.send().await.status, 400);
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_decided_on_one_version_exactly_one_writes() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
        let race = (0..16).map(|number| {
            let body = json!({"status": "active", "externalReference": format!("sub_{number}")});
            tokio::spawn(admin.ask("POST", &of(1, "basic")).header("If-Match", "\"1\"").json(&body).send())
        });
        let race: Vec<_> = race.collect();
        let mut statuses = Vec::new();
        for one in race {
            statuses.push(one.await.unwrap().status);
        }
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (200, &[412; 15][..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_rolls_out_or_decides_may_say_which_catalog_they_have_seen() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    let next = json!({"features": {"retention": true, "seats": 1}, "reach": "future", "governance": {"approvers": ["anna", "berta"]}});
    let tag = admin.patch(&path, &next).await.header("etag").unwrap().to_owned();
    let generation: u64 = tag.trim_matches('"').parse().unwrap();
    let (stale, current) = (format!("\"{}\"", generation - 1), format!("\"{generation}\""));
    let moved = (412, "precondition_failed".to_owned());
    let asked = admin.patch_as("anna", &path, &json!({"features": {"retention": true}})).await.data();
    let request = format!("/internal/catalog/change-requests/{}", asked["changeRequest"]["id"].as_str().unwrap());
    let roll_outs = format!("{path}/roll-outs");
    let start = |tag: &str| {
        let body = json!({"toRevision": 2, "startPaused": true});
        let asking = admin.ask("POST", &roll_outs).header("X-Actor-Id", "berta");
        asking.header("If-Match", tag).json(&body).send()
    };

    assert_eq!(start(&stale).await.outcome(), moved);
    assert_eq!(admin.get(&roll_outs).await.data()["rollOuts"], json!([]));
    let started = start(&current).await;
    assert_eq!(started.status, 201, "{}", started.text());
    let id = started.data()["id"].as_str().unwrap().to_owned();
    let press = |target: String, tag: &str| {
        admin.ask("POST", &target).header("X-Actor-Id", "berta").header("If-Match", tag).send()
    };
    for step in ["resume", "return"] {
        assert_eq!(press(format!("{roll_outs}/{id}/{step}"), &stale).await.outcome(), moved, "{step}");
    }
    for decision in ["approve", "reject"] {
        assert_eq!(press(format!("{request}/{decision}"), &stale).await.outcome(), moved, "{decision}");
    }
    assert_eq!(admin.get(&format!("{roll_outs}/{id}")).await.data()["status"], "paused");
    assert_eq!(press(format!("{roll_outs}/{id}/resume"), &current).await.status, 200);
    assert_eq!(press(format!("{request}/reject"), &current).await.data()["status"], "rejected");
}
