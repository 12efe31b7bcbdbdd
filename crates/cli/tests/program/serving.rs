//! `serve`: what it refuses to start on, and who may run beside whom.

use std::net::{SocketAddr, TcpListener};

use crate::support::{Home, Served, cluster, run_with};

/// The embedded store, with another schema version than this program's; made by the shell of SQLite.
fn set_sqlite_version(home: &Home, version: u32) {
    let file = home.url().strip_prefix("sqlite:").unwrap();
    let status =
        std::process::Command::new("sqlite3").arg(file).arg(format!("PRAGMA user_version = {version}")).status();
    assert!(status.expect("`sqlite3` is installed").success());
}

#[test]
fn serve_refuses_a_database_that_was_never_migrated_and_says_so() {
    let cluster = cluster();
    for home in [Home::empty(), Home::at(&cluster.create_database("core").unwrap())] {
        let line = home.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1);

        assert_eq!(line, "the database has schema version 0, this program needs 7; run `platform-core migrate` first");
        assert!(!home.file("core.db").exists(), "serve made a database");
    }
}

#[test]
fn serve_and_migrate_refuse_a_newer_schema_and_say_which() {
    let cluster = cluster();
    let (embedded, shared) = (Home::sqlite(), Home::postgres(&cluster, "core"));
    set_sqlite_version(&embedded, 8);
    cluster.sql("core", "INSERT INTO schema_version (version) VALUES (8)").unwrap();
    for home in [embedded, shared] {
        for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["keys", "list"]] {
            let line = home.run(args).failed(1);

            assert_eq!(
                line, "the database has schema version 8, this program needs 7; run a program as new as the database",
                "{args:?}"
            );
        }
    }
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let home = Home::empty();
    std::fs::write(home.file("core.db"), "letters to my grandmother").unwrap();

    for args in [&["serve"][..], &["migrate"], &["keys", "list"]] {
        home.run(args).failed(1);
    }

    assert_eq!(std::fs::read_to_string(home.file("core.db")).unwrap(), "letters to my grandmother");
}

#[test]
fn a_busy_port_is_one_clear_line() {
    let home = Home::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let expected = format!("`{address}` is in use: stop what listens there, or choose another address");

    let api = home.run(&["serve", "--listen", &address]).failed(1);
    let mut metrics = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let metrics = run_with(metrics.env("PLATFORM_CORE__METRICS__LISTEN", &address)).failed(1);

    assert_eq!([api, metrics], [expected.clone(), expected]);
}

#[test]
fn port_0_takes_a_free_port_and_logs_it() {
    let home = Home::sqlite();
    let mut served = home.serve();

    let (api, metrics) = (served.api(), served.metrics());

    assert!(api.port() != 0 && metrics.port() != 0 && api != metrics);
    assert_eq!(served.client("").get("/health").status, 200);
    assert_eq!(crate::support::Client::new(metrics, "").get("/metrics").status, 200);
}

#[test]
fn listeners_can_be_off() {
    let home = Home::sqlite();
    let mut serve = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut served = Served::start(serve.env("PLATFORM_CORE__METRICS__LISTEN", "off"));

    let _: SocketAddr = served.api();

    assert_eq!(served.line("serving").unwrap()["metrics"], "off");
}

#[test]
fn a_second_serve_on_one_embedded_database_is_refused_and_the_first_goes_on() {
    let home = Home::sqlite();
    let (first, mut client) = home.served();

    let line = home.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1);

    assert!(line.contains("another process serves the database") && line.contains("stop it first"), "{line}");
    assert_eq!(client.get("/ready").status, 200);
    first.kill();
    let mut next = home.serve();
    assert_eq!(next.client("").get("/ready").status, 200);
}

#[test]
fn two_programs_on_one_machine_do_not_meet() {
    let (one, other) = (Home::sqlite(), Home::sqlite());
    let (key, other_key) = (one.key("admin"), other.key("admin"));
    let (mut served, mut other_served) = (one.serve(), other.serve());
    let company = "c0ffee00-0000-4000-8000-00000000abcd";

    served.client(&key).post(&format!("/internal/companies/{company}/basic"), r#"{"status":"active"}"#).data();

    assert_eq!(served.client(&key).entitlements(company).status, 200);
    assert_eq!(other_served.client(&other_key).entitlements(company).code(404), "not_found");
    assert_eq!(other_served.client(&key).entitlements(company).code(401), "unauthorized");
}

#[test]
fn two_programs_on_one_postgresql_answer_each_others_writes_at_once_to_who_asks_for_them() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let (mut one, mut other) = (home.serve(), home.serve());
    let (mut one, mut other) = (one.client(&key), other.client(&key));
    let company = "c0ffee00-0000-4000-8000-00000000abcd";
    let path = format!("/internal/companies/{company}/addons");

    for version in 1..=40_u64 {
        let status = if version % 2 == 1 { "active" } else { "inactive" };
        let body = format!(r#"{{"addonKey":"finance","status":"{status}"}}"#);
        let (writes, reads) = if version % 3 == 0 { (&mut one, &mut other) } else { (&mut other, &mut one) };
        assert_eq!(writes.post(&path, &body).data()["entitlementVersion"], version);

        let at_least = format!("/internal/companies/{company}/entitlements?atLeastVersion={version}");
        let read = reads.get(&at_least).data();

        assert_eq!(read["entitlementVersion"], version, "the other node answered with what was before");
        assert_eq!(read["addons"].as_array().unwrap().len() as u64, version % 2);
    }
}
