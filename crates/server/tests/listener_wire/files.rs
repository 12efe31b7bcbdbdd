//! A process that runs out of file descriptors.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tokio::net::TcpStream;

use crate::host::{Host, PATIENCE, get, limits, until};

/// Set in the process that is short of file descriptors.
const SHORT: &str = "LISTENER_TEST_SHORT_OF_FILES";

/// Descriptors that it may have.
const DESCRIPTORS: usize = 48;

/// Ends the process with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _status = self.0.wait();
    }
}

#[tokio::test]
async fn a_listener_without_file_descriptors_waits_until_there_are_some_and_goes_on() {
    if std::env::var_os(SHORT).is_some() {
        return serve_short_of_files().await;
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\""));
    command.arg(std::env::current_exe().expect("a path"));
    command.args(["--exact", "files::a_listener_without_file_descriptors_waits_until_there_are_some_and_goes_on"]);
    command.arg("--nocapture").env(SHORT, "1").stdout(Stdio::piped());
    let mut process = Process(command.spawn().expect("a process"));
    let lines = BufReader::new(process.0.stdout.take().expect("its output")).lines();
    let mut said = lines.map(|line| line.expect("text"));
    let mut next = |what: &str| said.find_map(|line| line.strip_prefix(what).map(str::to_owned)).expect("it says so");
    let address = next("listening on ");

    let mut standing = Vec::new();
    for _connection in 0..2 * DESCRIPTORS {
        standing.push(TcpStream::connect(&address).await.expect("the system accepts for it"));
    }
    assert_eq!(next("no descriptor is "), "left");
    drop(standing);

    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    assert!(get(&mut stream, "/").await.ends_with("hello"));
}

async fn serve_short_of_files() {
    let limits = server::listener::ConnectionLimits { header_deadline: PATIENCE, ..limits() };
    let host = Host::new(server::listener::ConnectionLimits { connections: 1_000, ..limits }).await;
    println!("listening on {}", host.address);
    until("the system refuses", || host.stats.accept_errors() > 0).await;
    println!("no descriptor is left");
    // The other process ends this one; the bound is for the case that it cannot.
    let _bound = tokio::time::timeout(PATIENCE, std::future::pending::<()>()).await;
}
