//! A program that serves.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;

use super::{Client, PATIENCE, process::signal, until};

/// A program that serves; killed when dropped.
pub(crate) struct Served {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Served {
    /// Starts a command that serves and logs JSON on standard error.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (kept, stderr) = (Arc::clone(&log), child.stderr.take().unwrap());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child, log, reader: Some(reader) }
    }

    /// Where the API listens, as the log says.
    pub(crate) fn api(&mut self) -> SocketAddr {
        self.address("api")
    }

    /// Where the metrics are, as the log says.
    pub(crate) fn metrics(&mut self) -> SocketAddr {
        self.address("metrics")
    }

    fn address(&mut self, listener: &str) -> SocketAddr {
        let mut ended = false;
        until("a line that says where the program listens", PATIENCE, || {
            let found = self.line("serving").and_then(|line| line[listener].as_str()?.parse().ok());
            assert!(found.is_some() || !ended, "the program ended: {}", self.log());
            ended = self.child.try_wait().unwrap().is_some();
            found
        })
    }

    /// The newest line of the log with that message.
    pub(crate) fn line(&self, message: &str) -> Option<Value> {
        let log = self.log.lock().unwrap();
        let mut lines = log.iter().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line["message"] == message)
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// A client with a key.
    pub(crate) fn client(&mut self, key: &str) -> Client {
        Client::new(self.api(), key)
    }

    /// The process.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        signal("TERM", &self.child);
    }

    /// Waits until it has ended; gives how, and everything that it logged.
    pub(crate) fn ended(&mut self, within: Duration) -> (ExitStatus, String) {
        let status = until("the end of the program", within, || self.child.try_wait().unwrap());
        drop(self.reader.take().map(JoinHandle::join));
        (status, self.log())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; nobody is left to tell if it will not end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
