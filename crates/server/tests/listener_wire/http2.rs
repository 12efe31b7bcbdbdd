//! HTTP/2, over TLS and without.

use std::time::Duration;

use http::{Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{Builder, SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::listener::{ConnectionLimits, Drained};
use tokio::task::JoinHandle;

use crate::host::{Host, LARGE_BYTES, PATIENCE, limits, until, within_patience};

type Client = SendRequest<Empty<bytes::Bytes>>;

async fn client(host: &Host) -> (Client, JoinHandle<()>) {
    let stream = TokioIo::new(host.connect().await);
    let (client, connection) = handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    let ended = tokio::spawn(async move {
        let _result = connection.await;
    });
    (client, ended)
}

async fn get(client: &mut Client, path: &str) -> String {
    let request = Request::get(format!("http://x{path}")).body(Empty::new()).expect("a request");
    let response = within_patience(client.send_request(request)).await.expect("answered");
    assert_eq!(response.version(), Version::HTTP_2);
    let body = within_patience(response.into_body().collect()).await.expect("whole").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

#[tokio::test]
async fn a_connection_that_stands_between_requests_is_not_taken_for_a_slow_head() {
    let host = Host::new(limits()).await;
    let (mut client, ended) = client(&host).await;
    assert_eq!(get(&mut client, "/").await, "hello");

    // Longer than the deadline for heads; frames that belong to no request go to and fro meanwhile.
    assert!(tokio::time::timeout(Duration::from_millis(600), ended).await.is_err(), "ended");

    assert_eq!(get(&mut client, "/").await, "hello");
    assert_eq!((host.stats.slow_headers(), host.stats.accepted()), (0, 1));
}

#[tokio::test]
async fn a_client_that_makes_a_connection_and_asks_nothing_is_cut_off() {
    let host = Host::new(limits()).await;
    let (_client, ended) = client(&host).await;

    within_patience(ended).await.expect("ended");

    until("it is counted", || host.stats.slow_headers() == 1).await;
}

#[tokio::test]
async fn beyond_the_limit_of_connections_one_request_is_answered() {
    let host = Host::new(ConnectionLimits { connections: 1, header_deadline: PATIENCE, ..limits() }).await;
    let (mut standing, _) = client(&host).await;
    assert_eq!(get(&mut standing, "/").await, "hello");

    let (mut beyond, ended) = client(&host).await;
    assert_eq!(get(&mut beyond, "/health").await, "hello");

    within_patience(ended).await.expect("ended");
    assert_eq!(get(&mut standing, "/").await, "hello");
}

#[tokio::test]
async fn an_idle_connection_ends_and_a_busy_one_is_answered_before_the_end() {
    let host = Host::new(ConnectionLimits { idle: Duration::from_millis(400), ..limits() }).await;
    let (mut idle, idle_ended) = client(&host).await;
    let (mut busy, busy_ended) = client(&host).await;
    assert_eq!(get(&mut idle, "/").await, "hello");
    let release = std::sync::Arc::clone(&host.release);
    let held = std::sync::Arc::clone(&host.held);
    let answer = tokio::spawn(async move { get(&mut busy, "/held").await });
    within_patience(held.notified()).await;

    within_patience(idle_ended).await.expect("ended");
    let stopping = host.begin_stop();
    release.notify_one();

    assert_eq!(within_patience(answer).await.expect("answered"), "held");
    within_patience(busy_ended).await.expect("ended");
    assert_eq!(within_patience(stopping).await.expect("ended"), Drained { dropped: 0 });
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_an_answer_or_too_little_is_cut_off() {
    for window in [0, 1] {
        let host = Host::new(limits()).await;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (mut client, connection) = builder.handshake(TokioIo::new(host.connect().await)).await.expect("HTTP/2");
        let ended = tokio::spawn(async move {
            let _result = connection.await;
        });

        let request = Request::get("http://x/").body(Empty::<bytes::Bytes>::new()).expect("a request");
        let untaken = within_patience(client.send_request(request)).await.expect("the head is answered");

        within_patience(ended).await.expect("ended");
        until("it is counted", || host.stats.slow_readers() == 1 && host.stats.open() == 0).await;
        drop(untaken);
    }
}

#[tokio::test]
async fn an_answer_that_has_nothing_to_say_for_long_is_not_cut_off() {
    let host = Host::new(limits()).await;
    let (mut client, ended) = client(&host).await;
    let request = Request::get("http://x/quiet").body(Empty::new()).expect("a request");
    let mut answer = within_patience(client.send_request(request)).await.expect("answered").into_body();
    let part = within_patience(answer.frame()).await.expect("a part").expect("whole").into_data().expect("bytes");
    assert_eq!(part, "a beginning");

    // Longer than the deadline for taking an answer.
    assert!(tokio::time::timeout(Duration::from_millis(900), ended).await.is_err(), "ended");
    host.release.notify_one();

    let rest = within_patience(answer.collect()).await.expect("whole").to_bytes();
    assert_eq!((rest.as_ref(), host.stats.slow_readers()), (b" and an end".as_ref(), 0));
}

#[tokio::test]
async fn a_client_that_reads_steadily_gets_large_answers_at_once() {
    let host = Host::new(ConnectionLimits { write_deadline: PATIENCE, ..limits() }).await;
    let (client, _ended) = client(&host).await;

    let answers = [0; 2].map(|_| {
        let mut client = client.clone();
        tokio::spawn(async move { get(&mut client, "/large").await.len() })
    });

    for answer in answers {
        assert_eq!(within_patience(answer).await.expect("answered"), LARGE_BYTES);
    }
}

/// The library answers it by itself (docs/operating.md says so).
#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_the_connection_stands() {
    let host = Host::new(limits()).await;
    let (mut client, _ended) = client(&host).await;
    let request =
        Request::get("http://x/").header("x-filler", "a".repeat(20_000)).body(Empty::new()).expect("a request");

    let refused = within_patience(client.send_request(request)).await.expect("answered");

    assert_eq!(refused.status(), 431);
    assert_eq!(get(&mut client, "/").await, "hello");
}
