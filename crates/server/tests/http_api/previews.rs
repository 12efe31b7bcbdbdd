//! Previews of catalog changes: whom they touch and how, and a plan that is carried out only as it was shown.

use serde_json::{Value, json};

use crate::support::{Clocked, Place, company, of, shop};

async fn sold() -> Clocked {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    for number in 1..=5 {
        admin.post(&of(number, "packages"), &json!({"packageKey": "premium-market", "status": "active"})).await.data();
    }
    for number in 4..=8 {
        admin.post(&of(number, "addons"), &json!({"addonKey": "market", "status": "active"})).await.data();
    }
    world
}

fn without_market() -> Value {
    json!({"moduleKeys": ["basic"], "permissions": ["basic.vendors.read"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_counts_who_gains_and_loses_what_and_stores_nothing() {
    let world = sold().await;
    let admin = world.service.admin();
    let path = admin.item("packages", "premium-market").await;

    let data = admin.patch(&format!("{path}?dryRun=true"), &without_market()).await.data();

    let impact = &data["impact"];
    assert_eq!((&impact["companies"], &impact["lookedAt"]), (&json!(5), &json!(8)));
    assert_eq!(impact["modules"], json!({"market": {"gained": 0, "lost": 3, "changed": 0}}), "two bought it besides");
    assert_eq!(impact["permissions"]["market.stalls.write"]["lost"], 5);
    assert_eq!(impact["permissions"]["market.*"]["lost"], 3);
    assert_eq!((&impact["features"], &impact["addons"]), (&json!({}), &json!({})));
    let companies: Vec<_> = (1..=5).map(company).collect();
    assert_eq!((&impact["companyIds"], &impact["nextCursor"]), (&json!(companies), &json!(null)));
    assert_eq!(admin.get(&path).await.data()["revision"], 1);
    assert_eq!(admin.get(&of(1, "entitlements")).await.version(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_features_that_change_and_addons_that_stop() {
    let world = sold().await;
    let admin = world.service.admin();
    for addon in ["finance", "ticket-reports"] {
        admin.post(&of(1, "addons"), &json!({"addonKey": addon, "status": "active"})).await.data();
    }
    let path = admin.item("packages", "premium-market").await;
    let features = json!({"features": {"storage-gb": 5, "ticketing-data": true}, "addons": {"venue": "forbidden"}});
    let impact = admin.patch(&format!("{path}?dryRun=true"), &features).await.data()["impact"].clone();
    assert_eq!(impact["features"]["storage-gb"], json!({"gained": 0, "lost": 0, "changed": 5}));
    assert_eq!(impact["features"]["seats"]["lost"], 5);
    assert_eq!(impact["features"]["ticketing-data"]["gained"], 5);
    assert_eq!((&impact["addons"]["ai"]["lost"], &impact["modules"]["ai"]["lost"]), (&json!(5), &json!(5)));
    let reports = admin.item("addons", "ticket-reports").await;
    let narrower = json!({"requires": "feature:ticketing-data"});
    let impact = admin.patch(&format!("{reports}?dryRun=true"), &narrower).await.data()["impact"].clone();
    assert_eq!((&impact["companies"], &impact["addons"]["ticket-reports"]["lost"]), (&json!(1), &json!(1)));
    let words = admin.patch(&format!("{reports}?dryRun=true"), &json!({"name": "Other"})).await.data();
    assert_eq!((&words["impact"]["companies"], &words["changes"].as_array().map(Vec::len)), (&json!(0), &Some(1)));
    let future = json!({"moduleKeys": ["basic"], "permissions": [], "reach": "future"});
    let impact = admin.patch(&format!("{path}?dryRun=true"), &future).await.data()["impact"].clone();
    assert_eq!(impact["companies"], 0, "nobody who has it already");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_touched_companies_page_without_skipping_or_repeating_on_sqlite_too() {
    for embedded in [false, true] {
        let world = Clocked::shop().await;
        let service = if embedded { Place::sqlite().await.serve().await } else { world.service };
        let admin = service.admin();
        admin.post("/internal/catalog/apply", &shop::document()).await.data();
        for number in 1..=7 {
            admin
                .post(&of(number, "packages"), &json!({"packageKey": "premium-market", "status": "active"}))
                .await
                .data();
        }
        let path = admin.item("packages", "premium-market").await;
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let target = format!("{path}?dryRun=true&limit=3{cursor}");
            let impact = admin.patch(&target, &without_market()).await.data()["impact"].clone();
            seen.extend(impact["companyIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
            pages += 1;
            match impact["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((seen, pages), ((1..=7).map(company).collect(), 3), "embedded: {embedded}");
        for query in ["limit=0", "limit=501", "cursor=x"] {
            let answer = admin.patch(&format!("{path}?dryRun=true&{query}"), &without_market()).await;
            assert_eq!(answer.status, 400, "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_kept_while_nothing_moves_and_refuses_once_anything_has() {
    let world = sold().await;
    let admin = world.service.admin();
    let path = admin.item("packages", "premium-market").await;
    let plan = async || {
        let data = admin.patch(&format!("{path}?dryRun=true"), &without_market()).await.data();
        data["planHash"].as_str().unwrap().to_owned()
    };
    let carry_out = async |hash: &str| admin.patch(&format!("{path}?hash={hash}"), &without_market()).await;
    let refused = |answer: &crate::support::Answer| (answer.status, answer.broken());
    let moved = (409, vec!["plan".to_owned()]);

    let first = plan().await;
    assert_eq!(plan().await, first);
    let other = admin.patch(&format!("{path}?hash={first}"), &json!({"moduleKeys": ["market", "basic", "ai"]})).await;
    assert_eq!(refused(&other), moved, "another change");
    admin.post(&of(9, "packages"), &json!({"packageKey": "premium-market", "status": "active"})).await.data();
    assert_eq!(refused(&carry_out(&first).await), moved, "one more company");
    let second = plan().await;
    let keeper = admin.item("addons", "keeper").await;
    admin.patch(&keeper, &json!({"name": "Other"})).await.data();
    assert_eq!(refused(&carry_out(&second).await), moved, "another catalog");
    assert_eq!(refused(&carry_out("no-such-plan").await), moved);
    let third = plan().await;
    assert_eq!(carry_out(&third).await.status, 200);
    assert_eq!(admin.get(&path).await.data()["revision"], 2);
    assert_eq!(admin.get(&of(1, "entitlements")).await.data()["enabledModules"], json!(["basic", "ai"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passed_while_nobody_wrote_is_seen_by_a_preview() {
    let world = Clocked::shop().await;
    let admin = world.service.admin();
    let window = |starts_at: Value, ends_at: Value| json!({"packageKey": "premium-market", "status": "active", "startsAt": starts_at, "endsAt": ends_at});
    admin.post(&of(1, "packages"), &window(json!(null), json!("2026-05-01T00:00:00Z"))).await.data();
    admin.post(&of(2, "packages"), &window(json!("2026-05-01T00:00:00Z"), json!(null))).await.data();
    let path = admin.item("packages", "premium-market").await;
    for (now, touched) in [("2026-04-20T00:00:00Z", 1), ("2026-05-01T00:00:00Z", 2)] {
        world.set(now);
        let impact = admin.patch(&format!("{path}?dryRun=true"), &without_market()).await.data()["impact"].clone();
        assert_eq!((&impact["companies"], &impact["companyIds"]), (&json!(1), &json!([company(touched)])), "{now}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_plans_of_one_catalog_that_are_carried_out_at_once_one_is() {
    let world = sold().await;
    let admin = world.service.admin();
    let path = admin.item("addons", "keeper").await;
    for round in 0..3 {
        let mut plans = Vec::new();
        for number in 1..=12 {
            let body = json!({"features": {"retention": true, "seats": 100 * (round + 1) + number}});
            let told = admin.patch(&format!("{path}?dryRun=true"), &body).await.data();
            plans.push((body, format!("{path}?hash={}", told["planHash"].as_str().unwrap())));
        }
        let carried_out: Vec<_> = plans
            .into_iter()
            .map(|(body, target)| {
                let admin = admin.clone();
                tokio::spawn(async move { admin.patch(&target, &body).await })
            })
            .collect();
        let mut done = 0;
        for answer in carried_out {
            let answer = answer.await.unwrap();
            match answer.status {
                200 => done += 1,
                _ => assert_eq!((answer.status, answer.broken()), (409, vec!["plan".to_owned()])),
            }
        }
        assert_eq!(done, 1, "the others were based on what it has moved");
    }
}
