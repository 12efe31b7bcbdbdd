//! Removes a cluster once nobody holds it any more, however its holder ended.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::ThrowawayError;

/// A small process that waits for the end of a pipe which only we hold, then kills the server and removes its folder. The system
/// closes the pipe when we die, so not even `kill -9` of a test leaves a cluster behind.
pub(crate) struct Reaper(Child);

impl Reaper {
    /// A reaper for the cluster in a folder.
    pub(crate) fn watch(folder: &Path) -> Result<Self, ThrowawayError> {
        let script = "
            trap '' INT TERM HUP
            cat > /dev/null
            master=$(head -n 1 \"$1/data/postmaster.pid\" 2> /dev/null)
            if [ -n \"$master\" ] && [ \"$(cat /proc/$master/comm 2> /dev/null)\" = postgres ]; then
                children=$(cat /proc/$master/task/*/children 2> /dev/null)
                kill -9 $master $children 2> /dev/null
            fi
            for attempt in 1 2 3 4 5 6 7 8 9 10; do
                rm -rf \"$1\" 2> /dev/null && break
                sleep 0.1
            done";
        let mut command = Command::new("sh");
        command.args(["-c", script, "reaper"]).arg(folder).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn();
        child.map(Self).map_err(|error| ThrowawayError::Run { program: "sh".to_owned(), error })
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // The folder is gone when the reaper has ended; there is nobody to tell if it has not.
        drop(self.0.wait());
    }
}
