//! Draining.

use std::time::{Duration, Instant};

use server::listener::Drained;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::host::{Host, PATIENCE, get, limits, read_answer, until_closed, within_patience};

#[tokio::test]
async fn requests_under_way_are_answered_and_connections_without_one_end_at_once() {
    let host = Host::new(limits()).await;
    let mut idle = host.connect().await;
    assert!(get(&mut idle, "/").await.ends_with("hello"));
    let mut busy = host.connect().await;
    busy.write_all(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    within_patience(host.held.notified()).await;
    let (address, release) = (host.address, std::sync::Arc::clone(&host.release));

    let stopping = host.begin_stop();
    until_closed(&mut idle).await;
    assert!(TcpStream::connect(address).await.is_err(), "still accepts connections");
    assert!(!stopping.is_finished());
    release.notify_one();

    let answer = read_answer(&mut busy).await;
    assert!(answer.ends_with("held") && answer.contains("connection: close"), "{answer}");
    assert_eq!(within_patience(stopping).await.expect("it ends"), Drained { dropped: 0 });
}

#[tokio::test]
async fn what_is_not_answered_in_time_is_dropped() {
    let host = Host::with(limits(), None, Duration::from_millis(200)).await;
    let mut busy = host.connect().await;
    busy.write_all(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    within_patience(host.held.notified()).await;
    let began = Instant::now();

    let drained = host.stop().await;

    assert_eq!(drained, Drained { dropped: 1 });
    assert!(began.elapsed() >= Duration::from_millis(200) && began.elapsed() < PATIENCE);
    until_closed(&mut busy).await;
}

#[tokio::test]
async fn a_listener_without_connections_ends_at_once() {
    let host = Host::new(limits()).await;
    let began = Instant::now();

    assert_eq!(host.stop().await, Drained { dropped: 0 });

    assert!(began.elapsed() < Duration::from_secs(2));
}
