//! Programs under measurement: started, watched through /proc, ended with the run.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use throwaway::Cluster;

use crate::{Outcome, client};

/// What a clock tick of /proc is, in microseconds: Linux shows 100 to the second to programs, whatever the kernel's own rate is.
const TICK_US: u64 = 10_000;

/// How long a program may take to answer for the first time.
const START_DEADLINE: Duration = Duration::from_mins(2);

/// A program that serves on an address. Dropping it ends it.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// From its start to its first good answer.
    pub started_in: Duration,
}

impl Served {
    /// Starts a program and waits until `path` answers 200. What it prints goes into the file `log`, as an operator would have it.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready in time.
    pub async fn start(command: &mut Command, address: SocketAddr, path: &str, log: &Path) -> Outcome<Self> {
        let output = File::create(log)?;
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        let mut served = Self { child, address, started_in: Duration::ZERO };
        while !client::get(address, path, "").await.is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = served.child.try_wait()? {
                return Err(format!("{command:?} ended with {status}; see {}", log.display()).into());
            }
            if begun.elapsed() > START_DEADLINE {
                return Err(format!("{command:?} is not ready; see {}", log.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        served.started_in = begun.elapsed();
        Ok(served)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it has used so far, in microseconds.
    ///
    /// # Errors
    /// When it is gone.
    pub fn cpu_us(&self) -> Outcome<u64> {
        Ok(cpu_ticks(self.pid())?.own * TICK_US)
    }

    /// Memory that it holds, in bytes.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resident_bytes(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        let kib: u64 = line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Processor time of a process with every child that it has or had, in microseconds: what a database server used, which is many processes.
///
/// # Errors
/// When it is gone.
pub fn family_cpu_us(pid: u32) -> Outcome<u64> {
    let mut ticks = cpu_ticks(pid)?.with_reaped;
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // A child that ends meanwhile has become part of what its parent reaped; a round is long against that.
        if let Ok(used) = cpu_ticks(child)
            && used.parent == pid
        {
            ticks += used.own;
        }
    }
    Ok(ticks * TICK_US)
}

/// The process id of a database server.
///
/// # Errors
/// When it is not running.
pub fn postmaster(cluster: &Cluster) -> Outcome<u32> {
    let file = std::fs::read_to_string(cluster.folder().join("data/postmaster.pid"))?;
    Ok(file.lines().next().unwrap_or_default().parse()?)
}

struct Ticks {
    parent: u32,
    own: u64,
    with_reaped: u64,
}

fn cpu_ticks(pid: u32) -> Outcome<Ticks> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program stands in parentheses and may hold anything, so fields are counted from the last one.
    let (_, fields) = stat.rsplit_once(')').ok_or("unreadable /proc/PID/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| -> Outcome<u64> { Ok(fields.get(number - 3).ok_or("short /proc/PID/stat")?.parse()?) };
    let own = field(14)? + field(15)?;
    Ok(Ticks { parent: u32::try_from(field(4)?)?, own, with_reaped: own + field(16)? + field(17)? })
}

/// An address on this machine that was free a moment ago.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Runs a program to its end and gives what it printed.
///
/// # Errors
/// When it cannot be started or fails; the message carries what it printed as errors.
pub fn output(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}
