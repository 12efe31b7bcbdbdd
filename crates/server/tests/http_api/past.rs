//! As-of: what was answered is answered again, to the byte; what will be is what comes; and the boundaries ahead.

use serde_json::{Value, json};
use store::model::{Clock, SystemClock};

use crate::support::{Clocked, Place, Running, eventually, of};

/// A small generator of numbers, so that a run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

const COMPANIES: u32 = 4;
const ADDONS: [&str; 4] = ["finance", "ai", "venue", "market"];

fn date(micros: i64) -> String {
    api::Instant::from_micros(micros).unwrap().to_string()
}

/// A write of a company: a row with some window around now, on a grid so wide.
async fn write_company(service: &Running, random: &mut Random, now: i64, grid: i64) {
    let whose = 1 + u32::try_from(random.below(COMPANIES.into())).unwrap();
    let mut window = |chance: u64| match random.below(chance) {
        0 => json!(date(now + i64::try_from(random.below(20)).unwrap() * grid - 4 * grid)),
        1 => json!(null),
        _ => json!(date(now + i64::try_from(random.below(40)).unwrap() * grid + grid)),
    };
    let (starts_at, ends_at) = (window(4), window(5));
    let status =
        ["active", "active", "active", "trial", "paused", "cancelled"][usize::try_from(random.below(6)).unwrap()];
    let admin = service.admin();
    match random.below(9) {
        6 => {
            let key = ["basic", "premium-market"][usize::try_from(random.below(2)).unwrap()];
            drop(admin.post(&of(whose, "change-package"), &json!({"packageKey": key})).await);
        }
        7 => {
            let key = ["basic", "premium-market"][usize::try_from(random.below(2)).unwrap()];
            let mut body = json!({"packageKey": key, "deactivateInvalidated": true});
            if ends_at.is_string() {
                body["effectiveAt"] = ends_at;
            }
            drop(admin.post(&of(whose, "change-package"), &body).await);
        }
        8 => {
            let body = json!({"name": format!("Name {}", random.below(1_000)), "externalReferences": {}});
            drop(admin.ask("PUT", &of(whose, "profile")).json(&body).send().await);
        }
        0 => drop(
            admin.post(&of(whose, "basic"), &json!({"status": status, "startsAt": starts_at, "endsAt": ends_at})).await,
        ),
        1 => {
            let body = json!({"moduleKey": "venue", "endsAt": ends_at, "reason": "a gift"});
            drop(admin.post(&of(whose, "grants"), &body).await);
        }
        2 => drop(admin.post(&of(whose, "repair"), &Value::Null).await),
        _ => {
            let key = ADDONS[usize::try_from(random.below(4)).unwrap()];
            let body = json!({"addonKey": key, "status": status, "startsAt": starts_at, "endsAt": ends_at, "quantity": 1 + random.below(3)});
            drop(admin.post(&of(whose, "addons"), &body).await);
        }
    }
}

/// Makes a second package with a base module, and lets companies go there and back.
async fn open_ways(service: &Running) {
    let admin = service.admin();
    let second = json!({"key": "premium-market", "name": "Premium Market", "moduleKeys": ["basic", "market"]});
    admin.post("/internal/catalog/packages", &second).await.data();
    for (from, field, to) in
        [("basic", "upgradeTargets", "premium-market"), ("premium-market", "downgradeTargets", "basic")]
    {
        let target = admin.item("packages", from).await;
        admin.patch(&target, &json!({field: [to]})).await.data();
    }
    for whose in [1, 2] {
        admin.post(&of(whose, "basic"), &json!({"status": "active"})).await.data();
    }
}

/// Whether a company's history tells of a change of package.
async fn has_changed_package(service: &Running, whose: u32) -> bool {
    service.admin().get(&of(whose, "history?limit=500")).await.text().contains("package_changed")
}

/// A write of the catalog: another meaning of an add-on or a module.
async fn write_catalog(service: &Running, random: &mut Random) {
    let admin = service.admin();
    let addons = admin.get("/internal/catalog/addons").await.data();
    let place = usize::try_from(random.below(4)).unwrap();
    let addon = addons["addons"].as_array().unwrap().iter().find(|addon| addon["key"] == ADDONS[place]).unwrap();
    let target = format!("/internal/catalog/addons/{}", addon["id"].as_str().unwrap());
    let other = ADDONS[usize::try_from(random.below(4)).unwrap()];
    let reach = if random.below(3) == 0 { "future" } else { "existing" };
    let body = match random.below(4) {
        0 => json!({"name": format!("Name {}", random.below(1_000))}),
        1 => json!({"moduleKeys": [ADDONS[place]], "reach": reach}),
        _ if other == ADDONS[place] => json!({"description": format!("{}", random.below(1_000))}),
        _ => json!({"moduleKeys": [ADDONS[place], other], "reach": reach}),
    };
    drop(admin.patch(&target, &body).await);
    if random.below(4) == 0 {
        let modules = admin.get("/internal/catalog/modules").await.data();
        let module = modules["modules"].as_array().unwrap().iter().find(|module| module["key"] == other).unwrap();
        let target = format!("/internal/catalog/modules/{}", module["id"].as_str().unwrap());
        drop(admin.patch(&target, &json!({"isActive": random.below(2) == 0})).await);
    }
}

