//! Roll-outs: holders on their way to a revision, wave by wave.

use serde_json::{Value, json};
use store::{Committed, RollOut, RollOutStatus, Store};

use crate::support::{Caller, Clocked, Running, company, eventually, of};

const HOLDERS: u32 = 40;
const ROLL_OUTS: &str = "/internal/catalog/addons/keeper/roll-outs";

/// A keeper with holders of revision 1 and a revision 2 that reached none of them.
async fn staged() -> Clocked {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for number in 1..=HOLDERS {
        admin.post(&of(number, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    }
    let path = admin.item("addons", "keeper").await;
    let next = json!({"features": {"retention": true, "storage-gb": 20}, "reach": "future"});
    admin.patch(&path, &next).await.data();
    world
}

/// The companies that have revision 2.
async fn moved(admin: &Caller) -> Vec<u32> {
    let mut moved = Vec::new();
    for number in 1..=HOLDERS {
        let value = admin.get(&of(number, "features/storage-gb")).await.data()["value"].clone();
        if value == 20 {
            moved.push(number);
        }
    }
    moved
}

async fn settled(admin: &Caller, id: &str, status: &str) -> Value {
    let path = format!("{ROLL_OUTS}/{id}");
    eventually(status, async || admin.get(&path).await.data()["status"] == status).await;
    admin.get(&path).await.data()
}

async fn start(admin: &Caller, body: &Value) -> String {
    let answer = admin.post(ROLL_OUTS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn waves_build_on_each_other_until_everyone_is_there() {
    let world = staged().await;
    let admin = world.service.admin();
    assert_eq!(moved(&admin).await, [] as [u32; 0]);
    let mut before = Vec::new();
    for percent in [10, 50, 100] {
        let id = start(&admin, &json!({"toRevision": 2, "percent": percent, "batchSize": 7})).await;
        let done = settled(&admin, &id, "done").await;
        let now = moved(&admin).await;
        assert!(before.iter().all(|number| now.contains(number)), "{percent} keeps those of the wave before");
        assert_eq!(done["moved"].as_u64(), Some((now.len() - before.len()) as u64), "{done}");
        assert_eq!((&done["total"], &done["unchanged"]), (&json!(HOLDERS), &json!(before.len())));
        assert!(percent == 100 || now.len() < HOLDERS as usize, "{percent}: {now:?}");
        before = now;
    }
    assert_eq!(before.len(), HOLDERS as usize);
    let listed = admin.get(ROLL_OUTS).await.data();
    let shares: Vec<_> = listed["rollOuts"].as_array().unwrap().iter().map(|one| one["percent"].clone()).collect();
    assert_eq!(shares, [json!(100), json!(50), json!(10)], "newest first");
    let history = admin.get(&of(before[0], "history")).await.text();
    assert!(history.contains("addon_updated") && history.contains("test-admin"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn companies_can_be_named_and_left_out() {
    let world = staged().await;
    let admin = world.service.admin();
    let named: Vec<_> = [4, 2, 3, 2].map(company).to_vec();
    let body = json!({"toRevision": 2, "companyIds": named, "exclude": [company(3)], "batchSize": 1});
    let id = start(&admin, &body).await;
    let done = settled(&admin, &id, "done").await;
    assert_eq!((&done["moved"], &done["total"]), (&json!(2), &json!(3)), "{done}");
    assert_eq!(moved(&admin).await, [2, 4]);
    let id = start(&admin, &json!({"toRevision": 2, "exclude": [company(1), company(40)]})).await;
    settled(&admin, &id, "done").await;
    assert_eq!(moved(&admin).await, (2..40).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_and_holds_nothing_is_told_of_before_anything_moves() {
    let world = staged().await;
    let admin = world.service.admin();
    admin.post(&of(5, "addons"), &json!({"addonKey": "keeper", "status": "paused"})).await.data();
    admin.post(&of(90, "addons"), &json!({"addonKey": "extra-storage", "status": "active"})).await.data();
    for (strangers, more) in [(&[99][..], false), (&[90], false), (&[5], false), (&[5, 90, 99], true)] {
        let named: Vec<_> = [2, 3].iter().chain(strangers).map(|number| company(*number)).collect();
        for query in ["", "?dryRun=true"] {
            let body = json!({"toRevision": 2, "companyIds": named});
            let refused = admin.post(&format!("{ROLL_OUTS}{query}"), &body).await;
            assert_eq!((refused.status, refused.broken()), (400, vec!["companyIds".to_owned()]), "{strangers:?}");
            let said = refused.error().2;
            assert!(said.starts_with(&format!("company `{}` does not hold", company(strangers[0]))), "{said}");
            assert_eq!(said.contains("2 more"), more, "{said}");
        }
    }
    let nobody = admin.post(ROLL_OUTS, &json!({"toRevision": 2, "companyIds": []})).await;
    assert_eq!((nobody.status, nobody.broken()), (400, vec!["companyIds".to_owned()]));
    assert_eq!(admin.get(ROLL_OUTS).await.data()["rollOuts"], json!([]));
    assert_eq!(moved(&admin).await, [] as [u32; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_named_wave_says_what_it_does_to_those_that_it_takes() {
    let world = staged().await;
    let admin = world.service.admin();
    let named: Vec<_> = (1..=6).map(company).collect();
    let body = json!({"toRevision": 2, "companyIds": named, "exclude": [company(3)]});

    let dry = admin.post(&format!("{ROLL_OUTS}?dryRun=true&limit=2"), &body).await.data();

    let impact = &dry["impact"];
    assert_eq!((&dry["total"], &impact["companies"], &impact["lookedAt"]), (&json!(6), &json!(5), &json!(5)), "{dry}");
    assert_eq!(impact["features"]["storage-gb"]["gained"], 5);
    assert_eq!(impact["companyIds"], json!([company(1), company(2)]));
    let rest = format!("{ROLL_OUTS}?dryRun=true&cursor={}", impact["nextCursor"].as_str().unwrap());
    let rest = admin.post(&rest, &body).await.data();
    assert_eq!(rest["impact"]["companyIds"], json!([company(4), company(5), company(6)]));
    assert_eq!((&rest["impact"]["nextCursor"], &rest["planHash"]), (&json!(null), &dry["planHash"]));
    admin.post(&of(9, "addons"), &json!({"addonKey": "keeper", "status": "cancelled"})).await.data();
    let same = admin.post(&format!("{ROLL_OUTS}?dryRun=true"), &body).await.data();
    assert_eq!(same["planHash"], dry["planHash"], "whom it does not take does not concern it");
    admin.post(&of(4, "addons"), &json!({"addonKey": "keeper", "status": "active", "quantity": 2})).await.data();
    let moved = admin.post(&format!("{ROLL_OUTS}?hash={}", dry["planHash"].as_str().unwrap()), &body).await;
    assert_eq!((moved.status, moved.broken()), (409, vec!["plan".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_waits_is_resumed_and_returned_and_there_is_one_at_a_time() {
    let world = staged().await;
    let admin = world.service.admin();
    let id = start(&admin, &json!({"toRevision": 2, "startPaused": true})).await;
    let path = format!("{ROLL_OUTS}/{id}");
    assert_eq!(admin.get(&path).await.data()["status"], "paused");
    let second = admin.post(ROLL_OUTS, &json!({"toRevision": 2})).await;
    assert_eq!((second.status, second.broken()), (409, vec!["roll_out".to_owned()]));
    assert_eq!(admin.press(&format!("{path}/pause")).await.outcome().0, 409);
    let dry = admin.press(&format!("{path}/resume?dryRun=true")).await.data();
    assert_eq!((&dry["status"], &admin.get(&path).await.data()["status"]), (&json!("running"), &json!("paused")));
    assert_eq!(moved(&admin).await, [] as [u32; 0]);

    assert_eq!(admin.press(&format!("{path}/resume")).await.data()["status"], "running");
    settled(&admin, &id, "done").await;
    assert_eq!(moved(&admin).await.len(), HOLDERS as usize);
    let version = admin.get(&of(1, "entitlements")).await.version();
    assert_eq!(admin.press(&format!("{path}/return")).await.data()["status"], "returning");
    let returned = settled(&admin, &id, "returned").await;

    assert_eq!(returned["moved"], HOLDERS);
    assert_eq!(moved(&admin).await, [] as [u32; 0]);
    assert!(admin.get(&of(1, "entitlements")).await.version() > version, "a version never goes back");
    for step in ["pause", "resume", "return"] {
        assert_eq!(admin.press(&format!("{path}/{step}")).await.status, 409, "{step} of what was returned");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_and_a_repeat_of_a_start_start_nothing_more() {
    let world = staged().await;
    let admin = world.service.admin();
    let body = json!({"toRevision": 2, "startPaused": true});
    let dry = admin.post(&format!("{ROLL_OUTS}?dryRun=true"), &body).await;
    assert_eq!((dry.status, &dry.data()["total"]), (200, &json!(HOLDERS)));
    assert_eq!(admin.get(ROLL_OUTS).await.data()["rollOuts"], json!([]));
    let asking = admin.ask("POST", ROLL_OUTS).header("Idempotency-Key", "wave-1").json(&body);
    let first = asking.clone().send().await;
    let again = asking.send().await;
    assert_eq!((first.status, again.status, again.data()), (201, 201, first.data()));
    assert_eq!(admin.get(ROLL_OUTS).await.data()["rollOuts"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_start_says_what_it_does_to_whom_and_how_to_do_exactly_that() {
    let world = staged().await;
    let admin = world.service.admin();
    let body = json!({"toRevision": 2, "startPaused": true});
    let dry = admin.post(&format!("{ROLL_OUTS}?dryRun=true&limit=3"), &body).await.data();
    let impact = &dry["impact"];
    assert_eq!((&impact["companies"], &impact["lookedAt"]), (&json!(HOLDERS), &json!(HOLDERS)), "{dry}");
    assert_eq!(impact["features"]["storage-gb"], json!({"gained": HOLDERS, "lost": 0, "changed": 0}), "{dry}");
    let named: Vec<_> = impact["companyIds"].as_array().unwrap().clone();
    let next = format!("{ROLL_OUTS}?dryRun=true&cursor={}", impact["nextCursor"].as_str().unwrap());
    let next = admin.post(&next, &body).await.data();
    assert_eq!(named.len() + next["impact"]["companyIds"].as_array().unwrap().len(), HOLDERS as usize);
    assert_eq!(next["planHash"], dry["planHash"]);

    // Who joins has revision 2 already; who leaves is one of those that were counted.
    admin.post(&of(HOLDERS + 1, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    let planned = async |hash: &Value| admin.post(&format!("{ROLL_OUTS}?hash={}", hash.as_str().unwrap()), &body).await;
    let same = admin.post(&format!("{ROLL_OUTS}?dryRun=true"), &body).await.data();
    assert_eq!(same["planHash"], dry["planHash"]);
    admin.post(&of(1, "addons"), &json!({"addonKey": "keeper", "status": "cancelled"})).await.data();
    let refused = planned(&dry["planHash"]).await;
    assert_eq!((refused.status, refused.broken()), (409, vec!["plan".to_owned()]));
    let now = admin.post(&format!("{ROLL_OUTS}?dryRun=true"), &body).await.data();
    let started = planned(&now["planHash"]).await;
    assert_eq!(started.status, 201, "{}", started.text());
    assert!(started.data().get("impact").is_none() && started.data().get("planHash").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_that_cannot_be_is_refused() {
    let world = staged().await;
    let admin = world.service.admin();
    for (body, field) in [
        (json!({"toRevision": 3}), "toRevision"),
        (json!({"toRevision": 0}), "toRevision"),
        (json!({"toRevision": 2, "percent": 0}), "percent"),
        (json!({"toRevision": 2, "percent": 101}), "percent"),
        (json!({"toRevision": 2, "batchSize": 0}), "batchSize"),
        (json!({"toRevision": 2, "exclude": ["00000000-0000-0000-0000-000000000000"]}), "exclude"),
        (json!({"percent": 5}), "toRevision"),
        (json!({"toRevision": 2, "percentage": 5}), "percentage"),
    ] {
        let answer = admin.post(ROLL_OUTS, &body).await;
        assert_eq!((answer.status, answer.broken()), (400, vec![field.to_owned()]), "{body}");
    }
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"features": {"retention": true, "seats": 2}, "reach": "existing"})).await.data();
    let older = admin.post(ROLL_OUTS, &json!({"toRevision": 2})).await;
    assert_eq!((older.status, older.broken()), (409, vec!["toRevision".to_owned()]), "all have revision 3");
    assert_eq!(admin.get(&format!("{ROLL_OUTS}/{}", company(1))).await.status, 404);
    assert_eq!(admin.get("/internal/catalog/addons/no-such/roll-outs").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_out_goes_on_after_a_restart() {
    let world = staged().await;
    let admin = world.service.admin();
    let id = start(&admin, &json!({"toRevision": 2, "startPaused": true})).await;
    let Clocked { clock, store, service } = world;
    let keys = service.keys().clone();
    service.stop().await;
    // As a program leaves it that was killed between two batches.
    let paused = store.roll_outs(None).await.unwrap().remove(0);
    let running = RollOut { status: RollOutStatus::Running, step: paused.step + 1, ..paused.clone() };
    assert_eq!(store.move_roll_out(paused.step, &running).await.unwrap(), Committed::Done);

    let again = Running::on(store, clock, keys, &[]).await;

    let admin = again.admin();
    settled(&admin, &id, "done").await;
    assert_eq!(moved(&admin).await.len(), HOLDERS as usize);
}
