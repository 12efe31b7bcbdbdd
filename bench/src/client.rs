//! Single requests: to wait for a target, to check that what is measured is right, and to time one call.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// How long one call may take.
const CALL_DEADLINE: Duration = Duration::from_secs(30);

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
    /// From the first byte sent to the last received.
    pub took: Duration,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When the status is no success, or the body no JSON.
    pub fn json(&self) -> Outcome<serde_json::Value> {
        if !(200..300).contains(&self.status) {
            return Err(format!("answered {}: {}", self.status, self.body).into());
        }
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// Asks with GET.
///
/// # Errors
/// When there is no whole answer in time.
pub async fn get(target: SocketAddr, path: &str, key: &str) -> Outcome<Answer> {
    call(target, "GET", path, key, "").await
}

/// Sends a JSON body.
///
/// # Errors
/// When there is no whole answer in time.
pub async fn call(target: SocketAddr, method: &str, path: &str, key: &str, body: &str) -> Outcome<Answer> {
    let content = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\nx-internal-api-key: {key}\r\n{content}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::time::timeout(CALL_DEADLINE, exchange(target, request.as_bytes())).await?
}

async fn exchange(target: SocketAddr, request: &[u8]) -> Outcome<Answer> {
    let mut stream = TcpStream::connect(target).await?;
    let begun = Instant::now();
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let took = begun.elapsed();
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the target closed the connection")?;
    let status = head.get(9..12).ok_or("the answer is no HTTP")?.parse()?;
    Ok(Answer { status, body: body.to_owned(), took })
}
