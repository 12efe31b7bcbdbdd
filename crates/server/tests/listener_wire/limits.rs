//! Deadlines and limits of connections.

use std::time::{Duration, Instant};

use server::listener::{ConnectionLimits, Listener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::host::{Host, LARGE_BYTES, get, limits, read_answer, until, until_closed, within_patience};

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let host = Host::new(limits()).await;
    let mut stream = host.connect().await;

    for _request in 0..3 {
        assert!(get(&mut stream, "/").await.ends_with("hello"));
    }

    assert_eq!((host.stats.accepted(), host.stats.open()), (1, 1));
}

#[tokio::test]
async fn a_client_that_sends_nothing_or_too_slowly_is_cut_off_while_others_are_served() {
    let host = Host::new(limits()).await;
    let mut silent = host.connect().await;
    let mut slow = host.connect().await;
    let mut prior = host.connect().await;
    let mut good = host.connect().await;
    // The first bytes of HTTP/2, and no more: not yet a protocol, so no protocol's deadline counts.
    prior.write_all(b"PRI * HTTP").await.expect("sent");
    let dripping = tokio::spawn(async move {
        let began = Instant::now();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.expect("sent");
        let (mut part, mut told) = ([0; 64], Vec::new());
        loop {
            let silence = Duration::from_millis(20);
            match tokio::time::timeout(silence, slow.read(&mut part)).await {
                Ok(Ok(count)) if count > 0 => {
                    told.extend_from_slice(&part[..count]);
                }
                Ok(_) => return (began.elapsed(), told),
                Err(_) => {
                    if slow.write_all(b"x-drip: 1\r\n").await.is_err() {
                        return (began.elapsed(), told);
                    }
                }
            }
        }
    });

    assert!(get(&mut good, "/").await.ends_with("hello"));
    let (dripped, told) = within_patience(dripping).await.expect("it ends");
    let mut rest = Vec::new();
    for stream in [&mut silent, &mut prior] {
        within_patience(stream.read_to_end(&mut rest)).await.expect("it ends");
    }
    assert_eq!(rest, b"", "who has not spoken HTTP/1 would not understand an answer");
    let told = String::from_utf8(told).expect("text");
    assert!(told.starts_with("HTTP/1.1 408 Request Timeout\r\n") && told.contains("\"request_timeout\""), "{told}");

    assert!(dripped >= Duration::from_millis(250) && dripped < Duration::from_secs(3), "cut off after {dripped:?}");
    until("three are counted", || host.stats.slow_headers() == 3).await;
    // The deadline is for heads only: a connection that stands between requests is none of its business.
    assert!(get(&mut good, "/").await.ends_with("hello"));
}

#[tokio::test]
async fn a_slow_head_of_a_later_request_is_cut_off_too() {
    let host = Host::new(limits()).await;
    let mut stream = host.connect().await;
    assert!(get(&mut stream, "/").await.ends_with("hello"));

    stream.write_all(b"GET / HT").await.expect("sent");

    let waited = until_closed(&mut stream).await;
    assert!(waited >= Duration::from_millis(250) && waited < Duration::from_secs(3), "cut off after {waited:?}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_even_if_it_takes_a_little_now_and_then() {
    let host = Host::new(limits()).await;
    let mut stalled = host.connect().await;
    stalled.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut sipping = host.connect().await;
    sipping.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    until("both stand", || host.stats.open() == 2).await;

    let mut sip = vec![0; 1_024 * 1_024];
    let mut taken = 0;
    let began = Instant::now();
    while host.stats.open() > 0 && began.elapsed() < Duration::from_secs(5) {
        let pause = tokio::time::timeout(Duration::from_millis(50), host.held.notified()).await;
        assert!(pause.is_err(), "nobody asked to be held");
        taken += within_patience(sipping.read(&mut sip)).await.unwrap_or(0);
    }

    assert_eq!(host.stats.open(), 0, "a reader that does not read still stands");
    assert!(taken < LARGE_BYTES);
}

#[tokio::test]
async fn a_client_that_reads_steadily_gets_a_large_answer() {
    let host = Host::new(limits()).await;
    let mut stream = host.connect().await;
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("sent");

    let mut answer = Vec::new();
    within_patience(stream.read_to_end(&mut answer)).await.expect("whole");

    assert!(answer.len() > LARGE_BYTES);
}

#[tokio::test]
async fn a_connection_without_requests_ends_and_one_with_a_long_request_does_not() {
    let host = Host::new(ConnectionLimits { idle: Duration::from_millis(400), ..limits() }).await;
    let mut idle = host.connect().await;
    let mut busy = host.connect().await;
    assert!(get(&mut idle, "/").await.ends_with("hello"));
    busy.write_all(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");

    let waited = until_closed(&mut idle).await;

    assert!(waited >= Duration::from_millis(300) && waited < Duration::from_secs(3), "ended after {waited:?}");
    assert_eq!(host.stats.slow_headers(), 0);
    // As long again, so that the other one was looked at often enough to be taken for idle, and dropped for it.
    let mut again = host.connect().await;
    assert!(get(&mut again, "/").await.ends_with("hello"));
    until_closed(&mut again).await;
    host.release.notify_one();
    assert!(read_answer(&mut busy).await.ends_with("held"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let host = Host::new(limits()).await;
    let mut fits = host.connect().await;
    let mut large = host.connect().await;
    let request = |bytes| format!("GET / HTTP/1.1\r\nhost: x\r\nx-filler: {}\r\n\r\n", "a".repeat(bytes));

    fits.write_all(request(15_000).as_bytes()).await.expect("sent");
    large.write_all(request(20_000).as_bytes()).await.expect("sent");

    assert!(read_answer(&mut fits).await.ends_with("hello"));
    let told = read_answer(&mut large).await;
    assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("`limits.max_header_bytes`"), "{told}");
}

#[tokio::test]
async fn a_busy_port_is_one_clear_line() {
    let host = Host::new(limits()).await;

    let refused = Listener::bind(host.address, None, limits()).await.err().expect("refused");

    let line = format!("`{}` is in use: stop what listens there, or choose another address", host.address);
    assert_eq!(refused.to_string(), line);
}
