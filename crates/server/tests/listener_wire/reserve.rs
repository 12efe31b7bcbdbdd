//! Connections beyond the limit.

use futures_util::future::join_all;
use server::listener::{ConnectionLimits, PROBE_CONNECTIONS};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::host::{Host, PATIENCE, get, limits, read_answer, until, until_closed, within_patience};

/// A listener all of whose connections are taken, with those.
async fn full(limits: ConnectionLimits) -> (Host, Vec<TcpStream>) {
    let host = Host::new(ConnectionLimits { connections: 2, ..limits }).await;
    let mut standing = Vec::new();
    for _ in 0..2 {
        let mut stream = host.connect().await;
        assert!(get(&mut stream, "/").await.ends_with("hello"));
        standing.push(stream);
    }
    (host, standing)
}

#[tokio::test]
async fn beyond_the_limit_one_request_is_answered_and_those_that_stand_go_on() {
    let (host, mut standing) = full(limits()).await;

    for (path, told) in [("/health", "hello"), ("/", "beyond the limit")] {
        let mut beyond = host.connect().await;
        let answer = get(&mut beyond, path).await;
        assert!(answer.ends_with(told) && answer.contains("connection: close"), "{answer}");
        until_closed(&mut beyond).await;
    }

    assert!(get(&mut standing[0], "/").await.ends_with("hello"));
    standing.pop();
    until("a place is free", || host.stats.open() == 1).await;
    let mut next = host.connect().await;
    for _ in 0..2 {
        assert!(get(&mut next, "/").await.ends_with("hello"));
    }
    assert_eq!(host.stats.turned_away(), 0);
}

#[tokio::test]
async fn who_asks_nothing_beyond_the_limit_makes_room_for_who_does() {
    let (host, _standing) = full(ConnectionLimits { header_deadline: PATIENCE, ..limits() }).await;
    // So many in one burst that most were told to end before the first of them has.
    let mut silent = join_all((0..5 * PROBE_CONNECTIONS).map(|_| host.connect())).await;

    for _ in 0..3 {
        let mut probe = host.connect().await;
        assert!(get(&mut probe, "/health").await.ends_with("hello"));
    }

    until_closed(&mut silent[0]).await;
    assert_eq!(host.stats.turned_away(), 0);
    let standing = u64::try_from(2 + PROBE_CONNECTIONS).expect("few");
    // At most one went for each of those that were answered.
    until("only as much room was made as was needed", || (standing - 3..standing).contains(&host.stats.open())).await;
}

#[tokio::test]
async fn who_asks_nothing_beyond_the_limit_is_cut_off() {
    let (host, _standing) = full(limits()).await;
    let mut silent = host.connect().await;

    until_closed(&mut silent).await;

    until("it is gone", || host.stats.open() == 2).await;
}

#[tokio::test]
async fn when_all_beyond_the_limit_are_being_answered_the_next_is_turned_away() {
    let (host, _standing) = full(ConnectionLimits { header_deadline: PATIENCE, ..limits() }).await;
    let mut busy = Vec::new();
    for _ in 0..PROBE_CONNECTIONS {
        let mut stream = host.connect().await;
        stream.write_all(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        within_patience(host.held.notified()).await;
        busy.push(stream);
    }

    let mut next = host.connect().await;
    let told = read_answer(&mut next).await;

    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("connection: close"), "{told}");
    assert!(told.ends_with("\"message\":\"too many connections\"}}"), "{told}");
    assert_eq!(host.stats.turned_away(), 1);
    host.release.notify_waiters();
    for stream in &mut busy {
        assert!(read_answer(stream).await.ends_with("held"));
    }
}
