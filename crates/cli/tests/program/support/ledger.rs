//! An endpoint of webhooks that keeps a ledger of what it got, outside the program under test.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use serde_json::Value;

/// The endpoint. It refuses some messages, and takes some without ever saying so; both must come again.
pub(crate) struct Ledger {
    address: SocketAddr,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    requests: AtomicU64,
    /// By the message's id: the versions that were told.
    messages: Mutex<BTreeMap<String, Vec<u64>>>,
}

impl Ledger {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, kept) = (listener.local_addr().unwrap(), Arc::<Kept>::default());
        let written = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&written);
                thread::spawn(move || take(&stream, &kept));
            }
        });
        Self { address, kept }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// The messages taken so far, with the versions that each told.
    pub(crate) fn messages(&self) -> BTreeMap<String, Vec<u64>> {
        self.kept.messages.lock().unwrap().clone()
    }
}

/// One request of a connection, as far as it comes: whoever sends may be killed at any moment.
fn take(stream: &TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => id = Some(value.to_owned()),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let number = kept.requests.fetch_add(1, Ordering::SeqCst);
    let status = if number % 7 == 3 { 500 } else { 200 };
    if status == 200 {
        let version = body["data"]["entitlementVersion"].as_u64().unwrap();
        kept.messages.lock().unwrap().entry(id.unwrap()).or_default().push(version);
    }
    if number % 11 != 5 {
        let answer = format!("HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let mut stream = stream;
        stream.write_all(answer.as_bytes()).ok()?;
    }
    Some(())
}
