//! What is no request is refused with the envelope, and the connection ends.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::host::{Host, get, limits, within_patience};

/// Sends bytes and reads what comes until the connection ends.
async fn send(host: &Host, bytes: &[u8]) -> String {
    let mut stream = host.connect().await;
    let (mut reading, mut writing) = stream.split();
    let mut told = Vec::new();
    let exchange = async { tokio::join!(writing.write_all(bytes), reading.read_to_end(&mut told)) };
    let (_sent, read) = within_patience(exchange).await;
    read.expect("an answer");
    String::from_utf8(told).expect("text")
}

/// Fails unless it is one whole answer in the envelope; gives status, code and message.
fn refusal(told: &str) -> (u16, String, String) {
    let (head, body) = told.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {told:?}"));
    let named = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{head}"));
    assert_eq!(named("content-length: "), body.len().to_string());
    assert_eq!(named("content-type: "), "application/json");
    assert_eq!(named("connection: "), "close");
    assert_eq!(named("x-request-id: ").len(), 36);
    let status = named("HTTP/1.1 ").get(..3).and_then(|status| status.parse().ok()).expect("a status");
    let body: api::Failure = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {body}"));
    assert!(!body.success);
    assert_eq!(body.error.code.status(), status);
    (status, body.error.code.as_str().to_owned(), body.error.message)
}

#[tokio::test]
async fn what_is_not_http_is_refused_in_the_envelope() {
    let host = Host::new(limits()).await;
    for bytes in [
        b"nonsense\r\n\r\n".as_slice(),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx-\x01: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: \0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS greeting",
    ] {
        let told = send(&host, bytes).await;
        let expected = (400, "validation_error".to_owned(), "the request is not valid HTTP".to_owned());
        assert_eq!(refusal(&told), expected, "{}", String::from_utf8_lossy(bytes));
    }
    let mut good = host.connect().await;
    assert!(get(&mut good, "/").await.ends_with("hello"));
}

#[tokio::test]
async fn a_head_that_is_far_too_large_is_refused_in_the_envelope_and_heard_by_who_sends_it_all_first() {
    let host = Host::new(limits()).await;
    for head in [
        format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(500_000)),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(1_000)),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(150_000)),
    ] {
        let mut stream = host.connect().await;
        within_patience(stream.write_all(head.as_bytes())).await.expect("the rest is taken");
        let mut told = String::new();
        within_patience(stream.read_to_string(&mut told)).await.expect("the answer is not lost with the rest");
        let (status, code, message) = refusal(&told);
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{message}");
        assert!(message.contains("large") || message.contains("long"), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_request_behind_one_that_is_is_refused_after_its_answer() {
    let host = Host::new(limits()).await;
    let mut stream = host.connect().await;
    assert!(get(&mut stream, "/").await.ends_with("hello"));

    stream.write_all(b"nonsense\r\n\r\n").await.expect("sent");

    let mut told = String::new();
    within_patience(stream.read_to_string(&mut told)).await.expect("text");
    assert_eq!(refusal(&told).0, 400);
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_is_answered_so() {
    let host = Host::new(limits()).await;
    for before in [false, true] {
        let mut stream = host.connect().await;
        if before {
            assert!(get(&mut stream, "/").await.ends_with("hello"));
        }

        stream.write_all(b"GET / HTTP/1.1\r\nhost").await.expect("sent");

        let mut told = String::new();
        within_patience(stream.read_to_string(&mut told)).await.expect("text");
        let message = "the request line and headers were not sent in time".to_owned();
        assert_eq!(refusal(&told), (408, "request_timeout".to_owned(), message));
    }
    assert_eq!(host.stats.slow_headers(), 2);
}
