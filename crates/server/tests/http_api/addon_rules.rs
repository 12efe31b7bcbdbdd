//! The rules of add-ons as a company meets them (requirements 000 §4 and §5).

use serde_json::json;

use crate::support::{Caller, Clocked, of};

async fn give(admin: &Caller, company: u32, addon: &str) {
    admin.post(&of(company, "addons"), &json!({"addonKey": addon, "status": "active"})).await.data();
}

async fn package(admin: &Caller, company: u32, key: &str, status: &str) -> crate::support::Answer {
    admin.post(&of(company, "packages"), &json!({"packageKey": key, "status": status})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_assignment_names_every_rule_that_does_not_hold() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    give(&admin, 1, "touring").await;
    world.set("2026-04-16T06:00:00Z");

    let refused = admin.post(&of(1, "addons"), &json!({"addonKey": "ticket-reports", "status": "active"})).await;

    assert_eq!(refused.outcome(), (409, "conflict".to_owned()));
    let mut broken = refused.broken();
    broken.sort();
    assert_eq!(broken, ["compatible", "conflicts_with", "requires"]);
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1, "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_branch_of_a_requirement_will_do() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let reports = json!({"addonKey": "ticket-reports", "status": "active"});
    for company in [1, 2, 3] {
        package(&admin, company, "basic", "active").await.data();
    }
    give(&admin, 1, "finance").await;
    let fact = json!({"featureKey": "ticketing-data", "reason": "connected"});
    admin.post(&of(2, "grants"), &fact).await.data();

    for (company, status, broken) in [(1, 200, vec![]), (2, 200, vec![]), (3, 409, vec!["requires"])] {
        let answer = admin.post(&of(company, "addons"), &reports).await;
        assert_eq!(answer.status, status, "{company}: {}", answer.text());
        assert_eq!(answer.broken(), broken, "{company}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_write_that_stops_addons_is_accepted_with_warnings_and_they_come_back_by_themselves() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    package(&admin, 1, "basic", "active").await.data();
    give(&admin, 1, "finance").await;
    give(&admin, 1, "ticket-reports").await;

    let paused = package(&admin, 1, "basic", "paused").await;

    assert_eq!(paused.warned(), ["compatible"]);
    assert!(paused.text().contains("ticket-reports") && paused.data().get("warnings").is_none());
    assert_eq!(admin.get(&of(1, "entitlements")).await.keys("addons"), ["finance"]);
    let explained = admin.get(&of(1, "explain")).await.data();
    assert_eq!(explained["stopped"][0]["key"], "ticket-reports");
    assert_eq!(explained["stopped"][0]["rules"][0]["field"], "compatible");
    let resumed = package(&admin, 1, "basic", "active").await;
    assert!(resumed.warned().is_empty());
    assert_eq!(admin.get(&of(1, "entitlements")).await.keys("addons"), ["finance", "ticket-reports"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_included_addon_is_listed_with_the_window_of_its_package_and_need_not_be_bought() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let body = json!({"packageKey": "premium-market", "status": "trial", "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2027-01-01T00:00:00Z"});
    admin.post(&of(1, "packages"), &body).await.data();

    let owned = admin.get(&of(1, "entitlements")).await.data();

    assert_eq!(
        owned["addons"],
        json!([{"key": "ai", "status": "trial", "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2027-01-01T00:00:00Z"}])
    );
    assert_eq!(owned["enabledModules"], json!(["basic", "ai", "market"]));
    let bought = admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await;
    assert_eq!((bought.status, bought.broken()), (409, vec!["included".to_owned()]));
    let forbidden = admin.post(&of(1, "addons"), &json!({"addonKey": "venue", "status": "active"})).await;
    assert_eq!((forbidden.status, forbidden.broken()), (409, vec!["forbidden".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_assigner_assigns_what_names_assigners() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"governance": {"assigners": ["anna"], "retirers": ["berta"]}})).await.data();
    let body = json!({"addonKey": "keeper", "status": "active"});
    for (actor, status) in [("carl", 403), ("berta", 403), ("anna", 200)] {
        let asking = admin.ask("POST", &of(1, "addons")).header("X-Actor-Id", actor).json(&body);
        let answer = asking.send().await;
        assert_eq!(answer.status, status, "{actor}: {}", answer.text());
    }
    let retire = json!({"lifecycleStatus": "deprecated"});
    assert_eq!(admin.patch_as("anna", &path, &retire).await.outcome(), (403, "forbidden".to_owned()));
    assert_eq!(admin.patch_as("berta", &path, &retire).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_migrations_is_assigned_by_migrations_only() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"visibility": "migration_only"})).await.data();
    for (source, status) in [(json!(null), 409), (json!("platform_admin"), 409), (json!("migration"), 200)] {
        let body = json!({"addonKey": "keeper", "status": "active", "source": source});
        let answer = admin.post(&of(1, "addons"), &body).await;
        assert_eq!(answer.status, status, "{source}: {}", answer.text());
        assert_eq!(answer.broken(), if status == 409 { vec!["visibility"] } else { vec![] });
    }
}
