//! Ten thousand windows that end within a second: exact without the sweeper, and each told once with three of them.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    ChangeType, Command, CompanyId, CreditScope, ItemKey, ItemKind, ItemRef, Patch, SetHolding, Status, Text,
    Timestamp, Uuid, decide,
};
use serde_json::json;
use store::{CompanyCommit, FeedEntry, FeedPosition, Store, model::ModelStore};

use crate::support::{Caller, Clocked, Running, eventually, of};

const WINDOWS: u64 = 10_000;
/// So many windows end at one instant.
const AT_ONCE: u64 = 100;
const END: i64 = 1_780_000_000_000_000;

fn company(number: u64) -> CompanyId {
    CompanyId::new(Uuid::from_u128(0xc0de_0000_0000_4000_8000_0000_0000_0000 + u128::from(number) + 1)).unwrap()
}

/// The instant at which a window ends.
fn end_of(number: u64) -> i64 {
    END + i64::try_from(number / AT_ONCE).unwrap() * 10_000
}

/// Gives each company an add-on that ends.
async fn fill(store: &ModelStore) {
    let (catalog, now) = store.catalog().await.unwrap();
    let actor = Text::line("test", 10).unwrap();
    for number in 0..WINDOWS {
        let command = Command::SetHolding(SetHolding {
            fresh: Uuid::from_u128(u128::from(number) + 1),
            item: ItemRef { kind: ItemKind::Addon, key: ItemKey::parse("finance").unwrap() },
            status: Status::Active,
            starts_at: Patch::Keep,
            ends_at: Patch::Set(Timestamp::clamped(end_of(number))),
            grace_ends_at: Patch::Keep,
            quantity: None,
            source: Patch::Keep,
            external_reference: Patch::Keep,
        });
        let loaded = store.load(company(number), CreditScope::None).await.unwrap();
        let changes = decide(&command, &loaded.state, &catalog, now, &actor).unwrap();
        let commit =
            CompanyCommit { changes, head: loaded.head, request_id: "fill".to_owned(), reply: None, too_late_at: None };
        store.commit(commit).await.unwrap();
    }
}

/// How many of the companies have the add-on, and the sum of their versions.
async fn seen(auth: &Caller, numbers: std::ops::Range<u64>) -> (usize, u64) {
    let ids: Vec<String> = numbers.map(|number| company(number).to_string()).collect();
    let read = auth.post("/internal/entitlements/batch", &json!({"companyIds": ids})).await.data();
    let companies = read["companies"].as_array().unwrap();
    let owned = companies.iter().filter(|one| one["entitlements"]["enabledModules"] == json!(["finance"])).count();
    (owned, companies.iter().map(|one| one["entitlements"]["entitlementVersion"].as_u64().unwrap()).sum())
}

async fn expiries(store: &dyn Store) -> Vec<FeedEntry> {
    let (mut all, mut after) = (Vec::new(), FeedPosition::default());
    loop {
        let page = store.changes(after, 500).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.position;
        all.extend(page.into_iter().filter(|entry| entry.change_type == ChangeType::AddonExpired));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_windows_end_exactly_without_the_sweeper_and_are_told_once_by_three() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    fill(&world.store).await;
    let auth = world.service.auth();
    let (all, one_each) = (usize::try_from(AT_ONCE).unwrap(), AT_ONCE);
    for group in 0..WINDOWS / AT_ONCE {
        let numbers = group * AT_ONCE..(group + 1) * AT_ONCE;
        let end = end_of(numbers.start);
        for (instant, expected) in
            [(end - 1_000, (all, one_each)), (end, (0, 2 * one_each)), (end + 1_000, (0, 2 * one_each))]
        {
            world.clock.set(Timestamp::clamped(instant));
            assert_eq!(seen(&auth, numbers.clone()).await, expected, "group {group} at {instant}");
        }
    }
    assert_eq!(expiries(&*world.store).await, [], "nobody sweeps");

    let store: Arc<dyn Store> = Arc::<ModelStore>::clone(&world.store);
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let (store, clock) = (Arc::clone(&store), Arc::clone(&world.clock));
        nodes.push(Running::on(store, clock, world.service.keys().clone(), &[("SWEEP__EVERY_MS", "1")]).await);
    }
    eventually("every boundary is recorded", async || store.due(1).await == Ok(Vec::new())).await;

    let mut told = BTreeMap::new();
    for entry in expiries(&*store).await {
        let whose = entry.company_id.unwrap();
        assert_eq!(told.insert(whose, (entry.at.micros(), entry.version)), None, "{whose} was told of twice");
    }
    let expected: BTreeMap<CompanyId, (i64, u64)> =
        (0..WINDOWS).map(|number| (company(number), (end_of(number), 2))).collect();
    assert!(told == expected, "an expiry is missing, or stands under another instant");
    assert_eq!(seen(&auth, 0..1_000).await, (0, 2_000), "sweeping moved a version");
    assert_eq!(store::verify(&*store).await.unwrap().breaches, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passed_while_nobody_swept_stands_in_the_history_under_its_own_instant_before_the_next_write() {
    let world = Clocked::at("2026-04-16T05:00:00Z").await;
    let admin = world.service.admin();
    let trial = json!({"addonKey": "finance", "status": "trial", "startsAt": "2026-05-01T00:00:00Z", "endsAt": "2026-05-08T00:00:00Z"});
    admin.post(&of(1, "addons"), &trial).await.data();
    let grace = json!({"status": "active", "endsAt": "2026-05-03T00:00:00Z", "graceEndsAt": "2026-05-05T00:00:00Z"});
    admin.post(&of(1, "basic"), &grace).await.data();
    admin
        .post(&of(1, "grants"), &json!({"moduleKey": "venue", "endsAt": "2026-05-04T00:00:00Z", "reason": "a gift"}))
        .await
        .data();
    world.set("2026-06-01T00:00:00Z");
    let before = admin.get(&of(1, "entitlements")).await.version();

    admin.post(&of(1, "addons?dryRun=true"), &json!({"addonKey": "ai", "status": "active"})).await.data();
    let untouched = admin.get(&of(1, "history")).await.data()["history"].as_array().unwrap().len();
    let written =
        admin.post(&of(1, "addons"), &json!({"addonKey": "finance", "status": "active", "endsAt": null})).await;

    assert_eq!((untouched, written.version()), (3, before + 1));
    let history = admin.get(&of(1, "history")).await.data();
    let told: Vec<_> = history["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let said = |field: &str| entry[field].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {}>{} by {}",
                said("createdAt"),
                said("changeType"),
                said("previousStatus"),
                said("newStatus"),
                said("changedBy")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-06-01T00:00:00Z addon_activated expired>active by test-admin",
            "2026-05-08T00:00:00Z addon_expired trial>expired by platform-core",
            "2026-05-05T00:00:00Z basic_expired active>expired by platform-core",
            "2026-05-04T00:00:00Z grant_expired ->- by platform-core",
            "2026-05-01T00:00:00Z addon_activated trial>trial by platform-core",
            "2026-04-16T05:00:00Z grant_added ->- by test-admin",
            "2026-04-16T05:00:00Z basic_activated ->active by test-admin",
            "2026-04-16T05:00:00Z addon_activated ->trial by test-admin",
        ]
    );
}
