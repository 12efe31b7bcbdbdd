//! A client that knows how far a request got: what was sent whole and what was not is what the tests are about.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;

/// Longer than any answer takes, also of a program in distress.
const PATIENCE: Duration = Duration::from_secs(15);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Answer {
    /// The body.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What stands in `data` of a success.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["data"].take()
    }

    /// The code of a failure of that status.
    #[track_caller]
    pub(crate) fn code(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The request was not sent whole: it was never asked.
    NotSent,
    /// It was sent whole by that moment, and the connection ended without an answer.
    Sent(Instant, io::Error),
}

/// A client that keeps its connection.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    key: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        Self { address, key: key.to_owned(), connection: None }
    }

    /// The same on a connection of its own.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.address, &self.key)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").unwrap()
    }

    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &[], body).unwrap()
    }

    /// What a company owns.
    #[track_caller]
    pub(crate) fn entitlements(&mut self, company: &str) -> Answer {
        self.get(&format!("/internal/companies/{company}/entitlements"))
    }

    /// Asks, on the connection that stands or on a new one.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Unanswered> {
        let began = Instant::now();
        let request = self.request(method, path, headers, body);
        let mut connection = self.send(request.as_bytes()).map_err(|_| Unanswered::NotSent)?;
        let sent = Instant::now();
        let answer = read_answer(&mut connection, began).map_err(|error| Unanswered::Sent(sent, error))?;
        if !answer.head.to_ascii_lowercase().contains("\r\nconnection: close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: core\r\nx-internal-api-key: {}\r\n", self.key);
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        if !body.is_empty() {
            let length = body.len().to_string();
            text.extend(["content-type: application/json\r\ncontent-length: ", length.as_str(), "\r\n"]);
        }
        text + "\r\n" + body
    }

    fn send(&mut self, request: &[u8]) -> io::Result<BufReader<TcpStream>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.address)?,
        };
        connection.get_mut().write_all(request)?;
        Ok(connection)
    }
}

/// A connection with deadlines.
pub(crate) fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

/// The next answer on a connection.
pub(crate) fn read_answer(connection: &mut BufReader<TcpStream>, began: Instant) -> io::Result<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let odd = || io::Error::new(io::ErrorKind::InvalidData, head.clone());
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(odd)?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    connection.read_exact(&mut body)?;
    let body = String::from_utf8(body).map_err(|_| odd())?;
    Ok(Answer { status, head, body, took: began.elapsed() })
}
