//! Moving a company from one package to another (requirements 002 §6.5).

use serde_json::{Value, json};

use crate::support::{Clocked, Place, of};

const LATER: &str = "2026-06-01T00:00:00Z";

/// A company with Basic, finance, ticket reports, touring's rival and a storage add-on.
async fn basic_company() -> Clocked {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active", "externalReference": "sub_1"})).await.data();
    for addon in ["finance", "ticket-reports", "venue", "extra-storage", "ai"] {
        admin.post(&of(1, "addons"), &json!({"addonKey": addon, "status": "active"})).await.data();
    }
    world
}

fn up() -> Value {
    json!({"packageKey": "premium-market"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_direction_addons_limits_and_review_and_stores_nothing() {
    let world = basic_company().await;
    let admin = world.service.admin();
    let before = admin.get(&of(1, "entitlements")).await.data();

    let dry = admin.post(&of(1, "change-package?dryRun=true"), &up()).await;

    let data = dry.data();
    assert_eq!((&data["direction"], &data["fromPackageKey"]), (&json!("upgrade"), &json!("basic")));
    assert_eq!(data["effectiveAt"], "2026-04-16T05:00:00Z");
    assert_eq!(data["addons"]["preserved"], json!(["ai", "extra-storage", "finance", "ticket-reports"]));
    assert_eq!(data["addons"]["redundant"], json!(["ai"]), "premium-market includes it");
    let invalidated = &data["addons"]["invalidated"];
    assert_eq!((&invalidated[0]["key"], &invalidated[0]["at"]), (&json!("venue"), &data["effectiveAt"]));
    assert!(invalidated[0]["reason"].as_str().is_some_and(|reason| reason.contains("forbids")));
    assert_eq!(data["accessReviewRequired"], true, "venue is lost");
    assert_eq!(dry.warned(), ["forbidden"]);
    let preview = &dry.json()["preview"];
    assert_eq!(preview["before"]["basePackage"], "basic");
    assert_eq!(preview["after"]["basePackage"], "premium-market");
    assert_eq!(
        (&preview["featuresBefore"]["storage-gb"], &preview["featuresAfter"]["storage-gb"]),
        (&json!(60), &json!(150))
    );
    let mut after = admin.get(&of(1, "entitlements")).await.data();
    after["asOf"] = before["asOf"].clone();
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_at_once_is_one_version_and_keeps_what_was_bought() {
    let world = basic_company().await;
    let admin = world.service.admin();
    let version = admin.get(&of(1, "entitlements")).await.version();

    let changed = admin.post(&of(1, "change-package"), &up()).await;

    assert_eq!(changed.version(), version + 1);
    assert!(changed.json().get("preview").is_none());
    let owned = admin.get(&of(1, "entitlements")).await;
    assert_eq!(owned.data()["basePackage"], "premium-market");
    assert_eq!(owned.keys("addons"), ["ai", "extra-storage", "finance", "ticket-reports"]);
    let history = admin.get(&of(1, "history")).await.text();
    assert!(history.contains("package_changed"), "{history}");
    let down = admin.post(&of(1, "change-package?dryRun=true"), &json!({"packageKey": "basic"})).await.data();
    assert_eq!((&down["direction"], &down["accessReviewRequired"]), (&json!("downgrade"), &json!(true)));
    let limits = down["limits"].as_array().unwrap();
    let storage = limits.iter().find(|limit| limit["featureKey"] == "storage-gb").unwrap();
    assert_eq!((&storage["before"], &storage["after"]), (&json!(150), &json!(60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_change_happens_at_its_instant_by_itself() {
    let world = basic_company().await;
    let admin = world.service.admin();
    let body = json!({"packageKey": "premium-market", "effectiveAt": LATER});

    let planned = admin.post(&of(1, "change-package"), &body).await.data();

    assert_eq!(planned["effectiveAt"], LATER);
    let now = admin.get(&of(1, "entitlements")).await.data();
    assert_eq!((&now["basePackage"], &now["validUntil"]), (&json!("basic"), &json!(LATER)));
    let again = admin.post(&of(1, "change-package"), &up()).await;
    assert_eq!((again.status, again.broken()), (409, vec!["planned_change".to_owned()]));
    world.set("2026-05-31T23:59:59Z");
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["basePackage"], "basic");
    world.set(LATER);
    let then = admin.get(&of(1, "entitlements")).await;
    assert_eq!(then.data()["basePackage"], "premium-market");
    assert!(then.version() > now["entitlementVersion"].as_u64().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_planned_change_tells_what_is_then_and_not_what_is_now() {
    let world = basic_company().await;
    let admin = world.service.admin();
    let until = "2026-05-01T00:00:00Z";
    let short = json!({"addonKey": "venue", "status": "active", "endsAt": until});
    admin.post(&of(1, "addons"), &short).await.data();
    let body = json!({"packageKey": "premium-market", "effectiveAt": LATER});

    let answer = admin.post(&of(1, "change-package?dryRun=true"), &body).await;
    let told = answer.data();

    assert_eq!((&told["fromPackageKey"], &told["effectiveAt"]), (&json!("basic"), &json!(LATER)));
    let addons = json!({"invalidated": [], "preserved": ["ai", "extra-storage", "finance", "ticket-reports"], "redundant": ["ai"]});
    assert_eq!(told["addons"], addons, "venue has ended by then, and the new package includes ai");
    assert_eq!(told["accessReviewRequired"], false, "and was lost without the change");
    let preview = &answer.json()["preview"];
    assert_eq!(
        (&preview["before"]["basePackage"], &preview["after"]["basePackage"]),
        (&json!("basic"), &json!("premium-market"))
    );
    assert_eq!(preview["featuresAfter"]["storage-gb"], 150);
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["validUntil"], until, "nothing is planned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_change_that_is_taken_back_leaves_no_trace_in_the_entitlements() {
    let world = basic_company().await;
    let admin = world.service.admin();
    let plain = |mut data: Value| {
        for field in ["entitlementVersion", "updatedAt", "asOf"] {
            data.as_object_mut().unwrap().remove(field);
        }
        data
    };
    let before = plain(admin.get(&of(1, "entitlements")).await.data());
    assert_eq!(admin.delete(&of(1, "change-package")).await.outcome(), (404, "not_found".to_owned()));
    let body = json!({"packageKey": "premium-market", "effectiveAt": LATER, "deactivateInvalidated": true});
    admin.post(&of(1, "change-package"), &body).await.data();
    let dry = admin.delete(&of(1, "change-package?dryRun=true")).await;
    assert!(dry.data()["changes"].as_array().is_some_and(|changes| !changes.is_empty()));
    assert_ne!(plain(admin.get(&of(1, "entitlements")).await.data()), before, "it is still planned");

    admin.delete(&of(1, "change-package")).await.data();

    assert_eq!(plain(admin.get(&of(1, "entitlements")).await.data()), before);
    world.set("2027-01-01T00:00:00Z");
    assert_eq!(plain(admin.get(&of(1, "entitlements")).await.data()), before, "nor later");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalidated_addons_stay_or_end_as_asked() {
    for (ends, back) in [(false, true), (true, false)] {
        let world = basic_company().await;
        let admin = world.service.admin();
        let body = json!({"packageKey": "premium-market", "deactivateInvalidated": ends});
        admin.post(&of(1, "change-package"), &body).await.data();
        admin.post(&of(1, "change-package"), &json!({"packageKey": "basic"})).await.data();
        let addons = admin.get(&of(1, "entitlements")).await.keys("addons");
        assert_eq!(addons.contains(&"venue".to_owned()), back, "deactivateInvalidated {ends}: {addons:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_leads_nowhere_is_refused() {
    let world = basic_company().await;
    let admin = world.service.admin();
    admin
        .post("/internal/catalog/packages", &json!({"key": "island", "name": "Island", "moduleKeys": ["touring"]}))
        .await
        .data();
    for (company, body, status, rule) in [
        (1, json!({"packageKey": "island"}), 409, "change_target"),
        (1, json!({"packageKey": "premium-market", "fromPackageKey": "island"}), 409, "change_target"),
        (1, json!({"packageKey": "premium-market", "effectiveAt": "2026-04-16T04:59:59Z"}), 400, "effectiveAt"),
        (1, json!({"packageKey": "Premium"}), 400, "packageKey"),
    ] {
        let answer = admin.post(&of(company, "change-package"), &body).await;
        assert_eq!((answer.status, answer.broken()), (status, vec![rule.to_owned()]), "{body}: {}", answer.text());
    }
    for (company, package) in [(1, "no-such"), (2, "premium-market")] {
        assert_eq!(admin.post(&of(company, "change-package"), &json!({"packageKey": package})).await.status, 404);
    }
    admin.post(&of(2, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    assert_eq!(
        admin.post(&of(2, "change-package"), &up()).await.broken(),
        ["change_target"],
        "there is nothing to leave"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trial_for_life_also_when_many_ask_at_once() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"trialDays": 14})).await.data();
    let trial = json!({"addonKey": "keeper", "status": "trial"});
    admin.post(&of(1, "addons"), &trial).await.data();
    let owned = admin.get(&of(1, "entitlements")).await.data();
    assert_eq!(owned["addons"][0]["endsAt"], "2026-04-30T05:00:00Z");
    admin.post(&of(1, "addons"), &json!({"addonKey": "keeper", "status": "cancelled"})).await.data();
    let asked: Vec<_> = (0..16)
        .map(|_| {
            let (admin, trial) = (admin.clone(), trial.clone());
            tokio::spawn(async move { admin.post(&of(1, "addons"), &trial).await.status })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 409);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_begin_a_trial_of_one_line_at_once_one_item_is_tried() {
    for (place, nodes) in [(Place::sqlite().await, 1), (Place::postgres().await, 2)] {
        let mut services = Vec::new();
        for _ in 0..nodes {
            services.push(place.serve().await);
        }
        let admin = services[0].admin();
        for key in ["try-one", "try-two"] {
            let item = json!({"key": key, "name": key, "moduleKeys": ["ai"], "trialDays": 14, "trialGroup": "line"});
            admin.post("/internal/catalog/addons", &item).await.data();
        }
        for company in 1..=6 {
            let asked: Vec<_> = (0..8_usize)
                .map(|number| {
                    let admin = services[number % nodes].admin();
                    let key = ["try-one", "try-two"][(number / 2) % 2];
                    let trial = json!({"addonKey": key, "status": "trial"});
                    tokio::spawn(async move { (key, admin.post(&of(company, "addons"), &trial).await) })
                })
                .collect();
            let mut tried = Vec::new();
            for answer in asked {
                let (key, answer) = answer.await.unwrap();
                match answer.status {
                    200 => tried.push(key),
                    _ => assert_eq!((answer.status, answer.broken()), (409, vec!["one_trial".to_owned()])),
                }
            }
            tried.dedup();
            assert_eq!(tried.len(), 1, "company {company}: {tried:?}");
            let owned = admin.ask("GET", &of(company, "entitlements")).header("Consistency", "strong").send().await;
            assert_eq!(owned.keys("addons"), tried);
        }
    }
}
