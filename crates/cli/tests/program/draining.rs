//! SIGTERM: not ready at once, what was asked is answered, exit code 0.

use std::{
    io::Write as _,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::support::{
    Acked, Client, Home, PATIENCE, Unanswered, Writer, audit, cluster, connect, pause, read_answer, until,
};

/// Within this a program that was asked to end has ended.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// How many clients write, and how many read, at once.
const CLIENTS: u64 = 6;

#[test]
fn sigterm_under_load_loses_and_resets_nothing_on_sqlite() {
    sigterm_under_load(&Home::sqlite());
}

#[test]
fn sigterm_under_load_loses_and_resets_nothing_on_postgresql() {
    let cluster = cluster();

    sigterm_under_load(&Home::postgres(&cluster, "core"));
}

fn sigterm_under_load(home: &Home) {
    let key = home.key("admin");
    let mut served = home.serve();
    let mut writers = Writer::several(CLIENTS, 3);
    let address = served.api();
    let (unanswered, asked_to_end) = (Mutex::new(Vec::new()), Mutex::new(None));
    let seen_not_ready = thread::scope(|scope| {
        let (unanswered, key) = (&unanswered, key.as_str());
        for writer in &mut writers {
            scope.spawn(move || {
                let mut client = Client::new(address, key);
                let failed = until("the end", PATIENCE, || writer.write(&mut client).err());
                unanswered.lock().unwrap().push(failed);
            });
        }
        for number in 0..CLIENTS {
            scope.spawn(move || {
                let company = format!("c0ffee00-0000-4000-8000-{:012x}", number + 1);
                let path = format!("/internal/companies/{company}/entitlements");
                let failed = until("the end", PATIENCE, || Client::new(address, key).ask("GET", &path, &[], "").err());
                unanswered.lock().unwrap().push(failed);
            });
        }
        pause(Duration::from_millis(300));
        *asked_to_end.lock().unwrap() = Some(Instant::now());
        served.terminate();
        readiness_until_refused(address)
    });

    let (status, log) = served.ended(ENDS_WITHIN);
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains(r#""message":"stopped""#), "the log ends before the program: {log}");
    assert!(seen_not_ready > 0, "nobody could see that the program was about to end");
    let asked_to_end = asked_to_end.into_inner().unwrap().unwrap();
    for failed in unanswered.into_inner().unwrap() {
        if let Unanswered::Sent(at, error) = failed {
            assert!(at > asked_to_end, "a request sent whole {:?} before the signal: {error}", asked_to_end - at);
        }
    }
    check_nothing_lost(home, &key, writers);
}

/// Asks on new connections whether the program is ready until none is taken any more; gives how often it said that it was not.
fn readiness_until_refused(address: std::net::SocketAddr) -> usize {
    let mut not_ready = 0;
    until("the end of the listener", ENDS_WITHIN, || match Client::new(address, "").ask("GET", "/ready", &[], "") {
        Ok(answer) if answer.status == 200 => {
            assert_eq!(not_ready, 0, "ready again after it was not");
            None
        }
        Ok(answer) => {
            assert_eq!(answer.code(503), "not_ready");
            not_ready += 1;
            None
        }
        Err(Unanswered::NotSent) => Some(()),
        Err(Unanswered::Sent(..)) => None,
    });
    not_ready
}

fn check_nothing_lost(home: &Home, key: &str, mut writers: Vec<Writer>) {
    let mut served = home.serve();
    let mut client = served.client(key);
    let before: usize = writers.iter().map(|writer| writer.acked.len()).sum();
    for writer in writers.iter_mut().filter(|writer| writer.pending.is_some()) {
        writer.write(&mut client).unwrap();
        assert!(writer.pending.is_none());
    }
    let acked: Vec<Acked> = writers.into_iter().flat_map(|writer| writer.acked).collect();
    let audited = audit(home.url(), &mut client, &acked);
    println!("{before} writes were answered before the end: {audited:?}");
    assert!(before > 50);
}

#[test]
fn a_request_under_way_is_finished_after_the_listener_is_closed() {
    let home = Home::sqlite();
    let key = home.key("admin");
    let mut served = home.serve();
    let client = served.client(&key);
    let body = r#"{"status":"active"}"#;
    let path = "/internal/companies/c0ffee00-0000-4000-8000-00000000abcd/basic";
    let request = client.request("POST", path, &[], body);
    let (first, rest) = request.split_at(request.len() - 5);
    let mut connection = connect(client.address()).unwrap();
    connection.get_mut().write_all(first.as_bytes()).unwrap();
    // The program has seen the head once it has answered somebody who came later.
    assert_eq!(served.client("").get("/health").status, 200);

    served.terminate();
    readiness_until_refused(client.address());
    connection.get_mut().write_all(rest.as_bytes()).unwrap();

    let answer = read_answer(&mut connection, Instant::now()).unwrap();
    assert_eq!(answer.data()["entitlementVersion"], 1);
    assert_eq!(served.ended(ENDS_WITHIN).0.code(), Some(0));
    let mut served = home.serve();
    assert_eq!(served.client(&key).entitlements("c0ffee00-0000-4000-8000-00000000abcd").data()["hasBasic"], true);
}

#[test]
fn a_client_that_holds_its_connection_does_not_hold_up_the_end() {
    let home = Home::sqlite();
    let mut served = home.serve();
    let mut client = served.client("");
    assert_eq!(client.get("/health").status, 200);
    let mut half = connect(client.address()).unwrap();
    half.get_mut().write_all(b"GET /health HTTP/1.1\r\n").unwrap();

    served.terminate();

    assert_eq!(served.ended(ENDS_WITHIN + Duration::from_secs(2)).0.code(), Some(0));
}
