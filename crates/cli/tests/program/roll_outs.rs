//! A roll-out over several nodes on one PostgreSQL: it comes to its end by whichever is alive, and moves everyone once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Home, Served, cluster, until};

const HOLDERS: u32 = 300;
const BATCH: u32 = 3;
const ROLL_OUTS: &str = "/internal/catalog/addons/finance/roll-outs";

/// How long a roll-out may take that nobody holds up, another node's finding it at a standstill included.
const PATIENCE: Duration = Duration::from_mins(1);

fn company(number: u32) -> String {
    format!("c0ffee00-0000-4000-8000-{number:012x}")
}

/// Finance with holders of its first revision, and a second one that reached none of them.
fn staged(client: &mut Client) {
    for number in 1..=HOLDERS {
        let path = format!("/internal/companies/{}/addons", company(number));
        assert_eq!(client.post(&path, r#"{"addonKey": "finance", "status": "active"}"#).status, 200);
    }
    let id = client.get("/internal/catalog/addons/finance").data()["id"].as_str().unwrap().to_owned();
    let next = json!({"moduleKeys": ["ai", "finance"], "reach": "future"}).to_string();
    assert_eq!(client.ask("PATCH", &format!("/internal/catalog/addons/{id}"), &[], &next).unwrap().status, 200);
}

/// Starts a roll-out in small batches; gives its path.
fn started(client: &mut Client) -> String {
    let body = json!({"toRevision": 2, "batchSize": BATCH}).to_string();
    let answer = client.ask("POST", ROLL_OUTS, &[], &body).unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    format!("{ROLL_OUTS}/{}", answer.json()["data"]["id"].as_str().unwrap())
}

fn at_its_end(client: &mut Client, path: &str) -> Value {
    until("the roll-out is done", PATIENCE, || Some(client.get(path).data()).filter(|one| one["status"] == "done"))
}

/// Everyone has the new revision, was written once for it, and is counted once.
fn everyone_was_moved_once(client: &mut Client, done: &Value) {
    for number in 1..=HOLDERS {
        let answer = client.entitlements(&company(number)).data();
        let modules = answer["enabledModules"].to_string();
        assert!(modules.contains("ai"), "company {number}: {modules}");
        let history = client.get(&format!("/internal/companies/{}/history?limit=500", company(number))).data();
        let own = history["history"].as_array().unwrap().iter().filter(|entry| entry["changeType"] == "addon_updated");
        assert_eq!(own.count(), 1, "company {number}: {history}");
    }
    let [moved, unchanged, refused] = ["moved", "unchanged", "refused"].map(|field| done[field].as_u64().unwrap());
    assert_eq!((moved + unchanged, refused), (u64::from(HOLDERS), 0), "{done}");
    // Of the batch that a kill cut short nobody knows who moved whom.
    assert!(unchanged <= u64::from(BATCH), "{done}");
}

fn two_nodes(home: &Home) -> [(Served, Client); 2] {
    let key = home.key("admin");
    [home.serve(), home.serve()].map(|mut node| {
        let client = node.client(&key);
        (node, client)
    })
}

#[test]
fn a_roll_out_whose_node_is_killed_is_carried_to_its_end_by_the_other() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let [(near, mut near_client), (_far, mut far)] = two_nodes(&home);
    staged(&mut near_client);
    let path = started(&mut near_client);
    let under_way = |one: &Value| one["moved"].as_u64().is_some_and(|moved| moved > 3);
    until("it is under way", PATIENCE, || Some(far.get(&path).data()).filter(under_way));

    near.kill();

    let left = far.get(&path).data();
    assert_eq!(left["status"], "running", "it was killed in the middle: {left}");
    let done = at_its_end(&mut far, &path);
    everyone_was_moved_once(&mut far, &done);
}

#[test]
fn a_roll_out_that_two_nodes_work_on_moves_everyone_once() {
    let cluster = cluster();
    let home = Home::postgres(&cluster, "core");
    let [(_near, mut near), (_far, mut far)] = two_nodes(&home);
    staged(&mut near);
    let path = started(&mut near);
    // Whoever steers a roll-out works on it: pausing and resuming by turns puts both to work.
    for _ in 0..2 {
        for client in [&mut far, &mut near] {
            for step in ["pause", "resume"] {
                assert_eq!(client.ask("POST", &format!("{path}/{step}"), &[], "").unwrap().status, 200, "{step}");
            }
        }
    }

    let done = at_its_end(&mut near, &path);

    everyone_was_moved_once(&mut near, &done);
    // The one that came last notes once more that all is done.
    until("both tell the same", PATIENCE, || (near.get(&path).data() == far.get(&path).data()).then_some(()));
}
