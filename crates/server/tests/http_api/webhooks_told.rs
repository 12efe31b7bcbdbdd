//! What webhook endpoints are told: every change, with everything that the company owns, each endpoint for itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Caller, Place, company, eventually, of,
    receiver::{RECEIVING, Received, Receiver, Reply, make_endpoint},
};

const CHANGED: &str = "company.entitlements_changed";

async fn activate(admin: &Caller, number: u32, addon: &str) -> u64 {
    admin.post(&of(number, "addons"), &json!({ "addonKey": addon, "status": "active" })).await.version()
}

fn told(got: &[Received], number: u32) -> BTreeSet<u64> {
    let of_company = got.iter().map(Received::json).filter(|body| body["data"]["companyId"] == company(number));
    of_company.map(|body| body["data"]["entitlementVersion"].as_u64().expect("a version")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_with_everything_that_the_company_owns() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(204)).await);
    activate(&admin, 1, "finance").await;
    make_endpoint(&admin, &receiver.url(), &[]).await;

    admin.post(&of(1, "basic"), &json!({ "status": "active" })).await.data();

    let got = receiver.until(1).await;
    let body = got[0].json();
    let owned = service.auth().get(&of(1, "entitlements")).await.data();
    assert_eq!(got.len(), 1, "what was before the endpoint is not told");
    assert_eq!(body.as_object().unwrap().len(), 3);
    assert_eq!((&body["type"], &body["timestamp"]), (&json!(CHANGED), &owned["updatedAt"]));
    assert_eq!(body["data"]["companyId"], owned["companyId"]);
    assert_eq!(body["data"]["entitlementVersion"], owned["entitlementVersion"]);
    let without_as_of = |mut view: Value| {
        view.as_object_mut().unwrap().remove("asOf").expect("it is there");
        view
    };
    assert_eq!(without_as_of(body["data"]["entitlements"].clone()), without_as_of(owned));
    assert_eq!(got[0].header("content-type"), "application/json");
    assert!(got[0].header("user-agent").starts_with("platform-core/"));
    let id = got[0].header("webhook-id");
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_endpoint_is_told_what_it_chose_and_the_catalog_once() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let admin = service.admin();
    let [everything, companies, catalog] = [
        Receiver::start(Reply::Status(200)).await,
        Receiver::start(Reply::Status(200)).await,
        Receiver::start(Reply::Status(200)).await,
    ];
    for (receiver, events) in [(&everything, &[][..]), (&companies, &[CHANGED]), (&catalog, &["catalog.changed"])] {
        make_endpoint(&admin, &receiver.url(), events).await;
    }

    for number in 1..=3 {
        activate(&admin, number, "finance").await;
    }
    let module = json!({ "key": "shop", "name": "Shop", "type": "addon" });
    let generation = admin.post("/internal/catalog/modules", &module).await;
    assert_eq!(generation.status, 201);

    let told_catalog = catalog.until(1).await;
    let told_all = everything.until(4).await;
    let told_companies = companies.until(3).await;
    let body = told_catalog[0].json();
    assert_eq!(body["type"], "catalog.changed");
    let modules = admin.get("/internal/catalog/modules").await;
    assert_eq!(format!("\"{}\"", body["data"]["generation"]), modules.header("etag").expect("a generation"));
    assert_eq!((told_catalog.len(), told_all.len(), told_companies.len()), (1, 4, 3));
    assert!(told_companies.iter().all(|received| received.event() == CHANGED));
    let ids: BTreeSet<_> = [told_catalog, told_all, told_companies]
        .iter()
        .flatten()
        .map(|received| received.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 8, "every delivery has an id of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_never_answers_delays_no_other() {
    let settings = [RECEIVING.as_slice(), &[("OUTGOING_WEBHOOKS__TIMEOUT_MS", "60000")]].concat();
    let service = Place::sqlite().await.serve_with(&settings).await;
    let (admin, quick, slow) =
        (service.admin(), Receiver::start(Reply::Status(200)).await, Receiver::start(Reply::Silence).await);
    make_endpoint(&admin, &slow.url(), &[]).await;
    make_endpoint(&admin, &quick.url(), &[]).await;

    let mut versions = BTreeSet::new();
    for addon in ["finance", "market", "touring", "venue"] {
        for status in ["active", "paused", "inactive"] {
            let body = json!({ "addonKey": addon, "status": status });
            versions.insert(admin.post(&of(1, "addons"), &body).await.version());
        }
    }

    // The slow one still holds each of its places with its first attempts when the other one has everything.
    eventually("all changes", async || told(&quick.received(), 1).contains(versions.last().unwrap())).await;
    assert_eq!(quick.until(versions.len()).await.len(), versions.len());
    eventually("its places are taken", async || slow.received().len() >= 4).await;
    assert_eq!(slow.received().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_never_older_than_what_happened() {
    let service = Place::sqlite().await.serve_with(&RECEIVING).await;
    let (admin, receiver) = (service.admin(), Receiver::start(Reply::Status(500)).await);
    let made = make_endpoint(&admin, &receiver.url(), &[]).await;
    let first = activate(&admin, 1, "finance").await;
    receiver.until(1).await;
    let last = activate(&admin, 1, "market").await;

    receiver.set(Reply::Status(200));

    eventually("everything is taken", async || {
        made.deliveries(&admin).await.iter().all(|delivery| delivery["status"] == "delivered")
    })
    .await;
    for delivery in made.deliveries(&admin).await {
        let caused = delivery["entitlementVersion"].as_u64().unwrap();
        let versions: Vec<u64> = delivery["attemptLog"]
            .as_array()
            .unwrap()
            .iter()
            .map(|attempt| attempt["version"].as_u64().unwrap())
            .collect();
        assert!(versions.iter().all(|version| *version >= caused), "{delivery}");
        assert!(versions.is_sorted() && versions.last() == Some(&last), "{delivery}");
        assert!(caused == first || caused == last);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_share_a_database_tell_everything_once() {
    let place = Place::postgres().await;
    let (one, two) = (place.serve_with(&RECEIVING).await, place.serve_with(&RECEIVING).await);
    let receiver = Receiver::start(Reply::Status(200)).await;
    make_endpoint(&one.admin(), &receiver.url(), &[]).await;

    let mut expected = 0;
    for number in 1..=8 {
        for addon in ["finance", "market", "touring"] {
            let node = if expected % 2 == 0 { &one } else { &two };
            activate(&node.admin(), number, addon).await;
            expected += 1;
        }
    }

    let got = receiver.until(expected).await;
    for number in 1..=8 {
        assert!(told(&got, number).contains(&3), "company {number}");
    }
    let made: Value = one.admin().get("/internal/webhook-endpoints").await.data();
    let id = made["webhookEndpoints"][0]["id"].as_str().unwrap().to_owned();
    eventually("nothing waits", async || {
        let path = format!("/internal/webhook-endpoints/{id}/deliveries?status=pending");
        two.admin().get(&path).await.data()["deliveries"] == json!([])
    })
    .await;
    let got = receiver.received();
    let ids: BTreeSet<_> = got.iter().map(|received| received.header("webhook-id")).collect();
    assert_eq!((got.len(), ids.len()), (expected, expected), "as long as no node dies, each is sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_restored_tells_that_events_are_missing() {
    let place = Place::postgres().await;
    let service = place.serve_with(&RECEIVING).await;
    let receiver = Receiver::start(Reply::Status(200)).await;
    make_endpoint(&service.admin(), &receiver.url(), &["catalog.changed"]).await;

    place.cluster().sql("core", "UPDATE feed_state SET epoch = gen_random_uuid()").unwrap();

    let got = receiver.until(1).await;
    assert_eq!((got[0].event().as_str(), &got[0].json()["data"]), ("events.missed", &json!({})));
    let module = json!({ "key": "shop", "name": "Shop", "type": "addon" });
    assert_eq!(service.admin().post("/internal/catalog/modules", &module).await.status, 201);
    assert_eq!(receiver.until(2).await[1].event(), "catalog.changed");
}
