//! Every consequence first: what a dry run of any write says of companies.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Clocked, of};

/// A company with Basic and finance.
async fn owner() -> Clocked {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    world
}

fn modules(preview: &Value) -> [&Value; 2] {
    [&preview["before"]["enabledModules"], &preview["after"]["enabledModules"]]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_every_company_write_shows_what_is_owned_before_and_after() {
    let world = owner().await;
    let admin = world.service.admin();
    let (both, basic) = (json!(["basic", "finance"]), json!(["basic"]));
    let writes = [
        ("basic", json!({"status": "paused"}), &both, &json!(["finance"])),
        ("addons", json!({"addonKey": "finance", "status": "paused"}), &both, &basic),
        ("deactivate-addon", json!({"addonKey": "finance"}), &both, &basic),
        ("packages", json!({"packageKey": "basic", "status": "cancelled"}), &both, &json!(["finance"])),
        ("credits/renders/grant", json!({"amount": 5}), &both, &both),
    ];
    for (path, body, before, after) in &writes {
        let told = admin.post(&of(1, &format!("{path}?dryRun=true")), body).await.json();
        assert_eq!(modules(&told["preview"]), [*before, *after], "{path}");
    }
    let repaired = admin.ask("POST", &of(1, "repair?dryRun=true")).send().await.json();
    assert_eq!(modules(&repaired["preview"]), [&both, &both]);
    assert_eq!(repaired["preview"]["after"]["entitlementVersion"], 3);
    let profile = admin.ask("PUT", &of(2, "profile?dryRun=true")).json(&json!({"name": "Acme"})).send().await.json();
    assert_eq!(modules(&profile["preview"]), [&json!(null), &json!([])]);

    let done = admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "paused"})).await.json();
    assert!(done.get("preview").is_none(), "only a dry run: {done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_looks_at_the_instant_from_which_the_write_makes_a_difference() {
    let world = owner().await;
    let admin = world.service.admin();
    let later = json!({"addonKey": "venue", "status": "active", "startsAt": "2027-03-01T00:00:00Z"});

    let preview = admin.post(&of(1, "addons?dryRun=true"), &later).await.json()["preview"].clone();

    assert_eq!(preview["after"]["asOf"], "2027-03-01T00:00:00Z");
    assert_eq!(modules(&preview), [&json!(["basic", "finance"]), &json!(["basic", "finance", "venue"])]);
    let ends = json!({"status": "active", "endsAt": "2027-05-01T00:00:00Z"});
    let preview = admin.post(&of(1, "basic?dryRun=true"), &ends).await.json()["preview"].clone();
    assert_eq!(preview["after"]["asOf"], "2027-05-01T00:00:00Z");
    assert_eq!(modules(&preview), [&json!(["basic", "finance"]), &json!(["finance"])]);
}

