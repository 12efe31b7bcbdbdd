//! Reading bodies.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::host::{Host, get, limits, read_answer, until_closed};

async fn post(host: &Host, head: &str, body: &[u8]) -> String {
    let mut stream = host.connect().await;
    stream.write_all(format!("POST /body HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n").as_bytes()).await.expect("sent");
    // The other side may refuse before all is sent.
    let _sent = stream.write_all(body).await;
    read_answer(&mut stream).await
}

#[tokio::test]
async fn a_body_within_the_limit_is_read_whole() {
    let host = Host::new(limits()).await;

    assert!(post(&host, "content-length: 1000", &[b'a'; 1_000]).await.ends_with(&"a".repeat(1_000)));
    assert!(post(&host, "content-length: 0", b"").await.ends_with("\r\n\r\n"));
    let parts = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert!(post(&host, "transfer-encoding: chunked", parts).await.ends_with("\r\n\r\nabcde"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_by_what_it_announces_and_by_what_it_is() {
    let host = Host::new(limits()).await;
    let refusal = "the body is larger than 1000 bytes";

    assert!(post(&host, "content-length: 1001", b"").await.ends_with(refusal));
    let mut parts = format!("3E8\r\n{}\r\n1\r\n", "a".repeat(1_000)).into_bytes();
    parts.extend_from_slice(b"a\r\n0\r\n\r\n");
    assert!(post(&host, "transfer-encoding: chunked", &parts).await.ends_with(refusal));
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_refused() {
    let host = Host::new(limits()).await;

    let answer = post(&host, "content-length: 10", b"abc").await;

    assert!(answer.ends_with("the body was not sent in time"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_no_body_is_refused() {
    let host = Host::new(limits()).await;

    let answer = post(&host, "transfer-encoding: chunked", b"no length\r\n").await;

    assert!(answer.ends_with("the body broke off"), "{answer}");
}

#[tokio::test]
async fn what_is_left_of_an_unread_body_is_not_waited_for_beyond_the_deadline() {
    let host = Host::new(limits()).await;
    let mut stream = host.connect().await;
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nabc").await.expect("sent");

    assert!(read_answer(&mut stream).await.ends_with("hello"));

    assert!(until_closed(&mut stream).await < Duration::from_secs(3));
    let mut other = host.connect().await;
    assert!(get(&mut other, "/").await.ends_with("hello"));
}
