//! The list of companies.

use serde_json::{Value, json};

use crate::support::{Caller, Place, company, of};

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
