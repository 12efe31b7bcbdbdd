//! Where a roll-out leads whom, and where its return does: to one revision, and to where each company stood.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, company, eventually, of};

const ROLL_OUTS: &str = "/internal/catalog/addons/keeper/roll-outs";

/// A keeper whose storage tells which revision a company has: revision 1 has none, revision n has n.
async fn revised(holders: &[&[u32]]) -> (Clocked, String) {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    for (place, companies) in holders.iter().enumerate() {
        if place > 0 {
            publish(&admin, &path, place + 1).await;
        }
        for number in *companies {
            admin.post(&of(*number, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
        }
    }
    (world, path)
}

/// The next revision, for new assignments only.
async fn publish(admin: &Caller, path: &str, number: usize) {
    let next = json!({"features": {"retention": true, "storage-gb": number}, "reach": "future"});
    admin.patch(path, &next).await.data();
    assert_eq!(admin.get(path).await.data()["revision"], number);
}

/// Which revision each company has.
async fn stand(admin: &Caller, companies: &[u32]) -> Vec<u64> {
    let mut all = Vec::new();
    for number in companies {
        let value = admin.get(&of(*number, "features/storage-gb")).await.data()["value"].as_u64().unwrap();
        all.push(value.max(1));
    }
    all
}

async fn settled(admin: &Caller, path: &str, status: &str) -> Value {
    eventually(status, async || admin.get(path).await.data()["status"] == status).await;
    admin.get(path).await.data()
}

async fn start(admin: &Caller, body: &Value) -> String {
    let started = admin.post(ROLL_OUTS, body).await;
    assert_eq!(started.status, 201, "{}", started.text());
    format!("{ROLL_OUTS}/{}", started.data()["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_leads_to_the_revision_that_it_names_whatever_is_published_meanwhile() {
    let (world, path) = revised(&[&[1, 2, 3], &[]]).await;
    let admin = world.service.admin();
    let roll_out = start(&admin, &json!({"toRevision": 2, "startPaused": true})).await;
    publish(&admin, &path, 3).await;

    admin.press(&format!("{roll_out}/resume")).await.data();

    let done = settled(&admin, &roll_out, "done").await;
    assert_eq!((&done["toRevision"], stand(&admin, &[1, 2, 3]).await), (&json!(2), vec![2, 2, 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_newer_revision_keeps_it_there_and_back() {
    let (world, path) = revised(&[&[1, 2], &[]]).await;
    let admin = world.service.admin();
    let roll_out = start(&admin, &json!({"toRevision": 2, "startPaused": true})).await;
    publish(&admin, &path, 3).await;
    admin.post(&of(3, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    admin.press(&format!("{roll_out}/resume")).await.data();

    let done = settled(&admin, &roll_out, "done").await;

    assert_eq!(stand(&admin, &[1, 2, 3]).await, [2, 2, 3]);
    assert_eq!((&done["moved"], &done["unchanged"]), (&json!(2), &json!(1)));
    for status in ["cancelled", "active"] {
        admin.post(&of(2, "addons"), &json!({"addonKey": "keeper", "status": status})).await.data();
    }
    admin.press(&format!("{roll_out}/return")).await.data();
    let returned = settled(&admin, &roll_out, "returned").await;
    assert_eq!(stand(&admin, &[1, 2, 3]).await, [1, 3, 3], "company 2 has bought it anew since");
    assert_eq!((&returned["moved"], &returned["unchanged"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_leads_everyone_back_to_where_they_stood_and_touches_nobody_else() {
    let (world, _path) = revised(&[&[1, 2], &[3, 4], &[5, 6]]).await;
    let admin = world.service.admin();
    let everyone = [1, 2, 3, 4, 5, 6];
    assert_eq!(stand(&admin, &everyone).await, [1, 1, 2, 2, 3, 3]);
    let left_out = json!({"toRevision": 3, "batchSize": 2, "exclude": [company(2), company(4)]});
    let roll_out = start(&admin, &left_out).await;
    let done = settled(&admin, &roll_out, "done").await;
    assert_eq!(stand(&admin, &everyone).await, [3, 1, 3, 2, 3, 3]);
    assert_eq!((&done["moved"], &done["unchanged"], &done["total"]), (&json!(2), &json!(2), &json!(6)));
    let mut versions = Vec::new();
    for number in [2, 4, 5, 6] {
        versions.push(admin.get(&of(number, "entitlements")).await.version());
    }

    admin.press(&format!("{roll_out}/return")).await.data();

    let returned = settled(&admin, &roll_out, "returned").await;
    assert_eq!((&returned["moved"], stand(&admin, &everyone).await), (&json!(2), vec![1, 1, 2, 2, 3, 3]));
    for (number, version) in [2, 4, 5, 6].into_iter().zip(versions) {
        assert_eq!(admin.get(&of(number, "entitlements")).await.version(), version, "company {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_moved_is_counted_and_named_and_holds_nobody_up() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let island = json!({"key": "island", "name": "Island", "moduleKeys": ["touring"]});
    admin.post("/internal/catalog/packages", &island).await.data();
    for number in 1..=3 {
        admin.post(&of(number, "packages"), &json!({"packageKey": "island", "status": "active"})).await.data();
    }
    admin.post(&of(2, "basic"), &json!({"status": "active"})).await.data();
    let path = admin.item("packages", "island").await;
    let base = json!({"moduleKeys": ["basic", "touring"], "commercialType": "base", "reach": "future"});
    admin.patch(&path, &base).await.data();
    let started = admin.post(&format!("{path}/roll-outs"), &json!({"toRevision": 2})).await.data();
    let roll_out = format!("{path}/roll-outs/{}", started["id"].as_str().unwrap());

    let done = settled(&admin, &roll_out, "done").await;

    assert_eq!((&done["moved"], &done["unchanged"], &done["refused"]), (&json!(2), &json!(0), &json!(1)));
    let reasons = done["reasons"].as_array().unwrap();
    let reason = reasons.iter().filter_map(Value::as_str).find(|reason| reason.contains("base package"));
    assert!(reason.is_some_and(|reason| reason.starts_with(&company(2))), "{reasons:?}");
    admin.press(&format!("{roll_out}/return")).await.data();
    let returned = settled(&admin, &roll_out, "returned").await;
    assert_eq!((&returned["moved"], &returned["refused"]), (&json!(2), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_moved_is_moved_on_behalf_of_who_began_it() {
    let (world, _path) = revised(&[&[1], &[]]).await;
    let admin = world.service.admin();
    let asking = admin.ask("POST", ROLL_OUTS).header("X-Actor-Id", "anna").json(&json!({"toRevision": 2}));
    let started = asking.send().await.data();
    assert_eq!(started["createdBy"], "anna");
    settled(&admin, &format!("{ROLL_OUTS}/{}", started["id"].as_str().unwrap()), "done").await;

    let history = admin.get(&of(1, "history")).await.data();

    let moved = history["history"].as_array().unwrap().iter().find(|one| one["changeType"] == "addon_updated");
    assert_eq!(moved.unwrap()["changedBy"], "anna", "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_only_returned_and_a_repeated_step_answers_what_the_first_did() {
    let (world, _path) = revised(&[&[1, 2], &[]]).await;
    let admin = world.service.admin();
    let roll_out = start(&admin, &json!({"toRevision": 2, "startPaused": true})).await;
    let resume = admin.ask("POST", &format!("{roll_out}/resume")).header("Idempotency-Key", "go");
    let first = resume.clone().send().await;
    assert_eq!(first.data()["status"], "running");
    settled(&admin, &roll_out, "done").await;

    let again = resume.send().await;

    assert_eq!((again.status, again.data()), (200, first.data()));
    for step in ["pause", "resume"] {
        let answer = admin.press(&format!("{roll_out}/{step}")).await;
        assert_eq!((answer.status, answer.broken()), (409, vec!["status".to_owned()]), "{step}");
    }
    assert_eq!(admin.get(&roll_out).await.data()["status"], "done");
}
