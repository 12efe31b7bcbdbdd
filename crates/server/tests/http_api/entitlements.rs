//! What a company owns right now (requirements 004 §3.2, §10, §15.1, §15.2).

use serde_json::{Value, json};

use crate::support::{Clocked, Place, Running, company, of};

const NOW: &str = "2026-04-16T05:00:00Z";

/// Makes what is given active, asks, and gives `hasBasic`, `basePackage`, the add-on keys and the enabled modules.
async fn owned(basic: Option<&str>, addons: &[&str]) -> Value {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    if let Some(status) = basic {
        admin.post(&of(1, "basic"), &json!({"status": status})).await.data();
    }
    for addon in addons {
        admin.post(&of(1, "addons"), &json!({"addonKey": addon, "status": "active"})).await.data();
    }
    let data = world.service.auth().get(&of(1, "entitlements")).await.data();
    let summary = world.service.admin().get(&of(1, "subscription-summary")).await.data();
    let keys: Vec<_> = data["addons"].as_array().unwrap().iter().map(|addon| addon["key"].clone()).collect();
    assert_eq!(summary["addons"], json!(keys));
    for field in ["companyId", "hasBasic", "basePackage", "entitlementVersion"] {
        assert_eq!(summary[field], data[field], "the summary says the same");
    }
    json!([data["hasBasic"], data["basePackage"], keys, data["enabledModules"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_only_is_valid() {
    assert_eq!(owned(Some("active"), &[]).await, json!([true, "basic", [], ["basic"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn finance_only_is_valid() {
    assert_eq!(owned(None, &["finance"]).await, json!([false, null, ["finance"], ["finance"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn market_only_is_valid() {
    assert_eq!(owned(None, &["market"]).await, json!([false, null, ["market"], ["market"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_and_finance_is_valid() {
    assert_eq!(owned(Some("active"), &["finance"]).await, json!([true, "basic", ["finance"], ["basic", "finance"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_and_finance_and_market_is_valid() {
    let expected = json!([true, "basic", ["finance", "market"], ["basic", "finance", "market"]]);
    assert_eq!(owned(Some("active"), &["market", "finance"]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn venue_and_ai_only_is_valid() {
    assert_eq!(owned(None, &["venue", "ai"]).await, json!([false, null, ["ai", "venue"], ["ai", "venue"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_active_basic_but_active_addons_is_valid() {
    for status in ["inactive", "cancelled", "expired", "paused"] {
        let expected = json!([false, null, ["touring"], ["touring"]]);
        assert_eq!(owned(Some(status), &["touring"]).await, expected, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn example_a_basic_inactive_and_finance_and_market_active() {
    let expected = json!([false, null, ["finance", "market"], ["finance", "market"]]);
    assert_eq!(owned(Some("inactive"), &["finance", "market"]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn example_b_basic_active_and_finance_active() {
    let expected = json!([true, "basic", ["finance"], ["basic", "finance"]]);
    assert_eq!(owned(Some("active"), &["finance"]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_entitles_as_active_does() {
    assert_eq!(owned(Some("trial"), &[]).await, json!([true, "basic", [], ["basic"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn entitlements_and_summary_have_the_shape_of_the_requirements() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    let window = |key: &str| json!({"addonKey": key, "status": "active", "startsAt": "2026-04-16T00:00:00Z", "endsAt": "2026-05-16T02:00:00+02:00"});
    admin.post(&of(1, "addons"), &window("market")).await.data();
    admin.post(&of(1, "addons"), &window("finance")).await.data();

    let entitlements = world.service.auth().get(&of(1, "entitlements")).await;
    assert_eq!(entitlements.header("etag"), Some("\"2\""));
    insta::assert_json_snapshot!(entitlements.json(), @r#"
    {
      "data": {
        "addons": [
          {
            "endsAt": "2026-05-16T00:00:00Z",
            "key": "finance",
            "startsAt": "2026-04-16T00:00:00Z",
            "status": "active"
          },
          {
            "endsAt": "2026-05-16T00:00:00Z",
            "key": "market",
            "startsAt": "2026-04-16T00:00:00Z",
            "status": "active"
          }
        ],
        "asOf": "2026-04-16T05:00:00Z",
        "basePackage": null,
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "enabledModules": [
          "finance",
          "market"
        ],
        "entitlementVersion": 2,
        "hasBasic": false,
        "updatedAt": "2026-04-16T05:00:00Z",
        "validUntil": "2026-05-16T00:00:00Z"
      },
      "success": true
    }
    "#);

    let summary = world.service.auth().get(&of(1, "subscription-summary")).await;
    assert_eq!(summary.header("etag"), Some("\"2\""));
    insta::assert_json_snapshot!(summary.json(), @r#"
    {
      "data": {
        "addons": [
          "finance",
          "market"
        ],
        "basePackage": null,
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "entitlementVersion": 2,
        "hasBasic": false,
        "status": "inactive"
      },
      "success": true
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_says_how_basic_stands() {
    let world = Clocked::at(NOW).await;
    let admin = world.service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    let status = async || admin.get(&of(1, "subscription-summary")).await.data()["status"].clone();
    assert_eq!(status().await, "inactive", "no row");

    for word in ["active", "trial", "paused", "cancelled", "expired", "inactive"] {
        admin.post(&of(1, "basic"), &json!({"status": word})).await.data();
        assert_eq!(status().await, word);
    }

    let window = json!({"status": "active", "startsAt": "2026-05-01T00:00:00Z", "endsAt": "2026-06-01T00:00:00Z"});
    admin.post(&of(1, "basic"), &window).await.data();
    assert_eq!(status().await, "inactive", "before its start");
    world.set("2026-05-01T00:00:00Z");
    assert_eq!(status().await, "active");
    world.set("2026-06-01T00:00:00Z");
    assert_eq!(status().await, "expired", "after its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_that_was_never_written_is_not_found() {
    let service = Place::sqlite().await.serve().await;
    for rest in ["entitlements", "subscription-summary", "history"] {
        let error = service.admin().get(&of(9, rest)).await.error();
        assert_eq!(error, (404, "not_found".to_owned(), "company not found".to_owned()), "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_the_same_in_upper_and_lower_case_and_printed_in_lower() {
    let service: Running = Place::sqlite().await.serve().await;
    let id = company(0xabcd);
    let upper = format!("/internal/companies/{}/basic", id.to_uppercase());
    let written = service.admin().post(&upper, &json!({"status": "active"})).await;
    assert_eq!(written.data()["companyId"], json!(id));

    let read = service.auth().get(&upper.replace("/basic", "/entitlements")).await;
    assert_eq!((&read.data()["companyId"], read.version()), (&json!(id), 1));
    assert_eq!(service.auth().get(&of(0xabcd, "entitlements")).await.json(), read.json());
}
