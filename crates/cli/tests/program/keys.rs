//! Keys: made, listed, revoked; also while the program serves.

use std::time::Duration;

use crate::support::{Home, cluster, until};

/// Within this a node knows a key that was made or revoked elsewhere.
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";

#[test]
fn create_prints_the_key_alone_and_no_two_keys_are_alike() {
    let home = Home::sqlite();
    let create = || home.run(&["keys", "create", "auth-backend", "--role", "auth"]).fine();

    let (one, two) = (create(), create());

    assert_ne!(one, two);
    for printed in [one, two] {
        let key = printed.strip_suffix('\n').unwrap();
        // Longer than 256 random bits take in 64 signs, and fit to stand in a header and a script.
        assert!(
            key.len() >= 43 && key.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-".contains(sign)),
            "{key}"
        );
    }
}

#[test]
fn list_shows_who_and_until_when_and_never_the_key() {
    let home = Home::sqlite();
    let extra = ["--scope", "companies:write", "--scope", "catalog:write", "--expires", "2999-01-01"];
    let keys = [
        home.run(&["keys", "create", "auth-backend", "--role", "auth"]).fine(),
        home.run(&[&["keys", "create", "nightly", "--role", "job"][..], &extra].concat()).fine(),
    ];

    let list = home.run(&["keys", "list"]).fine();

    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["ID", "NAME", "ROLE", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST", "USED"]);
    assert_eq!(lines[1][1..5], ["auth-backend", "auth", "-", "live"]);
    assert_eq!(lines[1][6..], ["-", "-"]);
    assert_eq!(lines[2][1..3], ["nightly", "job"]);
    let mut scopes: Vec<&str> = lines[2][3].split(',').collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["catalog:write", "companies:write"]);
    assert_eq!(lines[2][4], "live");
    assert_eq!(lines[2][6], "2999-01-01T00:00:00Z");
    assert!(keys.iter().all(|key| !list.contains(key.trim())));
}

#[test]
fn a_key_that_cannot_be_is_refused_and_the_line_says_what_can() {
    let home = Home::sqlite();
    let refused = |args: &[&str]| home.run(&[&["keys", "create"][..], args].concat()).failed(2);

    let scope = refused(&["a", "--role", "job", "--scope", "everything"]);
    assert!(scope.starts_with("`everything` is no scope; there are entitlements:read"), "{scope}");
    let beyond = refused(&["a", "--role", "auth", "--scope", "companies:write"]);
    assert_eq!(beyond, "a caller of role `auth` cannot have scope `companies:write`");
    let date = refused(&["a", "--role", "auth", "--expires", "tomorrow"]);
    assert!(date.contains("`tomorrow`") && date.contains("2027-01-01"), "{date}");
    let past = refused(&["a", "--role", "auth", "--expires", "2020-01-01"]);
    assert!(past.contains("past"), "{past}");
    let nameless = refused(&["", "--role", "auth"]);
    assert!(nameless.contains("name must not be empty"), "{nameless}");
    assert_eq!(home.run(&["keys", "list"]).fine().lines().count(), 1, "nothing was made");
}

#[test]
fn revoke_takes_a_name_or_an_id_and_says_what_it_revoked() {
    let home = Home::sqlite();
    for name in ["rotated", "rotated", "other"] {
        home.run(&["keys", "create", name, "--role", "auth"]).fine();
    }
    let list = home.run(&["keys", "list"]).fine();
    let other = list.lines().find(|line| line.contains("other")).unwrap().split_whitespace().next().unwrap();

    let by_name = home.run(&["keys", "revoke", "rotated"]).fine();
    let by_id = home.run(&["keys", "revoke", other]).fine();

    assert_eq!(by_name.lines().filter(|line| line.starts_with("revoked ") && line.ends_with(" (rotated)")).count(), 2);
    assert_eq!(by_id, format!("revoked {other} (other)\n"));
    let states = home.run(&["keys", "list"]).fine();
    assert_eq!(states.lines().filter(|line| line.contains(" revoked ")).count(), 3);
    for name_or_id in ["rotated", other, "nobody"] {
        let line = home.run(&["keys", "revoke", name_or_id]).failed(1);
        assert_eq!(
            line,
            format!("no live key has the name or id `{name_or_id}`; `platform-core keys list` shows them")
        );
    }
}

#[test]
fn a_node_on_sqlite_knows_new_and_revoked_keys_within_a_second() {
    keys_are_known_in_time(&Home::sqlite());
}

#[test]
fn a_node_on_postgresql_knows_new_and_revoked_keys_within_a_second() {
    let cluster = cluster();

    keys_are_known_in_time(&Home::postgres(&cluster, "core"));
}

fn keys_are_known_in_time(home: &Home) {
    let (mut served, mut admin) = home.served();
    let stays = home.key("auth");
    let path = format!("/internal/companies/{COMPANY}/entitlements");
    let made = home.run(&["keys", "create", "goes", "--role", "auth"]).fine();
    let mut clients = [made.trim(), stays.as_str()].map(|key| served.client(key));
    for client in &mut clients {
        until("a new key that is known", KNOWN_WITHIN, || (client.get(&path).status == 404).then_some(()));
    }
    admin.post(&format!("/internal/companies/{COMPANY}/basic"), r#"{"status":"active"}"#).data();
    let [goes, stays] = &mut clients;
    // The answer is in memory from here on: a key is judged before anything is answered from there too.
    assert_eq!(goes.get(&path).status, 200);

    home.run(&["keys", "revoke", "goes"]).fine();

    until("a revoked key that is refused", KNOWN_WITHIN, || (goes.get(&path).status == 401).then_some(()));
    assert_eq!(goes.get(&path).code(401), "unauthorized");
    assert_eq!(stays.get(&path).status, 200);
}

#[test]
fn a_key_ends_at_its_expiry() {
    let home = Home::sqlite();
    // Seconds from now, as a script would say it; the program reads it back the same way.
    let soon = std::process::Command::new("date").args(["-u", "-d", "+2 seconds", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    let soon = String::from_utf8(soon.unwrap().stdout).unwrap();
    let mut served = home.serve();
    let key = home.run(&["keys", "create", "brief", "--role", "auth", "--expires", soon.trim()]).fine();
    let mut client = served.client(key.trim());
    let modules = "/internal/catalog/modules";
    until("a new key that is known", KNOWN_WITHIN, || (client.get(modules).status == 200).then_some(()));

    until("an expired key that is refused", Duration::from_secs(4), || {
        (client.get(modules).status == 401).then_some(())
    });

    let list = home.run(&["keys", "list"]).fine();
    assert!(list.contains(" expired "), "{list}");
}