async fn asked(admin: &Caller, path: &str, body: &Value) -> Answer {
    let path = format!("/internal/catalog/{path}");
    if body.is_null() { admin.ask("POST", &path).send().await } else { admin.post(&path, body).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_every_catalog_write_says_what_it_does_to_whom_and_how_to_do_exactly_that() {
    let world = owner().await;
    let admin = world.service.admin();
    let at = |path: &str| format!("/internal/catalog/{path}?dryRun=true");
    let creations = [
        ("modules", json!({"key": "stage", "name": "Stage", "type": "addon"})),
        ("features", json!({"key": "lights", "name": "Lights", "kind": "toggle"})),
        ("permissions", json!({"key": "finance.books.close"})),
        ("packages", json!({"key": "stage-team", "name": "Stage", "moduleKeys": ["venue"]})),
        ("addons", json!({"key": "lamps", "name": "Lamps"})),
        ("backfill", json!(null)),
    ];
    for (path, body) in &creations {
        let dry = asked(&admin, &format!("{path}?dryRun=true"), body).await.data();
        assert_eq!((&dry["impact"]["companies"], &dry["impact"]["lookedAt"]), (&json!(0), &json!(1)), "{path}");
        let hash = dry["planHash"].as_str().unwrap();
        let moved = asked(&admin, &format!("{path}?hash=no-such-plan"), body).await;
        assert_eq!(moved.outcome(), (409, "conflict".to_owned()), "{path}");
        let done = asked(&admin, &format!("{path}?hash={hash}"), body).await;
        assert!(done.status < 300, "{path}: {}", done.text());
        assert!(done.data().get("impact").is_none() && done.data().get("planHash").is_none(), "{path}");
    }
    let off = json!({"modules": {"finance": {"name": "Finance", "type": "addon", "isActive": false}}});
    let data = admin.post(&at("apply"), &off).await.data();
    assert_eq!(data["impact"]["modules"]["finance"]["lost"], 1);
    let policy = admin.patch(&at("policy"), &json!({"pricingDuplicates": "strict"})).await.data();
    assert_eq!(policy["impact"]["companies"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_switch_a_module_off_is_previewed_and_done_only_as_it_was_shown() {
    let world = owner().await;
    let admin = world.service.admin();
    let id = admin.get("/internal/catalog/modules/finance").await.data()["id"].as_str().unwrap().to_owned();
    let path = format!("/internal/catalog/modules/{id}");
    let off = json!({"isActive": false});
    let plan = async || {
        let data = admin.patch(&format!("{path}?dryRun=true&limit=1"), &off).await.data();
        (data["impact"].clone(), data["planHash"].as_str().unwrap().to_owned())
    };
    let (impact, shown) = plan().await;
    assert_eq!(impact["modules"], json!({"finance": {"gained": 0, "lost": 1, "changed": 0}}));
    assert_eq!(impact["companyIds"], json!([crate::support::company(1)]));

    admin.post(&of(2, "addons"), &json!({"addonKey": "venue", "status": "active"})).await.data();
    assert_eq!(plan().await.1, shown, "a company that it does not concern is no reason to look again");
    admin.post(&of(3, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    assert_eq!(admin.patch(&format!("{path}?hash={shown}"), &off).await.outcome(), (409, "conflict".to_owned()));

    let (_, shown) = plan().await;
    admin.post(&of(3, "addons"), &json!({"addonKey": "finance", "status": "paused"})).await.data();
    admin.post(&of(4, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    assert_ne!(plan().await.1, shown, "as many companies, and others");

    let (impact, shown) = plan().await;
    assert_eq!((&impact["companies"], impact["nextCursor"].is_string()), (&json!(2), true));
    admin.patch(&format!("{path}?hash={shown}"), &off).await.data();
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["enabledModules"], json!(["basic"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_are_touched_one_that_takes_the_place_of_another_outdates_a_plan() {
    const MANY: u32 = 520;
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let finance = |status: &str| json!({"addonKey": "finance", "status": status});
    for number in 1..=MANY {
        admin.post(&of(number, "addons"), &finance("active")).await.data();
    }
    let path = admin.item("addons", "finance").await;
    let change = json!({"features": {"seats": 3}});
    let plan = async || admin.patch(&format!("{path}?dryRun=true"), &change).await.data()["planHash"].clone();
    let shown = plan().await;

    admin.post(&of(MANY - 1, "addons"), &finance("cancelled")).await.data();
    admin.post(&of(MANY + 80, "addons"), &finance("active")).await.data();

    let stale = admin.patch(&format!("{path}?hash={}", shown.as_str().unwrap()), &change).await;
    assert_eq!((stale.status, stale.broken()), (409, vec!["plan".to_owned()]));
    admin.post(&of(MANY + 80, "addons"), &finance("cancelled")).await.data();
    admin.post(&of(MANY - 1, "addons"), &finance("active")).await.data();
    assert_eq!(plan().await, shown, "whoever is back is who was looked at");
}

#[tokio::test]
async fn a_page_of_what_would_be_touched_is_asked_for_in_a_dry_run_only() {
    let world = owner().await;
    let admin = world.service.admin();
    let id = admin.get("/internal/catalog/modules/finance").await.data()["id"].as_str().unwrap().to_owned();
    let path = format!("/internal/catalog/modules/{id}");
    let off = json!({"isActive": false});
    let cursor = format!("cursor={}", crate::support::company(1));

    for query in ["limit=1", cursor.as_str(), "dryRun=false&limit=1"] {
        let (status, code, message) = admin.patch(&format!("{path}?{query}"), &off).await.error();
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{query}");
        assert!(message.contains("dryRun=true"), "{message}");
    }

    assert_eq!(admin.patch(&format!("{path}?dryRun=true&limit=1&{cursor}"), &off).await.status, 200);
    assert_eq!(admin.get(&format!("/internal/catalog/modules/{id}")).await.data()["isActive"], true);
}
