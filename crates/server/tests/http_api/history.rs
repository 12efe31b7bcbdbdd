//! History over HTTP (requirements 004 §15.3).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Clocked, Place, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_history_entry_has_the_shape_of_the_requirements() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "inactive"})).await.data();
    let body = json!({"addonKey": "finance", "status": "active", "source": "platform_admin"});
    admin.ask("POST", &of(1, "addons")).header("X-Actor-Id", "admin_user_uuid").json(&body).send().await.data();

    let answer = admin.get(&of(1, "history")).await;

    assert_eq!(answer.data()["history"][0]["createdAt"], "2026-04-16T05:00:00Z");
    insta::assert_json_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "companyId": "0190a5c2-7c1e-7b3a-9a39-000000000001",
        "history": [
          {
            "changeType": "addon_activated",
            "changedBy": "admin_user_uuid",
            "createdAt": "[instant]",
            "entityKey": "finance",
            "entityType": "addon",
            "id": "[id]",
            "newStatus": "active",
            "previousStatus": "inactive",
            "source": "platform_admin"
          },
          {
            "changeType": "addon_updated",
            "changedBy": "test-admin",
            "createdAt": "[instant]",
            "entityKey": "finance",
            "entityType": "addon",
            "id": "[id]",
            "newStatus": "inactive",
            "previousStatus": null,
            "source": null
          }
        ],
        "nextCursor": null
      },
      "success": true
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_has_its_type() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    for status in ["active", "paused", "trial", "cancelled", "inactive", "active", "expired"] {
        admin.post(&of(1, "basic"), &json!({"status": status})).await.data();
        admin.post(&of(1, "addons"), &json!({"addonKey": "ai", "status": status})).await.data();
    }
    let answer = admin.get(&of(1, "history")).await.data();
    let oldest_first = answer["history"].as_array().unwrap().iter().rev();
    let told: Vec<_> = oldest_first
        .map(|entry| {
            let field = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {}->{}",
                field("changeType"),
                field("entityType"),
                field("entityKey"),
                field("previousStatus"),
                field("newStatus")
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    basic_activated package basic -->active
    addon_activated addon ai -->active
    basic_paused package basic active->paused
    addon_paused addon ai active->paused
    basic_activated package basic paused->trial
    addon_activated addon ai paused->trial
    basic_deactivated package basic trial->cancelled
    addon_deactivated addon ai trial->cancelled
    basic_updated package basic cancelled->inactive
    addon_updated addon ai cancelled->inactive
    basic_activated package basic inactive->active
    addon_activated addon ai inactive->active
    basic_expired package basic active->expired
    addon_expired addon ai active->expired
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_change_stands_in_the_history_of_those_it_reached_and_of_nobody_else() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    admin.post(&of(2, "addons"), &json!({"addonKey": "market", "status": "active"})).await.data();
    let finance = admin.get("/internal/catalog/addons/finance").await.data()["id"].as_str().unwrap().to_owned();
    world.set("2026-04-16T06:00:00Z");
    let body = json!({"moduleKeys": ["finance", "ai"]});
    admin.patch(&format!("/internal/catalog/addons/{finance}"), &body).await.data();

    let types = |answer: Value| {
        let entries = answer["history"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["changeType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let reached = admin.get(&of(1, "history")).await;
    assert_eq!(types(reached.data()), ["catalog_updated", "addon_activated"]);
    assert_eq!(types(admin.get(&of(2, "history")).await.data()), ["addon_activated"]);
    insta::assert_json_snapshot!(reached.shown()["data"]["history"][0], @r#"
    {
      "changeType": "catalog_updated",
      "changedBy": "test-admin",
      "createdAt": "[instant]",
      "entityKey": "finance",
      "entityType": "mapping",
      "id": "[id]",
      "newStatus": null,
      "previousStatus": null,
      "source": null
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_one_another_without_gap_or_overlap_also_while_more_is_written() {
    let service = Place::sqlite().await.serve().await;
    let admin = service.admin();
    let write = async |count: u32| {
        let body = json!({"status": "active", "externalReference": format!("sub_{count}")});
        admin.post(&of(1, "basic"), &body).await.data();
    };
    for count in 0..23 {
        write(count).await;
    }
    let mut seen = Vec::new();
    let mut target = of(1, "history?limit=5");
    while seen.len() < 100 {
        let page = admin.get(&target).await.data();
        let entries = page["history"].as_array().unwrap();
        assert!(entries.len() <= 5);
        seen.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        write(100 + u32::try_from(seen.len()).unwrap()).await;
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        target = of(1, &format!("history?limit=5&cursor={cursor}"));
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
    let all = admin.get(&of(1, "history?limit=500")).await.data();
    let ids = all["history"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned());
    assert_eq!(ids.skip(5).collect::<Vec<_>>(), seen, "newest first, and the pages are a part of the whole");
    assert_eq!(admin.get(&of(1, "history")).await.data()["nextCursor"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_cursors_that_are_none_are_refused() {
    let service = Place::sqlite().await.serve().await;
    service.admin().post(&of(1, "basic"), &json!({"status": "active"})).await.data();
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1e2",
        "limit=99999999999999999999",
        "cursor=",
        "cursor=abc",
        "cursor=1.2.3",
        "cursor=1.2.3.4",
        "cursor=1.1.1.1.1",
        "cursor=-1.1.1.1",
        "cursor=99999999999999999999.1.1.1",
        "cursor=1.1.18446744073709551615.1",
        "cursor=1.1.1.4294967295",
        "cursor=%00",
        "cursor=%ff",
        "limit=5&limit=6",
        "Limit=5",
        "offset=3",
    ] {
        let answer = service.admin().get(&of(1, &format!("history?{query}"))).await;
        assert_eq!((answer.status, answer.error().1.as_str()), (400, "validation_error"), "{query}");
    }
    for query in ["limit=1", "limit=500", "limit=50&cursor=0.0.0.0"] {
        assert_eq!(service.admin().get(&of(1, &format!("history?{query}"))).await.status, 200, "{query}");
    }
}
