//! Eligibility, features, explanations and batches.

use serde_json::{Value, json};

use crate::support::{Clocked, company, of};

async fn owner_of_everything() -> Clocked {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "packages"), &json!({"packageKey": "premium-market", "status": "active"})).await.data();
    let storage = json!({"addonKey": "extra-storage", "status": "active", "quantity": 3});
    admin.post(&of(1, "addons"), &storage).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    world
}

fn feature<'a>(data: &'a Value, key: &str) -> &'a Value {
    data["features"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn eligibility_is_asked_for_by_itself_and_never_stands_in_the_entitlements() {
    let world = owner_of_everything().await;
    let auth = world.service.auth();
    let eligible = auth.get(&of(1, "eligibility")).await.data();
    assert_eq!(eligible["permissionFamilies"], json!(["ai.*", "basic.*", "market.*"]));
    assert_eq!(eligible["permissions"], json!(["basic.vendors.read", "market.stalls.write"]));
    assert_eq!(eligible["entitlementVersion"], 3);
    for rest in ["entitlements", "subscription-summary"] {
        let text = world.service.admin().get(&of(1, rest)).await.text();
        assert!(!text.contains("ermission") && !text.contains("vendors"), "{text}");
    }
    assert_eq!(auth.get(&of(2, "eligibility")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_add_up_by_quantity_or_take_the_highest_and_toggles_are_on() {
    let world = owner_of_everything().await;
    let auth = world.service.auth();

    let data = auth.get(&of(1, "features")).await.data();

    assert_eq!(feature(&data, "storage-gb")["value"], 100 + 3 * 50);
    assert_eq!(feature(&data, "storage-gb")["unit"], "GB");
    assert_eq!(feature(&data, "seats")["value"], 9, "the highest: 3 times 3");
    assert_eq!(feature(&data, "retention")["value"], true);
    let sources = feature(&data, "storage-gb")["sources"].as_array().unwrap();
    let sources: Vec<_> = sources.iter().map(|one| json!([one["kind"], one["key"], one["value"]])).collect();
    assert_eq!(sources, [json!(["package", "premium-market", 100]), json!(["addon", "extra-storage", 150])]);
    let one = auth.get(&of(1, "features/storage-gb")).await.data();
    assert_eq!(one, *feature(&data, "storage-gb"));
    for (key, none) in [("ticketing-data", json!(false)), ("renders", json!(0))] {
        let lacking = auth.get(&of(1, &format!("features/{key}"))).await.data();
        assert_eq!((&lacking["value"], &lacking["sources"]), (&none, &json!([])), "{key}");
    }
    assert_eq!(auth.get(&of(1, "features/no-such")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn unlimited_beats_every_number_and_a_grant_beats_all() {
    let world = owner_of_everything().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "extra-storage").await;
    admin.patch(&path, &json!({"features": {"storage-gb": null}})).await.data();
    assert_eq!(admin.get(&of(1, "features/storage-gb")).await.data()["value"], json!(null));
    let body = json!({"featureKey": "storage-gb", "value": 7, "reason": "downgraded by hand"});
    admin.post(&of(1, "grants"), &body).await.data();
    let now = admin.get(&of(1, "features/storage-gb")).await.data();
    let sources = now["sources"].as_array().unwrap();
    let kinds: Vec<_> = sources.iter().map(|source| source["kind"].as_str().unwrap()).collect();
    assert_eq!((&now["value"], kinds), (&json!(7), vec!["package", "addon", "grant"]), "what it overrides is told too");
    assert_eq!(sources[2]["reason"], "downgraded by hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_gives_row_revision_window_and_writer_of_everything_that_is_on() {
    let world = owner_of_everything().await;
    let data = world.service.auth().get(&of(1, "explain?module=market")).await.data();

    let asked = &data["asked"];
    assert_eq!((&asked["kind"], &asked["key"], &asked["has"]), (&json!("module"), &json!("market"), &json!(true)));
    let source = &asked["sources"][0];
    assert_eq!((&source["kind"], &source["key"]), (&json!("package"), &json!("premium-market")));
    assert_eq!((&source["revision"], &source["by"]), (&json!(1), &json!("test-admin")));
    assert_eq!(source["since"], "2026-04-16T05:00:00Z");
    let enabled: Vec<_> = data["enabled"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    for key in ["basic", "ai", "market", "basic.vendors.read", "storage-gb", "retention"] {
        assert!(enabled.contains(&key), "{key}: {enabled:?}");
    }
    let ai = data["enabled"].as_array().unwrap().iter().find(|one| one["key"] == "ai").unwrap();
    assert_eq!(
        (&ai["sources"][0]["kind"], &ai["sources"][0]["includedBy"]),
        (&json!("addon"), &json!("premium-market"))
    );
    assert_eq!(data["stopped"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_says_what_would_make_true_what_is_not() {
    let world = owner_of_everything().await;
    let admin = world.service.admin();
    let later = json!({"addonKey": "touring", "status": "active", "startsAt": "2027-01-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &later).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "cancelled"})).await.data();
    let told = async |query: &str| {
        let asked = admin.get(&of(1, &format!("explain?{query}"))).await.data()["asked"].clone();
        assert_eq!(asked["has"], false, "{query}");
        asked["considered"].to_string()
    };
    let finance = told("module=finance").await;
    assert!(
        finance.contains("its status is cancelled")
            && finance.contains("assign add-on finance: nothing stands in the way"),
        "{finance}"
    );
    let touring = told("module=touring").await;
    assert!(touring.contains("it begins at 2027-01-01T00:00:00Z"), "{touring}");
    let venue = told("module=venue").await;
    assert!(
        venue.contains("forbids add-on `venue`, so that package must be left first; then assign add-on venue")
            && venue.contains("does not have it"),
        "{venue}"
    );
    let permission = told("permission=finance.ticketing.read").await;
    assert!(permission.contains("ticket-reports"), "{permission}");
    let module = admin.get("/internal/catalog/modules/market").await.data()["id"].as_str().unwrap().to_owned();
    admin.patch(&format!("/internal/catalog/modules/{module}"), &json!({"isActive": false})).await.data();
    let market = told("module=market").await;
    assert!(market.contains("switched off for everyone") && market.contains("switch module market on"), "{market}");
    for (query, status) in [
        ("module=no-such", 404),
        ("feature=no-such", 404),
        ("permission=no.such", 404),
        ("module=No", 400),
        ("module=ai&feature=seats", 400),
        ("modul=ai", 400),
    ] {
        assert_eq!(admin.get(&of(1, &format!("explain?{query}"))).await.status, status, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_grant_withholds_is_explained_by_the_grant_and_the_advice_begins_with_it() {
    let world = owner_of_everything().await;
    let admin = world.service.admin();
    let grant = async |value: u32| {
        let body = json!({"featureKey": "seats", "value": value, "reason": "x"});
        admin.post(&of(1, "grants"), &body).await.data()["id"].as_str().unwrap().to_owned()
    };
    let (older, newer) = (grant(4).await, grant(0).await);

    let asked = admin.get(&of(1, "explain?feature=seats")).await.data()["asked"].clone();

    assert_eq!((&asked["has"], &asked["value"]), (&json!(false), &json!(0)));
    let counts = |one: &Value| (one["kind"].as_str().unwrap_or_default().to_owned(), one["counts"].clone());
    let counts: Vec<_> = asked["sources"].as_array().unwrap().iter().map(counts).collect();
    assert!(counts.len() > 1 && counts.iter().all(|(kind, counts)| *counts == json!(kind == "grant")), "{asked:#}");
    let considered = asked["considered"].as_array().unwrap();
    let told = |what: &str| considered.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{asked:#}"));
    assert_eq!(told(&format!("grant {newer}"))["whatToDo"], format!("remove grant {newer}, or grant another value"));
    assert_eq!(told(&format!("grant {older}"))["whyNot"], "a newer grant stands in its place");
    for one in considered.iter().filter(|one| one["what"] != format!("grant {newer}")) {
        let advice = one["whatToDo"].as_str().unwrap();
        assert!(advice.starts_with(&format!("remove grant {newer}; then ")), "{one}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_for_everyone_is_the_first_advice() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let id = admin.get("/internal/catalog/modules/finance").await.data()["id"].as_str().unwrap().to_owned();
    admin.patch(&format!("/internal/catalog/modules/{id}"), &json!({"isActive": false})).await.data();

    let asked = admin.get(&of(1, "explain?module=finance")).await.data()["asked"].clone();

    let considered = asked["considered"].as_array().unwrap();
    let addon = considered.iter().find(|one| one["what"] == "add-on finance").unwrap();
    let advice = "switch module finance on in the catalog; then assign add-on finance: nothing stands in the way";
    assert_eq!(addon["whatToDo"], advice);
}

/// Packages and add-ons that stand in each other's way.
fn rivals() -> Value {
    json!({
        "packages": {
            "stage": {"name": "Stage", "moduleKeys": ["venue"], "requiresBasePackage": true},
            "rival": {"name": "Rival", "moduleKeys": ["basic", "touring"]}
        },
        "addons": {
            "nearby": {"name": "Nearby", "moduleKeys": ["touring"], "conflictsWith": ["addon:keeper"]},
            "hidden": {"name": "Hidden", "moduleKeys": ["touring"], "isActive": false},
            "guarded": {"name": "Guarded", "moduleKeys": ["touring"], "governance": {"assigners": ["anna"]}}
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_advice_for_what_is_absent_can_be_followed() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post("/internal/catalog/apply", &rivals()).await.data();
    for number in [1, 2] {
        admin.post(&of(number, "addons"), &json!({"addonKey": "keeper", "status": "active"})).await.data();
    }
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let advice = async |number: u32, query: &str, what: &str| {
        let asked = admin.get(&of(number, &format!("explain?{query}"))).await.data()["asked"].clone();
        let considered = asked["considered"].as_array().unwrap().clone();
        let one = considered.iter().find(|one| one["what"] == what);
        one.unwrap_or_else(|| panic!("{what}: {asked:#}"))["whatToDo"].as_str().unwrap().to_owned()
    };

    for (number, query, what, expected) in [
        (
            1,
            "module=market",
            "package premium-market",
            "change the package to premium-market (change-package), an upgrade",
        ),
        (2, "module=market", "package premium-market", "assign package premium-market: nothing stands in the way"),
        (1, "module=touring", "package rival", "package rival would be a second base package"),
        (1, "module=venue", "package stage", "assign package stage: nothing stands in the way"),
        (
            2,
            "module=venue",
            "package stage",
            "first assign a base package (package basic or package premium-market or package rival); then",
        ),
        (
            1,
            "module=touring",
            "add-on nearby",
            "which the company has had for longer, so that must end first; then assign add-on nearby",
        ),
        (1, "module=touring", "add-on hidden", "add-on hidden is inactive and not sold now; activate it first"),
        (1, "module=touring", "add-on guarded", "assign add-on guarded on behalf of anna: nothing"),
        (
            2,
            "permission=finance.ticketing.read",
            "add-on ticket-reports",
            "has package basic or package premium-market; add-on",
        ),
        (1, "permission=finance.ticketing.read", "add-on ticket-reports", "requires"),
    ] {
        let told = advice(number, query, what).await;
        assert!(told.contains(expected), "{number} {query}: {told}");
    }
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    assert_eq!(
        advice(1, "permission=finance.ticketing.read", "add-on ticket-reports").await,
        "assign add-on ticket-reports: nothing stands in the way"
    );
    admin.post(&of(1, "addons"), &json!({"addonKey": "ticket-reports", "status": "active"})).await.data();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "cancelled"})).await.data();
    let stopped = advice(1, "permission=finance.ticketing.read", "add-on ticket-reports").await;
    assert!(stopped.starts_with("see that the company has what it requires: "), "{stopped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_family_and_an_alias_of_a_key_stand_beside_the_new_ones() {
    let world = owner_of_everything().await;
    let admin = world.service.admin();
    let id = admin.get("/internal/catalog/modules/basic").await.data()["id"].as_str().unwrap().to_owned();
    let renamed = json!({"namespace": "promoter", "namespaceAliases": ["basic"]});
    admin.patch(&format!("/internal/catalog/modules/{id}"), &renamed).await.data();
    let families = admin.get(&of(1, "eligibility")).await.keys("permissionFamilies");
    assert!(families.contains(&"promoter.*".to_owned()) && families.contains(&"basic.*".to_owned()), "{families:?}");
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"aliases": ["retention-addon"]})).await.data();
    let by_alias = json!({"addonKey": "retention-addon", "status": "active"});
    admin.post(&of(2, "addons"), &by_alias).await.data();
    assert_eq!(admin.get(&of(2, "entitlements")).await.keys("addons"), ["keeper"]);
    for found in ["addons/retention-addon", "addons/retention-addon/revisions", "addons/retention-addon/completeness"] {
        assert_eq!(admin.get(&format!("/internal/catalog/{found}")).await.status, 200, "{found}");
    }
    admin.patch(&format!("/internal/catalog/modules/{id}"), &json!({"aliases": ["promoter"]})).await.data();
    assert_eq!(admin.get("/internal/catalog/modules/promoter").await.data()["key"], "basic");
    let asked = admin.get(&of(1, "explain?module=promoter")).await.data()["asked"].clone();
    assert_eq!((&asked["key"], &asked["has"]), (&json!("basic"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_for_each_company_in_the_order_asked() {
    let world = owner_of_everything().await;
    let auth = world.service.auth();
    let ask = async |ids: Vec<Value>| auth.post("/internal/entitlements/batch", &json!({"companyIds": ids})).await;

    let data = ask(vec![json!(company(2)), json!(company(1)), json!(company(2))]).await.data();

    let entries = data["companies"].as_array().unwrap();
    let ids: Vec<_> = entries.iter().map(|entry| entry["companyId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [company(2), company(1), company(2)]);
    assert_eq!(entries[0]["error"]["code"], "not_found");
    let alone = auth.get(&of(1, "entitlements")).await.data();
    assert_eq!(entries[1]["entitlements"], alone);
    for (ids, field) in [
        (vec![], "companyIds"),
        (vec![json!(company(1)); 1_001], "companyIds"),
        (vec![json!(company(1)), json!("00000000-0000-0000-0000-000000000000")], "companyIds[1]"),
        (vec![json!(company(1)), json!(format!("urn:uuid:{}", company(2)))], "companyIds[1]"),
        (vec![json!(company(1).replace('-', ""))], "companyIds[0]"),
        (vec![json!(format!("{{{}}}", company(1)))], "companyIds[0]"),
    ] {
        let answer = ask(ids).await;
        assert_eq!((answer.status, answer.broken()), (400, vec![field.to_owned()]));
    }
    assert_eq!(ask(vec![json!(company(1)); 1_000]).await.data()["companies"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(ask(vec![json!("cmp_001")]).await.status, 400);
}
