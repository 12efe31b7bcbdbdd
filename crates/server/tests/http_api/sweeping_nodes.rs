//! Three nodes over one PostgreSQL: each boundary is recorded once, under its own instant, by whichever node comes first, and after a
//! downtime as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use store::model::{Clock, SystemClock};

use crate::support::{Place, Running, eventually, of};

/// Companies of which each has an add-on that ends, of some with a trial or a grace period, and a grant that begins and ends.
const COMPANIES: u32 = 40;

/// From one company's boundaries to the next one's, in microseconds: all lie within a second.
const APART: i64 = 24_000;

fn now() -> i64 {
    SystemClock.now().micros()
}

fn date(micros: i64) -> String {
    api::Instant::from_micros(micros).unwrap().to_string()
}

/// What the feed tells of a boundary: whose, what, when.
type Told = (String, String, String);

/// Gives every company boundaries from `first` on; says which they are.
async fn fill(nodes: &[Running], first: i64) -> BTreeSet<Told> {
    let mut expected = BTreeSet::new();
    for number in 0..COMPANIES {
        let whose = number + 1;
        let admin = nodes[usize::try_from(number).unwrap() % nodes.len()].admin();
        let end = first + i64::from(number) * APART;
        let mut expect = |word: &str, at: i64| {
            expected.insert((crate::support::company(whose), word.to_owned(), date(at)));
        };
        let (status, grace) =
            [("active", false), ("trial", false), ("active", true)][usize::try_from(number % 3).unwrap()];
        let mut row = json!({"addonKey": "finance", "status": status, "startsAt": null, "endsAt": date(end)});
        row["graceEndsAt"] = if grace { json!(date(end + APART)) } else { Value::Null };
        admin.post(&of(whose, "addons"), &row).await.data();
        expect("addon_expired", if grace { end + APART } else { end });
        let later = json!({"addonKey": "ai", "status": "active", "startsAt": date(end), "endsAt": null});
        admin.post(&of(whose, "addons"), &later).await.data();
        expect("addon_activated", end);
        let gift =
            json!({"moduleKey": "venue", "reason": "a gift", "startsAt": date(end - APART), "endsAt": date(end)});
        admin.post(&of(whose, "grants"), &gift).await.data();
        expect("grant_activated", end - APART);
        expect("grant_expired", end);
    }
    assert!(now() < first - APART, "the machine took so long that boundaries passed meanwhile");
    expected
}

/// What the feed tells after a cursor that time brought, and where it ends; how late each was heard is printed.
async fn told(node: &Running, expected: &BTreeSet<Told>, cursor: &mut String) -> BTreeMap<Told, usize> {
    let auth = node.auth();
    let (mut counts, mut latest) = (BTreeMap::<Told, usize>::new(), 0);
    let seen = parking_lot::Mutex::new((std::mem::take(cursor), &mut counts, &mut latest));
    eventually("every boundary is told of", async || {
        let after = seen.lock().0.clone();
        let page = auth.get(&format!("/internal/changes?after={after}&limit=500&waitMs=500")).await.data();
        let heard_at = now();
        let mut seen = seen.lock();
        page["cursor"].as_str().unwrap().clone_into(&mut seen.0);
        for change in page["changes"].as_array().unwrap().iter().filter(|change| change["requestId"] == "sweep") {
            let word = |field: &str| change[field].as_str().unwrap().to_owned();
            let at = server::service::from_instant(api::Instant::parse(&word("at")).unwrap());
            *seen.2 = (*seen.2).max(heard_at - at.micros());
            *seen.1.entry((word("companyId"), word("changeType"), word("at"))).or_default() += 1;
        }
        seen.1.len() >= expected.len()
    })
    .await;
    *cursor = seen.into_inner().0;
    eprintln!("{} boundaries were told of, the last one {} ms after it passed", counts.len(), latest / 1_000);
    counts
}

async fn serve(place: &Place) -> Vec<Running> {
    let settings = [("SWEEP__EVERY_MS", "250")];
    vec![place.serve_with(&settings).await, place.serve_with(&settings).await, place.serve_with(&settings).await]
}

fn once(expected: &BTreeSet<Told>) -> BTreeMap<Told, usize> {
    expected.iter().map(|one| (one.clone(), 1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_record_each_boundary_once_and_also_what_passed_while_none_ran() {
    let place = Place::postgres().await;
    let nodes = serve(&place).await;
    let mut cursor =
        nodes[0].auth().get("/internal/changes?after=now").await.data()["cursor"].as_str().unwrap().to_owned();

    let expected = fill(&nodes, now() + 8_000_000).await;
    assert_eq!(told(&nodes[1], &expected, &mut cursor).await, once(&expected));

    let down = fill(&nodes, now() + 8_000_000).await;
    let last = down.iter().map(|(.., at)| at.clone()).max().unwrap();
    for node in nodes {
        node.stop().await;
    }
    eventually("everything has passed", async || date(now()) > last).await;
    let nodes = serve(&place).await;
    assert_eq!(told(&nodes[2], &down, &mut cursor).await, once(&down));

    let history = nodes[0].admin().get(&of(1, "history?limit=500")).await.data();
    let by_time = |entry: &&Value| entry["changedBy"] == "platform-core";
    let entries = history["history"].as_array().unwrap();
    assert_eq!(entries.iter().filter(by_time).count(), 8, "four boundaries, twice: {history:#}");
    for node in &nodes {
        let read = node.auth().get(&of(1, "entitlements")).await.data();
        assert_eq!(read["enabledModules"], json!(["ai"]));
    }
}
