//! The database fails over to a standby: nothing that was acknowledged is lost, no node answers anything older, and all goes on by itself.

use std::thread;

use serde_json::json;
use throwaway::{Cluster, Options};

use crate::support::{
    Acked, Acknowledged, Client, Dice, Home, NORMAL_WITHIN, PATIENCE, Proxy, Writer, audit_beside, under_load, until,
};

/// How many clients write at once.
const WRITERS: u64 = 4;

/// A company that none of them writes.
const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";
const ADDONS: &str = "/internal/companies/c0ffee00-0000-4000-8000-00000000abcd/addons";

#[test]
fn a_failover_to_a_standby_loses_nothing_and_no_node_answers_what_is_older() {
    let mut primary = Cluster::start(Options { loopback: true, ..Options::default() }).unwrap();
    let proxy = Proxy::to(([127, 0, 0, 1], primary.port()).into());
    primary.create_database("core").unwrap();
    let home = Home::at(&format!("postgres://postgres@{}/core", proxy.address()));
    home.run(&["migrate"]).fine();
    let standby = primary.standby().unwrap();
    let key = home.key("admin");
    let mut nodes = [home.serve(), home.serve(), home.serve()];
    let mut clients = nodes.each_mut().map(|node| node.client(&key));
    let mut writers = Writer::several(WRITERS, Dice::new(20_261_121).roll());
    let acknowledged = Acknowledged::default();
    let write = |client: &mut Client, round: usize| write(client, round, &acknowledged);
    write(&mut clients[0], 0);

    let read_by = thread::scope(|scope| {
        let readers = clients.each_ref().map(|client| {
            let (mut client, acknowledged) = (client.another(), &acknowledged);
            scope.spawn(move || acknowledged.read(&mut client, COMPANY))
        });
        let over = acknowledged.until_dropped();
        under_load(&mut writers, &clients[1].another(), |progress| {
            progress.await_more(200, PATIENCE);
            // A busy machine may refuse a write for lack of time; it does not go on refusing.
            let written = |clients: &mut [Client; 3], round: usize| {
                until("a write", NORMAL_WITHIN, || (write(&mut clients[round % 3], round) == 200).then_some(()));
            };
            for round in 1..20 {
                written(&mut clients, round);
            }
            primary.kill().unwrap();
            for client in &mut clients {
                until("nothing that is not confirmed", PATIENCE, || {
                    (client.entitlements(COMPANY).status == 503).then_some(())
                });
                assert_eq!(write(client, 1), 503);
            }
            standby.promote().unwrap();
            proxy.turn_to(([127, 0, 0, 1], standby.port()).into());
            for client in &mut clients {
                until("a write on every node", NORMAL_WITHIN, || (write(client, 1) == 200).then_some(()));
                until("readiness", NORMAL_WITHIN, || (client.get("/ready").status == 200).then_some(()));
            }
            progress.await_more(200, NORMAL_WITHIN);
            for round in 0..20 {
                written(&mut clients, round);
            }
        });
        drop(over);
        readers.map(|reader| reader.join().unwrap())
    });

    println!("answers and refusals by node: {read_by:?}");
    assert!(read_by.iter().all(|(answers, refusals)| *answers > 0 && *refusals > 0), "{read_by:?}");
    let last = acknowledged.last();
    for client in &mut clients {
        until("the last acknowledged write on every node", PATIENCE, || {
            (client.entitlements(COMPANY).data()["entitlementVersion"] == last).then_some(())
        });
    }
    audit_all(&home, &mut clients[2], &mut writers);
}

/// Writes the company that the readers look at; a write that is not answered is refused.
fn write(client: &mut Client, round: usize, acknowledged: &Acknowledged) -> u16 {
    let status = if round.is_multiple_of(2) { "active" } else { "paused" };
    let answer = client.post(ADDONS, &json!({"addonKey": "finance", "status": status}).to_string());
    if answer.status == 200 {
        acknowledged.add(answer.data()["entitlementVersion"].as_u64().unwrap());
    } else {
        assert_eq!(answer.code(503), "service_unavailable");
    }
    answer.status
}

/// Repeats what was not answered, and holds everything against what was.
fn audit_all(home: &Home, client: &mut Client, writers: &mut [Writer]) {
    for writer in writers.iter_mut().filter(|writer| writer.pending.is_some()) {
        until("an answer to a repeated write", PATIENCE, || {
            writer.write(client).unwrap();
            writer.pending.is_none().then_some(())
        });
    }
    let acked: Vec<Acked> = writers.iter().flat_map(|writer| writer.acked.iter().cloned()).collect();
    println!("{:?}", audit_beside(&[COMPANY], home.url(), client, &acked));
}
