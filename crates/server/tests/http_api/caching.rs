//! `ETag` and `If-None-Match`: a caller that has the answer is told so, and learns of every change.

use serde_json::json;

use crate::support::{Place, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_has_the_version_is_answered_304_until_it_moves() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let (admin, auth) = (service.admin(), service.auth());
        admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
        let ask = |tag: &str| auth.ask("GET", &of(1, "entitlements")).header("If-None-Match", tag);
        for _ in 0..3 {
            for tag in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
                let answer = ask(tag).send().await;
                assert_eq!((answer.status, answer.header("etag")), (304, Some("\"1\"")), "{tag}");
            }
            for tag in ["\"2\"", "1", "\"\"", "\"1", "nonsense", "\"18446744073709551616\""] {
                assert_eq!(ask(tag).send().await.status, 200, "{tag}");
            }
        }
        let summary = auth.ask("GET", &of(1, "subscription-summary")).header("If-None-Match", "\"1\"").send().await;
        assert_eq!(summary.status, 304);

        admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": "active"})).await.data();
        let changed = ask("\"1\"").send().await;
        assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
        let ai = admin.get("/internal/catalog/addons/ai").await.data()["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/internal/catalog/addons/{ai}"), &json!({"moduleKeys": []})).await.data();
        let changed = ask("\"2\"").send().await;
        assert_eq!((changed.status, changed.header("etag")), (200, Some("\"3\"")));
        assert_eq!(changed.data()["enabledModules"], json!(["basic"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_has_the_same_bytes_while_nothing_changes() {
    let service = Place::sqlite().await.serve().await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let first = service.auth().get(&of(1, "entitlements")).await;
    for caller in [service.auth(), service.job(), service.admin()] {
        assert_eq!(caller.get(&of(1, "entitlements")).await.body, first.body);
    }
    assert!(service.metric("platform_core_entitlement_lookups_total{source=\"memory\"}").await >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_are_counted_by_where_the_answer_came_from() {
    let place = Place::sqlite().await;
    let service = place.serve().await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    service.stop().await;
    let service = place.serve().await;
    let counted = async |source: &str| {
        service.metric(&format!("platform_core_entitlement_lookups_total{{source=\"{source}\"}}")).await
    };
    for company in [1, 1, 1, 2] {
        service.auth().get(&of(company, "entitlements")).await;
    }
    let counts = [counted("database").await, counted("memory").await, counted("unknown").await];
    assert_eq!(counts, [1, 2, 1]);
    assert_eq!(service.metric("platform_core_entitlement_lookup_seconds_count").await, 4);
    assert_eq!(service.metric("platform_core_cached_companies").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_keep_an_answer_is_said_in_every_one() {
    let service = Place::sqlite().await.serve().await;
    let (admin, auth) = (service.admin(), service.auth());
    let kept = |answer: &crate::support::Answer| answer.header("cache-control").map(str::to_owned);
    let (own, nobody) = (Some("private, no-cache".to_owned()), Some("no-store".to_owned()));

    let written = admin.post(&of(1, "basic"), &json!({"status": "active"})).await;
    assert_eq!(kept(&written), nobody, "a write, although it has a version");
    // From the database first, then from memory, whole and not.
    for _ in 0..3 {
        assert_eq!(kept(&auth.get(&of(1, "entitlements")).await), own);
        let unchanged = auth.ask("GET", &of(1, "entitlements")).header("If-None-Match", "\"1\"").send().await;
        assert_eq!((unchanged.status, kept(&unchanged)), (304, own.clone()));
    }
    assert_eq!(kept(&admin.get("/internal/catalog/modules").await), own);
    for target in
        [of(1, "history"), of(2, "entitlements"), "/internal/keys".to_owned(), "/health".to_owned(), "/no".to_owned()]
    {
        assert_eq!(kept(&admin.get(&target).await), nobody, "{target}");
    }
    assert_eq!(kept(&service.nobody().get(&of(1, "entitlements")).await), nobody);
}
