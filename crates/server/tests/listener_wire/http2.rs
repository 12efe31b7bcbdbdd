//! HTTP/2, over TLS and without.

use std::time::Duration;

use http::{Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::listener::{ConnectionLimits, Drained};
use tokio::task::JoinHandle;

use crate::host::{Host, limits, until, within_patience};

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
