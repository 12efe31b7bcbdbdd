//! The server's processes.

use std::process::Command;

use crate::{ThrowawayError, install::run};

/// The server's processes: the postmaster, then everything it started.
pub(crate) fn family(postmaster: u32) -> Vec<u32> {
    let mut family = vec![postmaster];
    let tasks = std::fs::read_dir(format!("/proc/{postmaster}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        family.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    family
}

/// Sends a signal (by its name, such as `STOP`) to processes. One that has ended meanwhile is no error.
pub(crate) fn signal(name: &str, pids: &[u32]) -> Result<(), ThrowawayError> {
    for pid in pids {
        let mut kill = Command::new("kill");
        let sent = run(kill.arg(format!("-{name}")).arg(pid.to_string()));
        if sent.is_err() && std::fs::metadata(format!("/proc/{pid}")).is_ok() {
            sent?;
        }
    }
    Ok(())
}

/// Whether a process is in one of these states (as in proc(5): `T` stopped, `Z` dead and not yet noticed by its parent), or is gone.
pub(crate) fn is_in(pid: u32, states: &[char]) -> bool {
    let told = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let state = told.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_none_or(|state| state.trim_start().starts_with(states))
}
