//! A small HTTP/1.1 client that sends exactly what it is told: no normalised paths, no helpful headers.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Answer, PATIENCE, document};

/// A caller of one service.
#[derive(Clone)]
pub(crate) struct Caller {
    address: SocketAddr,
    key: Option<String>,
}

impl Caller {
    pub(crate) fn new(address: SocketAddr, key: Option<&str>) -> Self {
        Self { address, key: key.map(str::to_owned) }
    }

    pub(crate) fn ask(&self, method: &str, target: &str) -> Asking {
        let mut headers = vec![("Host".to_owned(), "core.internal".to_owned())];
        headers.extend(self.key.iter().map(|key| ("X-Internal-API-Key".to_owned(), key.clone())));
        Asking { address: self.address, method: method.to_owned(), target: target.to_owned(), headers, body: None }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask("GET", target).send().await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask("POST", target).json(body).send().await
    }

    pub(crate) async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.ask("PATCH", target).json(body).send().await
    }
}

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Asking {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Asking {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    pub(crate) fn body(self, content_type: &str, bytes: &[u8]) -> Self {
        let mut asking = self.header("Content-Type", content_type);
        asking.body = Some(bytes.to_vec());
        asking
    }

    /// Sends the request and holds its answer against the document.
    pub(crate) async fn send(self) -> Answer {
        let answer = raw(self.address, &self.bytes()).await;
        document::hold(&self.method, &self.target, &answer);
        answer
    }

    /// Sends the request and goes away at once.
    pub(crate) async fn send_and_leave(self) {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(&self.bytes()).await.expect("the request is sent");
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.target);
        let length = self.body.iter().map(|body| ("Content-Length".to_owned(), body.len().to_string()));
        for (name, value) in self.headers.iter().cloned().chain(length) {
            head.extend([&name, ": ", &value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), self.body.as_deref().unwrap_or_default()].concat()
    }
}

/// Sends bytes, whatever they are, and reads the answer to its end.
pub(crate) async fn raw(address: SocketAddr, request: &[u8]) -> Answer {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let (mut reading, mut writing) = stream.split();
        let mut answer = Vec::new();
        // A service that has heard enough answers and closes while the rest is still being sent.
        let (_sent, _read) = tokio::join!(writing.write_all(request), reading.read_to_end(&mut answer));
        answer
    };
    let answer = timeout(PATIENCE, exchange).await.expect("an answer in time");
    Answer::parse(&answer)
}