/// Plays a long random run with the sweeper on, records answers, and asks for them again.
async fn what_was_answered_is_answered_again(steps: u32, seed: u64) {
    let world = Clocked::with("2026-04-16T05:00:00Z", &[("SWEEP__EVERY_MS", "3")]).await;
    let (service, auth) = (&world.service, world.service.auth());
    let mut random = Random(seed);
    let mut now = world.clock.now().micros();
    let mut recorded: Vec<(String, u16, String)> = Vec::new();
    open_ways(service).await;
    for step in 0..steps {
        now += 1 + i64::try_from(random.below(2_000_000_000)).unwrap();
        world.clock.set(domain::Timestamp::clamped(now));
        match random.below(5) {
            0 => write_catalog(service, &mut random).await,
            1 => {}
            _ => write_company(service, &mut random, now, 500_000_000).await,
        }
        // A moment later, so that nothing is written at the very instant of an answer that came before it.
        now += 1;
        world.clock.set(domain::Timestamp::clamped(now));
        let whose = 1 + step % COMPANIES;
        for route in ["entitlements", "eligibility"] {
            let read = auth.get(&of(whose, route)).await;
            // What came from memory was answered at the instant that it names.
            let at = match read.status {
                200 if route == "entitlements" => read.data()["asOf"].as_str().unwrap().to_owned(),
                _ => date(now),
            };
            recorded.push((of(whose, &format!("{route}?at={at}")), read.status, read.text()));
        }
    }
    now += 1_000_000;
    world.clock.set(domain::Timestamp::clamped(now));

    assert!(recorded.len() >= usize::try_from(steps).unwrap());
    assert!(has_changed_package(service, 1).await || has_changed_package(service, 2).await, "seed {seed}");
    for (target, status, text) in &recorded {
        let again = auth.get(target).await;
        assert_eq!(again.status, *status, "{target} (seed {seed})");
        if *status == 200 {
            assert_eq!(again.text(), *text, "{target} (seed {seed})");
        }
    }
    let found = store::verify(&*world.store).await.unwrap();
    assert_eq!(found.breaches, [], "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_random_run_is_answered_again_to_the_byte() {
    for seed in [1, 7, 2_026] {
        what_was_answered_is_answered_again(250, seed).await;
    }
}

/// The same by the clock of a real store, in tenths of seconds: what is recorded is recorded under the instant that the answer names.
async fn what_a_store_answered_is_answered_again(place: Place, steps: u32, seed: u64) {
    let service = place.serve_with(&[("SWEEP__EVERY_MS", "3")]).await;
    let (auth, mut random) = (service.auth(), Random(seed));
    let mut recorded: Vec<(String, String)> = Vec::new();
    open_ways(&service).await;
    for step in 0..steps {
        let now = SystemClock.now().micros();
        match random.below(6) {
            0 => write_catalog(&service, &mut random).await,
            1 => {}
            _ => write_company(&service, &mut random, now, 3_000).await,
        }
        let whose = 1 + step % COMPANIES;
        let read = auth.get(&of(whose, "entitlements")).await;
        if read.status == 200 {
            let at = read.data()["asOf"].as_str().unwrap().to_owned();
            recorded.push((of(whose, &format!("entitlements?at={at}")), read.text()));
        }
    }
    let store_is_beyond = SystemClock.now().micros();
    eventually("the clock goes on", async || SystemClock.now().micros() > store_is_beyond + 1_000).await;

    assert!(recorded.len() > 100, "{}", recorded.len());
    for (target, text) in &recorded {
        assert_eq!(auth.get(target).await.text(), *text, "{target} (seed {seed})");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_answers_again_what_it_answered() {
    what_a_store_answered_is_answered_again(Place::sqlite().await, 300, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_answers_again_what_it_answered() {
    what_a_store_answered_is_answered_again(Place::postgres().await, 300, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_begins_with_the_first_write_and_counts_it() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active"})).await.data();
    world.set("2026-04-17T00:00:00Z");
    admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "cancelled"})).await.data();
    world.set("2026-04-18T00:00:00Z");

    let at = |instant: &str| of(1, &format!("entitlements?at={instant}"));
    assert_eq!(auth.get(&at("2026-04-16T04:59:59.999999Z")).await.status, 404);
    let first = auth.get(&at("2026-04-16T05:00:00Z")).await;
    assert_eq!((first.version(), first.data()["enabledModules"].clone()), (1, json!(["finance"])));
    assert_eq!(auth.get(&at("2026-04-16T23:59:59.999999Z")).await.version(), 1);
    assert_eq!(auth.get(&at("2026-04-17T00:00:00Z")).await.version(), 2);
    assert_eq!(auth.get(&of(9, "entitlements?at=2026-04-17T00:00:00Z")).await.status, 404);
    for wrong in ["yesterday", "", "2026-04-17", "2026-04-17T00:00:00"] {
        assert_eq!(auth.get(&at(wrong)).await.error().1, "validation_error", "{wrong}");
    }
    let both = auth.get(&at("2026-04-17T00:00:00Z&atLeastVersion=2")).await;
    assert_eq!(both.error().1, "validation_error", "one is about now, the other about then");
    let explained = auth.get(&of(1, "explain?module=finance&at=2026-04-16T12:00:00Z")).await.data();
    assert_eq!(explained["asked"]["has"], true);
    assert_eq!(auth.get(&of(1, "explain?module=finance")).await.data()["asked"]["has"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_be_is_what_comes() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let body = json!({"addonKey": "ai", "status": "active", "startsAt": "2026-05-01T00:00:00Z", "endsAt": "2026-06-01T00:00:00Z"});
    admin.post(&of(1, "addons"), &body).await.data();
    let mut foretold = Vec::new();
    for instant in
        ["2026-04-30T00:00:00Z", "2026-05-01T00:00:00Z", "2026-05-31T23:59:59.999999Z", "2026-06-01T00:00:00Z"]
    {
        foretold.push((instant, auth.get(&of(1, &format!("entitlements?at={instant}"))).await.text()));
    }
    for (instant, text) in foretold {
        let later = world.again(instant).await;
        assert_eq!(later.auth().get(&of(1, "entitlements")).await.text(), text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_tells_every_boundary_and_what_it_changes() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let (admin, auth) = (world.service.admin(), world.service.auth());
    let (start, middle, end) = ("2026-05-01T00:00:00Z", "2026-05-15T00:00:00Z", "2026-06-01T00:00:00Z");
    admin.post(&of(1, "basic"), &json!({"status": "active", "endsAt": end})).await.data();
    let body = json!({"addonKey": "ai", "status": "active", "startsAt": start, "endsAt": end});
    admin.post(&of(1, "addons"), &body).await.data();
    admin.post(&of(1, "grants"), &json!({"moduleKey": "venue", "endsAt": middle, "reason": "a gift"})).await.data();

    let told = auth.get(&of(1, "timeline")).await.data();

    let moments: Vec<(String, u64, Value, Value)> = told["moments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| {
            let at = moment["at"].as_str().unwrap().to_owned();
            (
                at,
                moment["entitlementVersion"].as_u64().unwrap(),
                moment["gains"]["modules"].clone(),
                moment["losses"]["modules"].clone(),
            )
        })
        .collect();
    assert_eq!(told["entitlementVersion"], 3);
    assert_eq!(
        moments,
        [
            (start.to_owned(), 4, json!(["ai"]), json!([])),
            (middle.to_owned(), 5, json!([]), json!(["venue"])),
            (end.to_owned(), 7, json!([]), json!(["ai", "basic"])),
        ]
    );
    assert_eq!(told["moments"][0]["gains"]["addons"], json!(["ai"]));
    assert_eq!(told["moments"][0]["gains"]["permissions"], json!(["ai.*"]));
    assert_eq!(told["moments"][2]["losses"]["packages"], json!(["basic"]));
    assert_eq!((&told["moments"][2]["hasBasic"], &told["moments"][2]["basePackage"]), (&json!(false), &json!(null)));
    assert_eq!(told["hasMore"], false);
    let first = auth.get(&of(1, "timeline?limit=1")).await.data();
    assert_eq!((first["moments"].as_array().unwrap().len(), &first["hasMore"]), (1, &json!(true)));
    assert_eq!(auth.get(&of(9, "timeline")).await.status, 404);
}
