//! `migrate`: explicit, forward only, safe to repeat and to run twice at once; seeding changes nothing that is there.

use serde_json::Value;

use crate::support::{Client, Home, cluster, output_of};

const MADE: &str = "the schema went from version 0 to 7; 12 catalog entries were made\n";
const NOTHING_TO_DO: &str = "the schema is at version 7 already; 0 catalog entries were made\n";

#[test]
fn migrating_twice_does_it_once_on_sqlite() {
    migrating_twice_does_it_once(&Home::empty());
}

#[test]
fn migrating_twice_does_it_once_on_postgresql() {
    let cluster = cluster();

    migrating_twice_does_it_once(&Home::at(&cluster.create_database("core").unwrap()));
}

fn migrating_twice_does_it_once(home: &Home) {
    assert_eq!(home.run(&["migrate"]).fine(), MADE);
    assert_eq!(home.run(&["migrate"]).fine(), NOTHING_TO_DO);
}

#[test]
fn without_seed_the_catalog_is_empty_and_a_later_seed_makes_it() {
    let home = Home::empty();

    let said = home.run(&["migrate", "--no-seed"]).fine();

    assert_eq!(said, "the schema went from version 0 to 7; 0 catalog entries were made\n");
    let (served, mut client) = home.served();
    assert_eq!(client.get("/internal/catalog/modules").data()["modules"], serde_json::json!([]));
    drop(served);
    assert_eq!(home.run(&["migrate"]).fine(), "the schema is at version 7 already; 12 catalog entries were made\n");
}

#[test]
fn several_at_once_make_everything_once_on_sqlite() {
    several_at_once_make_everything_once(&Home::empty());
}

#[test]
fn several_at_once_make_everything_once_on_postgresql() {
    let cluster = cluster();

    several_at_once_make_everything_once(&Home::at(&cluster.create_database("core").unwrap()));
}

fn several_at_once_make_everything_once(home: &Home) {
    let running: Vec<_> = (0..4).map(|_| output_of(home.command(&["migrate"]))).collect();

    let said: Vec<String> = running.into_iter().map(|said| said.join().unwrap().fine()).collect();

    let made: u32 = said
        .iter()
        .map(|line| line.split([';', ' ']).filter_map(|word| word.parse::<u32>().ok()).next_back())
        .map(Option::unwrap)
        .sum();
    assert_eq!(made, 12, "{said:?}");
    let moved = said.iter().filter(|line| line.starts_with("the schema went from version 0 to ")).count();
    assert_eq!(moved, 1, "whoever waited found nothing to do: {said:?}");
    let (_served, mut client) = home.served();
    assert_eq!(keys(&mut client, "modules"), ["basic", "ai", "finance", "market", "touring", "venue"]);
    assert_eq!(keys(&mut client, "packages"), ["basic"]);
    assert_eq!(keys(&mut client, "addons"), ["ai", "finance", "market", "touring", "venue"]);
}

fn keys(client: &mut Client, list: &str) -> Vec<String> {
    let data = client.get(&format!("/internal/catalog/{list}")).data();
    data[list].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn seeding_never_overwrites_what_an_operator_changed_on_sqlite() {
    seeding_never_overwrites(&Home::sqlite());
}

#[test]
fn seeding_never_overwrites_what_an_operator_changed_on_postgresql() {
    let cluster = cluster();

    seeding_never_overwrites(&Home::postgres(&cluster, "core"));
}

fn seeding_never_overwrites(home: &Home) {
    let key = home.key("admin");
    let mut served = home.serve();
    let mut client = served.client(&key);
    for (list, body) in [
        ("modules", r#"{"name":"Our module","description":"ours","isActive":false}"#),
        ("packages", r#"{"name":"Our package","description":"ours","isActive":false}"#),
        ("addons", r#"{"name":"Our add-on","description":null,"moduleKeys":["market","venue"]}"#),
    ] {
        let item = items(&mut client, list).into_iter().find(|item| item["key"] != "market").unwrap();
        let path = format!("/internal/catalog/{list}/{}", item["id"].as_str().unwrap());
        client.ask("PATCH", &path, &[], body).unwrap().data();
    }
    let lists = ["modules", "packages", "addons"];
    let before = lists.map(|list| items(&mut client, list));
    drop(served);

    let said = home.run(&["migrate"]).fine();

    assert_eq!(said, NOTHING_TO_DO);
    let mut served = home.serve();
    let mut client = served.client(&key);
    assert_eq!(lists.map(|list| items(&mut client, list)), before);
    assert!(before.iter().all(|list| list.iter().any(|item| item["name"].as_str().unwrap().starts_with("Our"))));
}

fn items(client: &mut Client, list: &str) -> Vec<Value> {
    client.get(&format!("/internal/catalog/{list}")).data()[list].as_array().unwrap().clone()
}
