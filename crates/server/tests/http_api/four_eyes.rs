//! Four eyes: where an item names approvers, a change of what it grants waits for one of them.

use std::sync::Arc;

use api::RoleWord;
use serde_json::{Value, json};
use store::model::{Clock as _, ManualClock, ModelStore};

use crate::support::{Caller, Clocked, Gate, NewCaller, Running, eventually, new_key, of};

const REQUESTS: &str = "/internal/catalog/change-requests";

/// A keeper with two approvers and a holder, and its path.
async fn guarded() -> (Clocked, String) {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"governance": {"approvers": ["anna", "berta"]}})).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    (world, path)
}

fn change() -> Value {
    json!({"features": {"retention": true, "storage-gb": 20}})
}

/// Asks for the change as somebody; gives the id of the request that waits.
async fn ask(admin: &Caller, actor: &str, path: &str) -> String {
    let answer = admin.patch_as(actor, path, &change()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.data()["changeRequest"]["id"].as_str().unwrap().to_owned()
}

async fn status(admin: &Caller, id: &str) -> Value {
    let data = admin.get(REQUESTS).await.data();
    data["changeRequests"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_granted_waits_with_its_preview() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();

    let asked = admin.patch_as("anna", &path, &change()).await;

    assert_eq!(asked.status, 202);
    let request = &asked.data()["changeRequest"];
    assert_eq!((&request["status"], &request["requestedBy"]), (&json!("pending"), &json!("anna")));
    assert_eq!((&request["itemType"], &request["itemKey"]), (&json!("addon"), &json!("keeper")));
    assert_eq!(request["change"], change());
    assert_eq!((&request["impact"]["companies"], &request["decidedBy"]), (&json!(1), &json!(null)));
    assert_eq!(admin.get(&path).await.data()["revision"], 1, "nothing has changed");
    assert_eq!(admin.get(&of(1, "features/storage-gb")).await.data()["value"], 0);
    for (query, count) in [("", 1), ("?status=pending", 1), ("?status=applied", 0)] {
        let listed = admin.get(&format!("{REQUESTS}{query}")).await.data();
        assert_eq!(listed["changeRequests"].as_array().map(Vec::len), Some(count), "{query}");
    }
    assert_eq!(admin.get(&format!("{REQUESTS}?status=open")).await.status, 400);
    let words = admin.patch_as("anna", &path, &json!({"name": "Keep", "lifecycleStatus": "deprecated"})).await;
    assert_eq!(words.status, 200, "words and lifecycle grant nothing");
    let dry = admin.patch_as("anna", &format!("{path}?dryRun=true"), &change()).await;
    assert_eq!((dry.status, &dry.data()["impact"]["companies"]), (200, &json!(1)));
    assert_eq!(admin.get(REQUESTS).await.data()["changeRequests"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_named_approver_other_than_the_requester_approves() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let id = ask(&admin, "anna", &path).await;
    let approve = format!("{REQUESTS}/{id}/approve");
    for actor in ["anna", "carl", "test-admin", "Berta"] {
        assert_eq!(admin.press_as(actor, &approve).await.outcome(), (403, "forbidden".to_owned()), "{actor}");
    }
    assert_eq!(admin.press(&approve).await.status, 403, "the caller by itself is nobody's approver");
    let dry = admin.press_as("berta", &format!("{approve}?dryRun=true")).await;
    assert_eq!((dry.status, status(&admin, &id).await), (200, json!("pending")));

    let approved = admin.ask("POST", &approve).header("X-Actor-Id", "berta").header("Idempotency-Key", "yes");
    let first = approved.clone().send().await;

    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(approved.send().await.data(), first.data(), "a repeat answers what the first did");
    assert_eq!(admin.get(&of(1, "features/storage-gb")).await.data()["value"], 20);
    assert_eq!(admin.get(&path).await.data()["revision"], 2);
    let listed = admin.get(REQUESTS).await.data()["changeRequests"][0].clone();
    assert_eq!((&listed["status"], &listed["decidedBy"]), (&json!("applied"), &json!("berta")));
    assert!(listed["decidedAt"].is_string());
    assert_eq!(admin.press_as("berta", &approve).await.outcome().0, 409, "it is applied already");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_is_known_in_another_spelling_and_by_another_key() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let other = new_key(&*world.store, &NewCaller::new("other", RoleWord::Admin), world.clock.now()).await;
    let other = world.service.caller(Some(&other));
    eventually("the key is known", async || other.get(REQUESTS).await.status == 200).await;
    for spelling in ["Anna", " ANNA ", "an na"] {
        let id = ask(&admin, spelling, &path).await;
        let approve = format!("{REQUESTS}/{id}/approve");
        let refused = admin.press_as("anna", &approve).await;
        assert_eq!(refused.outcome(), (403, "forbidden".to_owned()), "{spelling}");
        assert!(refused.error().2.contains("asked for the change"), "{}", refused.text());
        assert_eq!(other.press_as("anna", &approve).await.status, 403, "{spelling}");
        assert_eq!(other.press_as("berta", &format!("{approve}?dryRun=true")).await.status, 200);
        admin.press_as("anna", &format!("{REQUESTS}/{id}/reject")).await.data();
    }
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holders_of_a_guarded_item_are_moved_by_an_approver_other_than_who_asked_for_the_revision() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let mut future = change();
    future["reach"] = json!("future");
    let asked = admin.patch_as("anna", &path, &future).await.data();
    let id = asked["changeRequest"]["id"].as_str().unwrap();
    admin.press_as("berta", &format!("{REQUESTS}/{id}/approve")).await.data();
    let roll_outs = format!("{path}/roll-outs");
    let body = json!({"toRevision": 2, "startPaused": true});
    let start = |actor: &str, query: &str| {
        admin.ask("POST", &format!("{roll_outs}{query}")).header("X-Actor-Id", actor).json(&body).send()
    };

    for (actor, why) in [("carl", "is no approver"), ("anna", "asked for revision 2"), ("Berta", "is no approver")] {
        for query in ["", "?dryRun=true"] {
            let refused = start(actor, query).await;
            assert_eq!((refused.status, refused.broken()), (403, vec!["governance.approvers".to_owned()]), "{actor}");
            assert!(refused.error().2.contains(why), "{}", refused.text());
        }
    }
    assert_eq!(admin.get(&roll_outs).await.data()["rollOuts"], json!([]));
    let started = start("berta", "").await;
    assert_eq!(started.status, 201, "{}", started.text());
    let one = format!("{roll_outs}/{}", started.data()["id"].as_str().unwrap());
    assert_eq!(
        admin.press_as("carl", &format!("{one}/return")).await.status,
        403,
        "nor does anybody else move them back"
    );
    assert_eq!(admin.press_as("carl", &format!("{one}/resume")).await.status, 200);
    assert_eq!(admin.press_as("carl", &format!("{roll_outs}/{}/return", crate::support::company(1))).await.status, 404);
    eventually("it is done", async || admin.get(&one).await.data()["status"] == "done").await;
    assert_eq!(admin.press_as("anna", &format!("{one}/return")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_and_the_approvers_may_reject_and_nobody_else() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    for (actor, code) in [("carl", 403), ("anna", 200), ("berta", 200)] {
        let id = ask(&admin, "anna", &path).await;
        let reject = format!("{REQUESTS}/{id}/reject");
        assert_eq!(admin.press_as(actor, &format!("{reject}?dryRun=true")).await.status, code, "{actor}");
        assert_eq!(status(&admin, &id).await, "pending");
        assert_eq!(admin.press_as(actor, &reject).await.status, code, "{actor}");
        if code == 200 {
            assert_eq!(status(&admin, &id).await, "rejected");
            assert_eq!(admin.press_as("berta", &format!("{REQUESTS}/{id}/approve")).await.status, 409);
        }
    }
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
    assert_eq!(admin.press(&format!("{REQUESTS}/{}/reject", crate::support::company(1))).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_item_has_moved_is_stale() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let (first, second) = (ask(&admin, "anna", &path).await, ask(&admin, "anna", &path).await);
    world.set("2026-04-16T06:00:00Z");
    admin.press_as("berta", &format!("{REQUESTS}/{first}/approve")).await.data();

    let late = admin.press_as("berta", &format!("{REQUESTS}/{second}/approve")).await;

    assert_eq!((late.status, late.broken()), (409, vec!["stale".to_owned()]));
    assert_eq!((status(&admin, &first).await, status(&admin, &second).await), (json!("applied"), json!("stale")));
    assert_eq!(admin.get(&path).await.data()["revision"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_survives_a_restart_and_a_repeated_patch_makes_one_request() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let asking =
        admin.ask("PATCH", &path).header("Idempotency-Key", "once").header("X-Actor-Id", "anna").json(&change());
    let first = asking.clone().send().await;
    assert_eq!((first.status, asking.send().await.data()), (202, first.data()));
    let id = first.data()["changeRequest"]["id"].as_str().unwrap().to_owned();
    let Clocked { clock, store, service } = world;
    let keys = service.keys().clone();
    service.stop().await;

    let again = Running::on(store, clock, keys, &[]).await;

    let admin = again.admin();
    assert_eq!(admin.get(REQUESTS).await.data()["changeRequests"].as_array().map(Vec::len), Some(1));
    assert_eq!(admin.press_as("berta", &format!("{REQUESTS}/{id}/approve")).await.status, 200);
    assert_eq!(admin.get(&path).await.data()["revision"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_way_leads_around_the_approvers() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let unguarded = json!({"governance": {"approvers": []}});
    assert_eq!(admin.patch_as("anna", &path, &unguarded).await.status, 202, "who approves needs approval too");
    let mine = json!({"governance": {"approvers": ["anna", "berta", "carl"]}});
    assert_eq!(admin.patch_as("carl", &path, &mine).await.status, 202);
    for people in [json!({"assigners": ["carl"]}), json!({"retirers": ["carl"]})] {
        let mut governance = people.clone();
        governance["approvers"] = json!(["anna", "berta"]);
        let asked = admin.patch_as("carl", &path, &json!({"governance": governance})).await;
        assert_eq!(asked.status, 202, "who assigns and retires needs approval too: {people}");
    }
    let owned = json!({"governance": {"owner": "Product", "approvers": ["anna", "berta"]}});
    assert_eq!(admin.patch_as("carl", &path, &owned).await.status, 200, "whose it is decides nothing");
    let document = json!({"addons": {"keeper": {"name": "Keeper", "features": {"retention": true, "seats": 1},
        "governance": {"owner": "Product", "approvers": ["anna", "berta"]}}}});
    let applied = admin.post("/internal/catalog/apply", &document).await;
    assert_eq!((applied.status, applied.broken()), (409, vec!["governance.approvers".to_owned()]));
    let plan = admin.post("/internal/catalog/plan", &document).await.data();
    assert_eq!(plan["changes"][0]["approvers"], json!(["anna", "berta"]), "a plan says who must be asked");
    let words = json!({"addons": {
        "keeper": {"name": "Keep", "features": {"retention": true},
            "governance": {"owner": "Product", "approvers": ["anna", "berta"]}},
        "extra-storage": {"name": "Extra storage", "features": {"seats": 9}},
    }});
    let plan = admin.post("/internal/catalog/plan", &words).await.data();
    let asked: Vec<_> = plan["changes"].as_array().unwrap().iter().map(|one| one["approvers"].clone()).collect();
    assert_eq!(asked, [json!([]), json!([])], "words grant nothing, and the other names nobody");
    let existing =
        admin.patch_as("anna", &path, &json!({"features": {"retention": true, "seats": 1}, "reach": "future"})).await;
    assert_eq!(existing.status, 202, "also what is for the future");
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_a_document_changes_the_guarded_item_is_seen() {
    let (world, _path) = guarded().await;
    let admin = world.service.admin();
    let document = json!({"addons": {
        "extra-storage": {"name": "Extra storage", "features": {"seats": 9}},
        "keeper": {"name": "Keeper", "features": {"retention": true, "seats": 1},
            "governance": {"approvers": ["anna", "berta"]}},
        "render-pack": {"name": "Render pack", "features": {"renders": 7}},
    }});

    let applied = admin.post("/internal/catalog/apply", &document).await;

    assert_eq!((applied.status, applied.broken()), (409, vec!["governance.approvers".to_owned()]));
    assert_eq!(admin.get("/internal/catalog/addons/extra-storage").await.data()["revision"], 1, "all or nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_guarded_package_leads_needs_approval_and_what_it_is_called_does_not() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("packages", "basic").await;
    admin.patch(&path, &json!({"governance": {"approvers": ["anna", "berta"]}})).await.data();

    for targets in
        [json!({"upgradeTargets": []}), json!({"upgradeTargets": [], "downgradeTargets": ["premium-market"]})]
    {
        assert_eq!(admin.patch_as("anna", &path, &targets).await.status, 202, "{targets}");
    }

    assert_eq!(admin.get(&path).await.data()["definition"]["upgradeTargets"], json!(["premium-market"]));
    assert_eq!(admin.patch_as("anna", &path, &json!({"description": "The first one"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_not_heard_of_approvers_changes_nothing_without_them() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    let gate = Gate::before_shared(Arc::<ModelStore>::clone(&world.store));
    let clock = Arc::<ManualClock>::clone(&world.clock);
    let far = Running::on(Arc::<Gate>::clone(&gate), clock, world.service.keys().clone(), &[]).await;
    far.admin().get(&path).await.data();
    gate.set_deaf(true);
    admin.patch(&path, &json!({"governance": {"approvers": ["anna", "berta"]}})).await.data();

    let unheard = far.admin().patch_as("anna", &path, &change()).await;

    assert_eq!(unheard.status, 503, "{}", unheard.text());
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
    gate.set_deaf(false);
    eventually("it has heard", async || far.admin().patch_as("anna", &path, &change()).await.status == 202).await;
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_change_stands_in_the_histories_under_who_approved_it() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let id = ask(&admin, "anna", &path).await;

    admin.press_as("berta", &format!("{REQUESTS}/{id}/approve")).await.data();

    let history = admin.get(&of(1, "history")).await.data();
    let changed = history["history"].as_array().unwrap().iter().find(|one| one["changeType"] == "catalog_updated");
    assert_eq!(changed.unwrap()["changedBy"], "berta", "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_that_are_approved_in_one_instant_the_second_is_stale() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let (first, second) = (ask(&admin, "anna", &path).await, ask(&admin, "anna", &path).await);
    admin.press_as("berta", &format!("{REQUESTS}/{first}/approve")).await.data();

    let late = admin.press_as("berta", &format!("{REQUESTS}/{second}/approve")).await;

    assert_eq!((late.status, late.broken()), (409, vec!["stale".to_owned()]), "the clock stands, the item does not");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_decide_at_once_one_does() {
    for round in 0..4 {
        let (world, path) = guarded().await;
        let admin = world.service.admin();
        let id = ask(&admin, "anna", &path).await;
        let race = (0..8).map(|number| {
            let decision = if (number + round) % 2 == 0 { "approve" } else { "reject" };
            let asking = admin.ask("POST", &format!("{REQUESTS}/{id}/{decision}")).header("X-Actor-Id", "berta");
            tokio::spawn(async move { (decision, asking.send().await) })
        });
        let race: Vec<_> = race.collect();
        let mut decided = Vec::new();
        for one in race {
            let (decision, answer) = one.await.unwrap();
            match answer.status {
                200 => decided.push(decision),
                _ => assert_eq!((answer.status, answer.broken()), (409, vec!["status".to_owned()]), "{decision}"),
            }
        }
        let (expected, revision) = match decided[..] {
            ["approve"] => ("applied", 2),
            ["reject"] => ("rejected", 1),
            _ => panic!("decided {decided:?}"),
        };
        assert_eq!(status(&admin, &id).await, expected);
        assert_eq!(admin.get(&path).await.data()["revision"], revision);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_decision_answers_what_the_first_did_and_a_dry_run_decides_nothing() {
    let (world, path) = guarded().await;
    let admin = world.service.admin();
    let id = ask(&admin, "anna", &path).await;
    let target = format!("{REQUESTS}/{id}/reject");
    let dry = admin.press_as("berta", &format!("{target}?dryRun=true")).await.data();
    assert_eq!((&dry["status"], status(&admin, &id).await), (&json!("rejected"), json!("pending")));
    let asking = admin.ask("POST", &target).header("X-Actor-Id", "berta").header("Idempotency-Key", "no");
    let first = asking.clone().send().await;
    assert_eq!((&first.data()["status"], &first.data()["decidedBy"]), (&json!("rejected"), &json!("berta")));
    assert_eq!(asking.send().await.data(), first.data());
    assert_eq!(admin.press_as("berta", &target).await.broken(), ["status"]);
    let moved = ask(&admin, "anna", &path).await;
    world.set("2026-04-16T06:00:00Z");
    admin.patch_as("anna", &path, &json!({"name": "Other"})).await.data();
    let approve = format!("{REQUESTS}/{moved}/approve");
    assert_eq!(admin.press_as("berta", &format!("{approve}?dryRun=true")).await.broken(), ["stale"]);
    assert_eq!(status(&admin, &moved).await, "pending");
}
