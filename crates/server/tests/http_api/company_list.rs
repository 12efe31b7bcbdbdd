//! The list of companies.

use serde_json::{Value, json};

use crate::support::{Caller, Clocked, Place, company, of};

const LIST: &str = "/internal/companies";

/// Four companies: two of one tour, one that ends soon, one with nothing but an add-on.
async fn fill(admin: &Caller) {
    for (number, name) in [(1, "Ünïted Stages"), (2, "ünïted sounds"), (3, "Venue Ltd")] {
        admin.put(&of(number, "profile"), &json!({"name": name})).await.data();
        admin.post(&of(number, "basic"), &json!({"status": "active"})).await.data();
    }
    let soon = json!({"status": "active", "endsAt": "2190-01-01T00:00:00Z"});
    admin.post(&of(2, "basic"), &soon).await.data();
    admin.post(&of(3, "addons"), &json!({"addonKey": "finance", "status": "trial"})).await.data();
    admin.post(&of(4, "addons"), &json!({"addonKey": "finance", "status": "paused"})).await.data();
}

async fn found(admin: &Caller, query: &str) -> Vec<Value> {
    let data = admin.get(&format!("{LIST}{query}")).await.data();
    data["companies"].as_array().unwrap().iter().map(|one| one["companyId"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn companies_are_found_by_name_identifier_rows_and_ends() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        assert_eq!(found(&admin, "").await, [] as [Value; 0]);
        fill(&admin).await;
        let by_identifier = format!("?query={}", company(4).to_uppercase());
        for (query, expected) in [
            ("", &[1, 2, 3, 4][..]),
            ("?query=%C3%BCn%C3%AFted", &[1, 2]),
            ("?query=VENUE", &[3]),
            (&by_identifier, &[4]),
            ("?query=unknown", &[]),
            ("?package=basic", &[1, 2, 3]),
            ("?addon=finance", &[3, 4]),
            ("?addon=finance&status=paused", &[4]),
            ("?package=basic&addon=finance", &[3]),
            ("?status=trial", &[3]),
            ("?status=trial&package=basic", &[]),
            ("?expiringBefore=2191-01-01T00:00:00Z", &[2]),
            ("?expiringBefore=2189-01-01T00:00:00%2B02:00", &[]),
            ("?query=%C3%BC&expiringBefore=2191-01-01T00:00:00Z", &[2]),
        ] {
            let expected: Vec<Value> = expected.iter().map(|number| json!(company(*number))).collect();
            assert_eq!(found(&admin, query).await, expected, "{query}");
        }
        let one = admin.get(&format!("{LIST}?addon=finance&limit=1")).await.data();
        assert_eq!(one["nextCursor"], company(3));
        let finance =
            json!({"key": "finance", "status": "trial", "startsAt": null, "endsAt": null, "graceEndsAt": null});
        assert_eq!(
            (&one["companies"][0]["name"], &one["companies"][0]["addons"]),
            (&json!("Venue Ltd"), &json!([finance]))
        );
        let next = admin.get(&format!("{LIST}?addon=finance&limit=1&cursor={}", company(3))).await.data();
        assert_eq!((&next["companies"][0]["companyId"], &next["nextCursor"]), (&json!(company(4)), &json!(null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_long_the_pages_are_everyone_is_listed_once_and_in_order() {
    for place in [Place::sqlite().await, Place::postgres().await] {
        let service = place.serve().await;
        let admin = service.admin();
        for number in [5, 2, 7, 1, 6, 3, 4] {
            let body = json!({"addonKey": "finance", "status": if number == 4 { "paused" } else { "active" }});
            admin.post(&of(number, "addons"), &body).await.data();
        }
        for (query, expected) in
            [("", &[1, 2, 3, 4, 5, 6, 7][..]), ("&addon=finance&status=active", &[1, 2, 3, 5, 6, 7])]
        {
            let expected: Vec<Value> = expected.iter().map(|number| json!(company(*number))).collect();
            for limit in 1..=8 {
                let (mut all, mut cursor) = (Vec::new(), String::new());
                loop {
                    let page = admin.get(&format!("{LIST}?limit={limit}{query}{cursor}")).await.data();
                    let found = page["companies"].as_array().unwrap();
                    all.extend(found.iter().map(|one| one["companyId"].clone()));
                    let Some(next) = page["nextCursor"].as_str() else { break };
                    assert_eq!(found.len(), limit, "a page with another behind it is full");
                    cursor = format!("&cursor={next}");
                }
                assert_eq!(all, expected, "{limit} at a time{query}");
            }
            // Whoever asks from a company that is not in the list gets what comes behind it.
            let between = admin.get(&format!("{LIST}?cursor={}{query}", company(4))).await.data();
            let behind: Vec<_> = between["companies"].as_array().unwrap().iter().map(|one| &one["companyId"]).collect();
            assert_eq!(behind, expected[expected.len() - 3..].iter().collect::<Vec<_>>(), "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_named_by_its_other_names_too_and_a_row_shows_as_it_stands() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    admin.patch(&path, &json!({"aliases": ["retention-addon"]})).await.data();
    let until = "2026-05-01T00:00:00Z";
    let body = json!({"addonKey": "keeper", "status": "active", "endsAt": until});
    admin.post(&of(1, "addons"), &body).await.data();

    assert_eq!(found(&admin, "?addon=retention-addon").await, [json!(company(1))]);

    world.set("2026-05-02T00:00:00Z");
    // A write of anything records what has passed.
    admin.put(&of(1, "profile"), &json!({"name": "Late"})).await.data();
    let row = admin.get(LIST).await.data()["companies"][0]["addons"][0].clone();
    assert_eq!((&row["status"], &row["endsAt"]), (&json!("expired"), &json!(until)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_of_the_list_is_refused() {
    let service = Place::sqlite().await.serve().await;
    for (query, field) in [
        ("?query=", "query"),
        ("?package=no-such", "package"),
        ("?addon=No", "addon"),
        ("?status=gone", "status"),
        ("?expiringBefore=soon", "expiringBefore"),
        ("?limit=0", "limit"),
        ("?limit=501", "limit"),
        ("?cursor=5", "cursor"),
        ("?name=x", "name"),
    ] {
        let answer = service.admin().get(&format!("{LIST}{query}")).await;
        assert_eq!((answer.status, answer.broken()), (400, vec![field.to_owned()]), "{query}");
    }
    assert_eq!(service.auth().get(LIST).await.status, 403);
}
