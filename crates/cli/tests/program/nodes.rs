//! Several nodes over one PostgreSQL: what is acknowledged by one is obeyed by all, within the bound, whatever their clocks say.

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use throwaway::Cluster;

use crate::support::{Acknowledged, Client, Home, PATIENCE, Proxy, Served, cluster, pause, until};

const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";
const ADDONS: &str = "/internal/companies/c0ffee00-0000-4000-8000-00000000abcd/addons";

/// How long the nodes are written and read.
const FOR: Duration = Duration::from_secs(6);

/// Where Debian has the library that shifts a process' clock.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

fn finance(status: &str) -> String {
    json!({"addonKey": "finance", "status": status}).to_string()
}

/// The database's clock, in seconds since 1970.
fn database_clock(cluster: &Cluster) -> f64 {
    let told = cluster.sql("core", "SELECT extract(epoch FROM clock_timestamp())").unwrap();
    told.trim().parse().unwrap_or_else(|_| panic!("no number: {told}"))
}

#[test]
fn what_one_node_acknowledged_is_obeyed_by_all_within_the_bound_even_by_one_that_is_cut_off() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let proxy = Proxy::to(([127, 0, 0, 1], cluster.port()).into());
    let far = Home::at(&format!("postgres://postgres@{}/core", proxy.address()));
    let mut nodes = [home.serve(), home.serve(), far.serve()];
    let mut clients: Vec<Client> = nodes.iter_mut().map(|node| node.client(&key)).collect();
    let acknowledged = Acknowledged::default();

    let read_by = thread::scope(|scope| {
        let readers: Vec<_> = clients
            .iter()
            .map(|client| {
                let (mut client, acknowledged) = (client.another(), &acknowledged);
                client.post(ADDONS, &finance("active")).data();
                scope.spawn(move || acknowledged.read(&mut client, COMPANY))
            })
            .collect();
        let over = acknowledged.until_dropped();
        let (began, mut round) = (Instant::now(), 0_usize);
        while began.elapsed() < FOR {
            round += 1;
            let status = if round.is_multiple_of(2) { "active" } else { "paused" };
            // On a busy machine a write may be refused; then nothing was acknowledged.
            let answer = clients[round % 2].post(ADDONS, &finance(status));
            if answer.status == 200 {
                let version = answer.data()["entitlementVersion"].as_u64().unwrap();
                acknowledged.add(version);
            }
            // Cut off for two seconds out of every three, twice as long as the bound.
            if began.elapsed().as_millis() % 3_000 < 2_000 {
                proxy.cut();
            } else {
                proxy.mend();
            }
            pause(Duration::from_millis(20));
        }
        proxy.mend();
        let last = acknowledged.last();
        for client in &mut clients {
            until("the last acknowledged write on every node", PATIENCE, || {
                let answer = client.entitlements(COMPANY);
                (answer.status == 200 && answer.data()["entitlementVersion"].as_u64() >= Some(last)).then_some(())
            });
        }
        drop(over);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });

    println!("answers and refusals by node: {read_by:?}");
    assert!(read_by[2].1 > 0 && read_by.iter().all(|(answers, _)| *answers > 0), "{read_by:?}");
}

/// The program on a database, by a clock that is so many seconds off.
fn serve_off_by(home: &Home, seconds: i64) -> Served {
    let mut command: Command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    if seconds != 0 {
        assert!(std::path::Path::new(FAKETIME).exists(), "the Debian package `faketime` is missing");
        command.env("LD_PRELOAD", FAKETIME).env("FAKETIME", format!("{seconds:+}s"));
        command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    Served::start(&mut command)
}

#[test]
fn nodes_whose_clocks_are_ten_minutes_apart_give_the_same_answers_at_the_same_instant() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let mut nodes = [0, 600, -600].map(|seconds| serve_off_by(&home, seconds));
    // The key was made a moment ago: for a node that went by its own clock it is from the future.
    let mut clients: Vec<Client> = nodes.iter_mut().map(|node| node.client(&key)).collect();
    let logged: Vec<String> = nodes.iter().map(|node| node.line("serving").unwrap()["timestamp"].to_string()).collect();
    assert!(logged[1] > logged[0] && logged[2] < logged[0], "the clocks are shifted: {logged:?}");

    let ends = database_clock(&cluster) + 3.0;
    let ends_at = cluster.sql(
        "core",
        &format!("SELECT to_char(to_timestamp({ends}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
    );
    let window = json!({"addonKey": "finance", "status": "active", "endsAt": ends_at.unwrap().trim()});
    clients[1].post(ADDONS, &window.to_string()).data();
    let mut has_ended = [false; 3];
    until("the end on every node", PATIENCE, || {
        for (client, has_ended) in clients.iter_mut().zip(&mut has_ended) {
            let before = database_clock(&cluster);
            let is_enabled = client.entitlements(COMPANY).data()["enabledModules"] == json!(["finance"]);
            let after = database_clock(&cluster);
            assert!(is_enabled || after >= ends, "over {} seconds early", ends - after);
            assert!(!is_enabled || before < ends, "alive {} seconds late", before - ends);
            assert!(!(is_enabled && *has_ended), "back to life");
            *has_ended |= !is_enabled;
        }
        has_ended.iter().all(|has_ended| *has_ended).then_some(())
    });
}

#[test]
fn an_answer_from_memory_asks_the_database_nothing() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    // The sweeper asks now and then who is due, on nobody's behalf, and goes by an index of the same table.
    let mut served = Served::start(command.env("PLATFORM_CORE__SWEEP__EVERY_MS", "0"));
    let mut client = served.client(&key);
    client.post(ADDONS, &finance("active")).data();
    // Every question about a company goes by this index, and looking for writes goes by it once for each that there was.
    let looked_up = || {
        let count = "SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'company_entitlement_versions'";
        cluster.sql("core", count).unwrap().trim().parse::<u64>().unwrap()
    };
    let strong = |client: &mut Client| {
        let path = format!("/internal/companies/{COMPANY}/entitlements");
        client.ask("GET", &path, &[("consistency", "strong")], "").unwrap().data();
    };
    client.entitlements(COMPANY).data();
    // Counts are published after a while; those of the first questions must be in before it begins.
    strong(&mut client);
    pause(Duration::from_secs(2));
    let before = looked_up();

    for _ in 0..5_000 {
        client.entitlements(COMPANY).data();
    }
    strong(&mut client);

    until("the count of the one question", PATIENCE, || (looked_up() > before).then_some(()));
    assert_eq!(looked_up(), before + 1);
}
