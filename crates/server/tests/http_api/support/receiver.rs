//! An endpoint of webhooks: it answers what the test says, and remembers what it got.

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{Caller, eventually};

/// What an endpoint answers.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status and nothing else.
    Status(u16),
    /// A status and a text.
    Text(u16, String),
    /// The address of another one.
    Redirect(String),
    /// Nothing, ever.
    Silence,
    /// A text without an end.
    Endless,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no `{name}` in {:?}", self.headers), |(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn event(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

/// An endpoint that listens until it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
    listening: tokio::task::JoinHandle<()>,
}

struct Inner {
    reply: Mutex<Reply>,
    received: Mutex<Vec<Received>>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Receiver {
    pub(crate) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner { reply: Mutex::new(reply), received: Mutex::default() });
        let served = Arc::clone(&inner);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&served)));
            }
        });
        Self { address, inner, listening }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers otherwise from now on.
    pub(crate) fn set(&self, reply: Reply) {
        *self.inner.reply.lock() = reply;
    }

    /// Everything received so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.received.lock().clone()
    }

    /// Waits until so many requests were received, and gives them.
    pub(crate) async fn until(&self, count: usize) -> Vec<Received> {
        eventually("enough webhooks", async || self.inner.received.lock().len() >= count).await;
        self.received()
    }
}

async fn answer(mut stream: TcpStream, inner: Arc<Inner>) -> Option<()> {
    let mut bytes = Vec::new();
    let (head, received) = loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        bytes.extend(&some[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in ASCII");
        let headers: Vec<(String, String)> = head
            .split("\r\n")
            .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.and_then(|(_, value)| value.parse().ok()).expect("a length");
        if bytes.len() >= end + 4 + length {
            break (head, Received { headers, body: bytes[end + 4..].to_vec() });
        }
    };
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    let reply = inner.reply.lock().clone();
    inner.received.lock().push(received);
    let text = |status: u16, more: &str, body: &str| {
        format!("HTTP/1.1 {status} Any\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    match reply {
        Reply::Status(status) => stream.write_all(text(status, "", "").as_bytes()).await.ok(),
        Reply::Text(status, body) => stream.write_all(text(status, "", &body).as_bytes()).await.ok(),
        Reply::Redirect(to) => {
            stream.write_all(text(307, &format!("Location: {to}\r\n"), "elsewhere").as_bytes()).await.ok()
        }
        Reply::Silence => std::future::pending().await,
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 500 Any\r\nConnection: close\r\n\r\n").await.ok()?;
            while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
            Some(())
        }
    }
}

/// Settings under which a test can receive webhooks.
pub(crate) const RECEIVING: [(&str, &str); 4] = [
    ("OUTGOING_WEBHOOKS__ALLOW_HTTP", "true"),
    ("OUTGOING_WEBHOOKS__ALLOW_PRIVATE", "true"),
    ("OUTGOING_WEBHOOKS__FIRST_RETRY_MS", "10"),
    ("OUTGOING_WEBHOOKS__POLL_MS", "5"),
];

/// An endpoint that was made.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Made {
    /// The path of the endpoint, or of something of it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/internal/webhook-endpoints/{}{rest}", self.id)
    }

    /// The endpoint as the API shows it.
    pub(crate) async fn shown(&self, admin: &Caller) -> Value {
        admin.get(&self.path("")).await.data()
    }

    /// Its deliveries, newest first, with their attempts.
    pub(crate) async fn deliveries(&self, admin: &Caller) -> Vec<Value> {
        let mut whole = Vec::new();
        let listed = admin.get(&self.path("/deliveries?limit=500")).await.data();
        for delivery in listed["deliveries"].as_array().expect("a list") {
            let id = delivery["id"].as_str().expect("an id");
            whole.push(admin.get(&self.path(&format!("/deliveries/{id}"))).await.data());
        }
        whole
    }
}

/// Makes an endpoint that hears some events, or all.
pub(crate) async fn make_endpoint(admin: &Caller, url: &str, events: &[&str]) -> Made {
    let answer = admin.post("/internal/webhook-endpoints", &json!({ "url": url, "events": events })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.data();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Made { id: text("id"), secret: text("secret") }
}
