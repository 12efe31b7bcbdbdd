//! A database that is gone or hangs: 503 in time, never an old answer, and back to normal by itself.

use std::time::{Duration, Instant};

use crate::support::{
    ANSWERED_WITHIN, Answer, Client, Home, NORMAL_WITHIN, PATIENCE, Proxy, STALENESS_BOUND, cluster, until,
};

const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";
const ADDONS: &str = "/internal/companies/c0ffee00-0000-4000-8000-00000000abcd/addons";

/// How often each request is asked while the database is away; long enough that keys grow too old to be trusted, too.
const ROUNDS: usize = 4;

fn finance(status: &str) -> String {
    format!(r#"{{"addonKey":"finance","status":"{status}"}}"#)
}

/// A 503 in time, whatever was asked.
#[track_caller]
fn check_unavailable(answer: &Answer) {
    assert_eq!(answer.code(503), "service_unavailable");
    assert!(answer.took < ANSWERED_WITHIN, "answered after {:?}", answer.took);
    assert!(answer.head.to_ascii_lowercase().contains("retry-after: "), "{}", answer.head);
}

/// While the database is away, reads and writes are answered 503 in time, and the probes say so.
fn check_away(client: &mut Client) -> Duration {
    await_bound(client);
    let mut slowest = Duration::ZERO;
    for round in 0..ROUNDS {
        let write = finance(if round % 2 == 0 { "paused" } else { "inactive" });
        let answers = [
            client.entitlements(COMPANY),
            client.post(ADDONS, &write),
            client.get(&format!("/internal/companies/{COMPANY}/subscription-summary")),
            client.get(&format!("/internal/companies/{COMPANY}/history")),
            client.get("/internal/catalog/addons"),
        ];
        answers.iter().for_each(check_unavailable);
        slowest = answers.iter().map(|answer| answer.took).max().max(Some(slowest)).unwrap();
        assert_eq!(client.get("/health").status, 200);
        let ready = client.get("/ready");
        assert_eq!(ready.code(503), "not_ready");
        assert_eq!(ready.json()["error"]["message"], "core database unavailable");
        assert!(ready.took < ANSWERED_WITHIN, "readiness answered after {:?}", ready.took);
    }
    slowest
}

/// Within its bound a node answers what it remembers; beyond it, nothing that the database did not confirm.
fn await_bound(client: &mut Client) {
    until("an answer beyond the bound", PATIENCE, || (client.entitlements(COMPANY).status == 503).then_some(()));
}

fn await_normal(client: &mut Client, version: u64) {
    until("a read as before", NORMAL_WITHIN, || {
        let answer = client.entitlements(COMPANY);
        if answer.status == 200 {
            assert_eq!(answer.data()["entitlementVersion"], version);
            return Some(());
        }
        check_unavailable(&answer);
        None
    });
    until("readiness", NORMAL_WITHIN, || (client.get("/ready").status == 200).then_some(()));
}

/// The version that a write makes, once the connections for writes stand, which a busy machine makes wait for. Repeated, it changes nothing more.
fn await_write(client: &mut Client, status: &str) -> u64 {
    until("a write", NORMAL_WITHIN, || {
        let answer = client.post(ADDONS, &finance(status));
        if answer.status == 200 {
            return Some(answer.data()["entitlementVersion"].as_u64().expect("a version"));
        }
        check_unavailable(&answer);
        None
    })
}

#[test]
fn a_database_that_hangs_is_answered_503_in_time_and_normal_when_it_goes_on() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let (_served, mut client) = home.served();
    assert_eq!(await_write(&mut client, "active"), 1);
    assert_eq!(client.entitlements(COMPANY).data()["entitlementVersion"], 1);

    cluster.freeze().unwrap();
    let slowest = check_away(&mut client);
    cluster.thaw().unwrap();

    println!("the slowest answer while the database hung took {slowest:?}");
    await_normal(&mut client, 1);
    let version = await_write(&mut client, "paused");
    assert_eq!(version, 2, "a write that was answered 503 before it was sent took effect");
}

