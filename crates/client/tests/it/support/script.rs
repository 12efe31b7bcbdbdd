//! A service that answers what a test tells it to, one answer for each request, and remembers what it was asked.

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard(String);

impl Heard {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.0.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn line(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }
}

pub(crate) struct Script {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Script {
    /// Answers each request with the next of these (status line and headers, body); hangs when there are no more.
    pub(crate) async fn of(answers: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (noted, mut answers) = (Arc::clone(&heard), answers_of(answers).into_iter());
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { break };
                    asked.push(byte);
                }
                noted.lock().push(Heard(String::from_utf8_lossy(&asked).into_owned()));
                if let Some(answer) = answers.next() {
                    let _gone = stream.write_all(answer.as_bytes()).await;
                    let _gone = stream.shutdown().await;
                }
                kept.push(stream);
            }
        });
        Self { address, heard }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().clone()
    }
}

fn answers_of(answers: &[(&str, &str)]) -> Vec<String> {
    let answer = |(head, body): &(&str, &str)| {
        let length = body.len();
        format!(
            "HTTP/1.1 {head}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    answers.iter().map(answer).collect()
}
