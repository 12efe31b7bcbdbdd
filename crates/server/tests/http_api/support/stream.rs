//! A stream of the change feed, as a client reads it.

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::{PATIENCE, Running};

/// A stream of changes, line by line.
pub(crate) struct Stream {
    pub(crate) lines: BufReader<TcpStream>,
    pub(crate) head: String,
}

impl Stream {
    pub(crate) async fn open(service: &Running, target: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(service.api).await.expect("a connection");
        let last = last.map_or_else(String::new, |last| format!("Last-Event-ID: {last}\r\n"));
        let key = &service.keys().auth;
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: core\r\nAccept: text/event-stream\r\n{last}X-Internal-API-Key: {key}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).await.expect("a head") > 0, "{head}");
        }
        Self { lines, head }
    }

    /// The next line that says something; `None` at the end.
    pub(crate) async fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if timeout(PATIENCE, self.lines.read_line(&mut line)).await.expect("a line in time").ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            // The lengths of the parts stand between them.
            let is_length = line.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !line.is_empty() && !is_length {
                return Some(line.to_owned());
            }
        }
    }

    /// The next change, and how often the stream said that it is complete before.
    pub(crate) async fn change(&mut self) -> (Value, u32) {
        let mut beats = 0;
        loop {
            let line = self.line().await.expect("the stream goes on");
            if line.starts_with(": position=") {
                beats += 1;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (serde_json::from_str(data).expect("JSON"), beats);
            }
        }
    }

    /// The next heartbeat: up to where, and as of when.
    pub(crate) async fn beat(&mut self) -> (String, String) {
        loop {
            let line = self.line().await.expect("the stream goes on");
            let beat = line.strip_prefix(": position=").and_then(|beat| beat.split_once(" asOf="));
            if let Some((position, as_of)) = beat {
                return (position.to_owned(), as_of.to_owned());
            }
        }
    }
}