#[test]
fn a_database_that_is_gone_is_answered_503_in_time_and_normal_when_it_is_back() {
    let mut cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let (_served, mut client) = home.served();
    assert_eq!(await_write(&mut client, "active"), 1);

    cluster.stop().unwrap();
    let slowest = check_away(&mut client);
    cluster.restart().unwrap();

    println!("the slowest answer while the database was gone took {slowest:?}");
    await_normal(&mut client, 1);
    assert_eq!(await_write(&mut client, "paused"), 2);
}

#[test]
fn a_database_that_gives_no_more_connections_is_answered_503_in_time_and_normal_when_it_does() {
    let cluster = cluster();
    cluster.sql("postgres", "CREATE ROLE core LOGIN").unwrap();
    cluster.sql("postgres", "CREATE DATABASE core OWNER core").unwrap();
    let home = Home::at(&format!("postgres://core@127.0.0.1:{}/core", cluster.port()));
    home.run(&["migrate"]).fine();
    let (_served, mut client) = home.served();
    assert_eq!(await_write(&mut client, "active"), 1);

    for version in 1..=2 {
        // Everything that others may use is in use: what is lost does not come back.
        cluster.sql("postgres", "ALTER ROLE core CONNECTION LIMIT 0").unwrap();
        cluster
            .sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'core'")
            .unwrap();
        let slowest = check_away(&mut client);
        println!("the slowest answer while there were no connections took {slowest:?}");
        // Few are left: what can be answered is, and the rest is refused in time.
        cluster.sql("postgres", "ALTER ROLE core CONNECTION LIMIT 2").unwrap();
        for answer in (0..20).map(|_| client.entitlements(COMPANY)).filter(|answer| answer.status != 200) {
            check_unavailable(&answer);
        }

        cluster.sql("postgres", "ALTER ROLE core CONNECTION LIMIT -1").unwrap();

        await_normal(&mut client, version);
        let status = if version % 2 == 0 { "active" } else { "paused" };
        assert_eq!(await_write(&mut client, status), version + 1);
    }
}

#[test]
fn a_node_that_is_cut_off_never_answers_what_another_node_has_changed() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let proxy = Proxy::to(([127, 0, 0, 1], cluster.port()).into());
    let far = Home::at(&format!("postgres://postgres@{}/core", proxy.address()));
    let (mut near_node, mut far_node) = (home.serve(), far.serve());
    let (mut near, mut far) = (near_node.client(&key), far_node.client(&key));
    assert_eq!(await_write(&mut near, "active"), 1);
    assert_eq!(far.entitlements(COMPANY).data()["enabledModules"], serde_json::json!(["finance"]));

    for version in 2..=4_u64 {
        proxy.cut();
        let status = if version % 2 == 0 { "inactive" } else { "active" };
        assert_eq!(near.post(ADDONS, &finance(status)).data()["entitlementVersion"], version);
        let acknowledged = Instant::now();
        until("silence", PATIENCE, || {
            let asked = Instant::now();
            let answer = far.entitlements(COMPANY);
            if answer.status == 200 {
                assert_eq!(answer.data()["entitlementVersion"], version - 1);
                assert!(asked < acknowledged + STALENESS_BOUND, "older than the bound: {:?}", acknowledged.elapsed());
            }
            (answer.status == 503).then_some(())
        });
        for _ in 0..3 {
            check_unavailable(&far.entitlements(COMPANY));
            check_unavailable(&far.post(ADDONS, &finance("paused")));
        }
        assert_eq!(near.entitlements(COMPANY).data()["entitlementVersion"], version);

        proxy.mend();

        await_normal(&mut far, version);
        let modules = if version % 2 == 0 { serde_json::json!([]) } else { serde_json::json!(["finance"]) };
        assert_eq!(far.entitlements(COMPANY).data()["enabledModules"], modules);
    }
}

#[test]
fn a_database_that_is_away_at_the_start_is_one_line_in_time() {
    let home = Home::at("postgres://core:canary-password@127.0.0.1:1/core");

    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["keys", "list"]] {
        let line = home.run(args).failed(1);

        assert!(line.starts_with("the database is unavailable: ") && !line.contains("canary"), "{line}");
    }
}
