//! `kill -9` at any moment: every change is told to webhook endpoints, and none is made two deliveries of.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{Acked, Client, Dice, Home, Ledger, PATIENCE, Served, Writer, durable_cluster, pause, until};

/// How many clients write at once.
const WRITERS: u64 = 4;

/// How often the program is killed on each store, unless `PLATFORM_CORE_KILL_CYCLES` says otherwise.
const CYCLES: u64 = 6;

/// The longest time from the first answered write to the kill, in milliseconds.
const LONGEST_LIFE_MS: u64 = 300;

#[test]
fn killing_the_program_on_sqlite_loses_no_webhook() {
    kill_in_a_loop(&Home::sqlite());
}

#[test]
fn killing_the_program_on_postgresql_loses_no_webhook() {
    let cluster = durable_cluster();

    kill_in_a_loop(&Home::postgres(&cluster, "core"));
}

/// The program with retries and claims that end soon.
fn serve(home: &Home) -> Served {
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    for (name, value) in [
        ("ALLOW_HTTP", "true"),
        ("ALLOW_PRIVATE", "true"),
        ("FIRST_RETRY_MS", "10"),
        ("TIMEOUT_MS", "1000"),
        ("POLL_MS", "5"),
    ] {
        command.env(format!("PLATFORM_CORE__OUTGOING_WEBHOOKS__{name}"), value);
    }
    Served::start(&mut command)
}

fn kill_in_a_loop(home: &Home) {
    let cycles = std::env::var("PLATFORM_CORE_KILL_CYCLES").map_or(CYCLES, |text| text.parse().expect("a number"));
    let (mut dice, key, ledger) = (Dice::new(20_261_121), home.key("admin"), Ledger::start());
    let mut writers = Writer::several(WRITERS, dice.roll());
    let endpoint = {
        let mut served = serve(home);
        let body = json!({ "url": ledger.url(), "events": ["company.entitlements_changed"] });
        let made = served.client(&key).post("/internal/webhook-endpoints", &body.to_string());
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["data"]["id"].as_str().unwrap().to_owned()
    };
    for _ in 0..cycles {
        let mut served = serve(home);
        let clients: Vec<_> = writers.iter().map(|_| served.client(&key)).collect();
        let life = Duration::from_millis(dice.below(LONGEST_LIFE_MS));
        let answered = AtomicU64::new(0);
        thread::scope(|scope| {
            for (writer, mut client) in writers.iter_mut().zip(clients) {
                let answered = &answered;
                scope.spawn(move || {
                    while writer.write(&mut client).is_ok() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            until("a first answer", PATIENCE, || (answered.load(Ordering::Relaxed) > 0).then_some(()));
            pause(life);
            served.kill();
        });
    }
    let acked: Vec<Acked> = writers.iter().flat_map(|writer| writer.acked.iter().cloned()).collect();
    let mut served = serve(home);
    let mut client = served.client(&key);
    let deliveries = delivered(&mut client, &endpoint, acked.len());
    check(&acked, &changes(&mut client), &deliveries, &ledger.messages());
    println!("{cycles} kills, {} writes answered, {} deliveries", acked.len(), deliveries.len());
}

/// Every delivery, once none waits and there are at least so many: the company, the version that caused it, and the message's id.
fn delivered(client: &mut Client, endpoint: &str, least: usize) -> Vec<(String, u64, String)> {
    let path = format!("/internal/webhook-endpoints/{endpoint}/deliveries");
    until("every delivery to be taken", PATIENCE, || {
        let (waiting, all) =
            (pages(client, &format!("{path}?status=pending&limit=500")), pages(client, &format!("{path}?limit=500")));
        (waiting.is_empty() && all.len() >= least && all.len() == events(&changes(client)).len()).then_some(())
    });
    let row = |delivery: &Value| {
        assert_eq!(delivery["status"], "delivered", "{delivery}");
        let text = |name: &str| delivery[name].as_str().unwrap().to_owned();
        (text("companyId"), delivery["entitlementVersion"].as_u64().unwrap(), text("id"))
    };
    pages(client, &format!("{path}?limit=500")).iter().map(row).collect()
}

fn pages(client: &mut Client, first: &str) -> Vec<Value> {
    let (mut all, mut path) = (Vec::new(), first.to_owned());
    loop {
        let page = client.get(&path).data();
        all.extend(page["deliveries"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { return all };
        path = format!("{first}&cursor={cursor}");
    }
}

/// Everything that the feed holds of companies.
fn changes(client: &mut Client) -> Vec<(String, u64)> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/internal/changes?limit=500{after}")).data();
        let changes = page["changes"].as_array().unwrap();
        if changes.is_empty() {
            return all;
        }
        let of_companies = changes.iter().filter(|change| change["kind"] == "company");
        all.extend(of_companies.map(|change| {
            (change["companyId"].as_str().unwrap().to_owned(), change["entitlementVersion"].as_u64().unwrap())
        }));
        after = format!("&after={}", page["cursor"].as_str().unwrap());
    }
}

/// The writes that stand in the feed, each once.
fn events(changes: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut events = changes.to_vec();
    events.sort();
    events.dedup();
    events
}

fn check(
    acked: &[Acked],
    changes: &[(String, u64)],
    deliveries: &[(String, u64, String)],
    messages: &BTreeMap<String, Vec<u64>>,
) {
    assert!(!acked.is_empty());
    let mut made: Vec<(String, u64)> =
        deliveries.iter().map(|(company, version, _)| (company.clone(), *version)).collect();
    made.sort();
    assert_eq!(made, events(changes), "one delivery for each change, and for nothing else");
    for Acked { write, version } in acked {
        assert!(made.binary_search(&(write.company.clone(), *version)).is_ok(), "{write:?} {version}");
    }
    for (company, caused_by, id) in deliveries {
        let told = messages.get(id).unwrap_or_else(|| panic!("version {caused_by} of {company} was never taken"));
        assert!(told.iter().all(|version| version >= caused_by), "{told:?} is older than {caused_by}");
    }
}
