//! Grants and profiles: what a company has by itself.

use serde_json::json;

use crate::support::{Clocked, company, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_made_listed_and_taken_away() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let body = json!({"moduleKey": "finance", "startsAt": "2026-04-01T00:00:00Z", "endsAt": "2026-05-01T00:00:00Z",
        "reason": "promotion", "source": "campaign"});

    let made = admin.post(&of(1, "grants"), &body).await;

    assert_eq!((made.status, made.version()), (201, 1));
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["enabledModules"], json!(["finance"]));
    let listed = admin.get(&of(1, "grants")).await.data();
    let grant = &listed["grants"][0];
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(grant[field], *value, "{field}");
    }
    assert_eq!((&grant["createdBy"], &grant["featureKey"]), (&json!("test-admin"), &json!(null)));
    world.set("2026-05-01T00:00:00Z");
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["enabledModules"], json!([]), "over at its end");
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 2);
    let path = of(1, &format!("grants/{}", made.data()["id"].as_str().unwrap()));
    assert_eq!(admin.delete(&path).await.status, 200);
    assert_eq!(admin.get(&of(1, "grants")).await.data()["grants"], json!([]));
    assert_eq!(admin.delete(&path).await.outcome(), (404, "not_found".to_owned()));
    let types: Vec<_> = admin.get(&of(1, "history")).await.data()["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["changeType"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["grant_removed", "grant_expired", "grant_added"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_grants_of_a_feature_the_newest_in_force_wins() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let value = async || admin.get(&of(1, "features/storage-gb")).await.data()["value"].clone();
    let grant = async |value: i64, ends_at: Option<&str>| {
        let body = json!({"featureKey": "storage-gb", "value": value, "reason": "x", "endsAt": ends_at});
        admin.post(&of(1, "grants"), &body).await.data();
    };
    grant(5, None).await;
    world.set("2026-04-16T06:00:00Z");
    grant(3, Some("2026-05-01T00:00:00Z")).await;
    assert_eq!(value().await, 3);
    world.set("2026-05-01T00:00:00Z");
    assert_eq!(value().await, 5, "the older one comes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_cannot_be_is_refused_with_every_reason() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for (body, field) in [
        (json!({"reason": "x"}), "featureKey"),
        (json!({"featureKey": "retention", "moduleKey": "ai", "reason": "x"}), "featureKey"),
        (json!({"moduleKey": "ai", "value": true, "reason": "x"}), "value"),
        (json!({"moduleKey": "nowhere", "reason": "x"}), "moduleKey"),
        (json!({"featureKey": "nothing", "reason": "x"}), "featureKey"),
        (json!({"featureKey": "retention", "value": 5, "reason": "x"}), "value"),
        (json!({"featureKey": "storage-gb", "value": true, "reason": "x"}), "value"),
        (json!({"featureKey": "renders", "value": 5, "reason": "x"}), "featureKey"),
        (json!({"featureKey": "retention"}), "reason"),
        (json!({"featureKey": "retention", "reason": " "}), "reason"),
        (json!({"featureKey": "retention", "reason": "x", "endsAt": "2026-04-01T00:00:00Z"}), "endsAt"),
        (json!({"featureKey": "retention", "reason": "x", "endsAt": "2026-04-16T05:00:00Z"}), "endsAt"),
        (
            json!({"featureKey": "retention", "reason": "x", "startsAt": "2027-01-01T00:00:00Z", "endsAt": "2027-01-01T00:00:00Z"}),
            "endsAt",
        ),
        (json!({"featureKey": "Retention", "reason": "x"}), "featureKey"),
        (json!({"featureKey": "storage-gb", "value": -1, "reason": "x"}), "value"),
    ] {
        let answer = admin.post(&of(1, "grants"), &body).await;
        assert_eq!(answer.outcome().0, 400, "{body}");
        assert!(answer.broken().iter().any(|one| one == field), "{body}: {}", answer.text());
    }
    let twice = json!({"featureKey": "nothing", "reason": "x", "endsAt": "2026-04-01T00:00:00Z"});
    assert_eq!(admin.post(&of(1, "grants"), &twice).await.broken(), ["featureKey", "endsAt"]);
    assert_eq!(admin.get(&of(1, "grants")).await.status, 404, "the company is still unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_grant_shows_what_is_owned_before_and_after_and_stores_nothing() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let body = json!({"featureKey": "storage-gb", "value": null, "reason": "x"});

    let dry = admin.post(&of(1, "grants?dryRun=true"), &body).await;

    assert_eq!(dry.status, 200);
    let preview = &dry.json()["preview"];
    assert_eq!(
        (&preview["featuresBefore"]["storage-gb"], &preview["featuresAfter"]["storage-gb"]),
        (&json!(10), &json!(null))
    );
    assert_eq!(preview["before"]["entitlementVersion"], 1);
    assert_eq!(preview["after"]["entitlementVersion"], 2);
    assert_eq!(admin.get(&of(1, "grants")).await.data()["grants"], json!([]));
    let module = json!({"moduleKey": "venue", "reason": "x"});
    let unknown = admin.post(&of(2, "grants?dryRun=true"), &module).await.json();
    assert_eq!(unknown["preview"]["before"], json!(null));
    assert_eq!(unknown["preview"]["after"]["enabledModules"], json!(["venue"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_put_whole_and_moves_no_version() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    admin.post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    let body = json!({"name": "Bühne GmbH", "externalReferences": {"stripe": "cus_1", "whop": "w_2"}});
    assert_eq!(admin.put(&of(1, "profile?dryRun=true"), &body).await.data()["name"], "Bühne GmbH");
    let none = json!({"companyId": company(1), "name": null, "externalReferences": {}});
    assert_eq!(admin.get(&of(1, "profile")).await.data(), none, "a dry run");

    admin.put(&of(1, "profile"), &body).await.data();

    let profile = admin.get(&of(1, "profile")).await.data();
    assert_eq!((&profile["name"], &profile["externalReferences"]), (&body["name"], &body["externalReferences"]));
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
    admin.put(&of(1, "profile"), &json!({})).await.data();
    assert_eq!(admin.get(&of(1, "profile")).await.data(), none, "what is left out is nothing");
    let many: serde_json::Map<_, _> = (0..21).map(|number| (format!("p{number}"), json!("x"))).collect();
    for (body, field) in [
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"externalReferences": many}), "externalReferences"),
        (json!({"externalReferences": {"stripe": ""}}), "externalReferences.stripe"),
        (json!({"nam": "x"}), "nam"),
    ] {
        let answer = admin.put(&of(1, "profile"), &body).await;
        assert_eq!((answer.status, answer.broken()), (400, vec![field.to_owned()]), "{body}");
    }
    assert_eq!(admin.get(&of(3, "profile")).await.status, 404);
}
