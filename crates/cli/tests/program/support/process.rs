//! Running the program.

use std::{
    ffi::OsString,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

/// How long a command that does not serve may take, on a busy machine.
const ENDS_WITHIN: Duration = Duration::from_mins(1);

/// What a command said until it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a command printed that went well and complained about nothing.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    /// The one line of a command that failed with that code and printed nothing else.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{self:?}");
        let line = self.err.strip_prefix("platform-core: ").and_then(|line| line.strip_suffix('\n'));
        let line = line.unwrap_or_else(|| panic!("not a line that says who speaks: {self:?}"));
        assert!(!line.is_empty() && !line.contains('\n'), "more than one line: {self:?}");
        line.to_owned()
    }
}

/// Where the program is.
pub(crate) fn path_of_program() -> OsString {
    let other = std::env::var_os("PLATFORM_CORE_TEST_PROGRAM");
    other.unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_platform-core")))
}

/// The program, with nothing of this process' environment that could configure it. It dies with the thread that starts it.
pub(crate) fn program() -> Command {
    let mut command = bound("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(path_of_program());
    command
}

/// A command without anything that could configure the program.
pub(crate) fn bound(name: &str) -> Command {
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PLATFORM_CORE") {
            command.env_remove(name);
        }
    }
    // Two programs of two tests must not meet on the usual port of the metrics.
    command.env("PLATFORM_CORE__METRICS__LISTEN", "127.0.0.1:0").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Said {
    run_with(program().args(args))
}

/// Runs a prepared command to its end, which must come: a program that serves where it should refuse would never end.
#[track_caller]
pub(crate) fn run_with(command: &mut Command) -> Said {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, (tell, told)) = (child.id(), mpsc::channel());
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    if let Ok(output) = told.recv_timeout(ENDS_WITHIN) {
        return Said::of(output.unwrap());
    }
    signal_to("KILL", id);
    panic!("the program still runs after {ENDS_WITHIN:?}: {command:?}");
}

/// Runs a prepared command to its end beside others.
pub(crate) fn output_of(mut command: Command) -> std::thread::JoinHandle<Said> {
    std::thread::spawn(move || run_with(&mut command))
}

/// Sends a signal, by its name.
pub(crate) fn signal(name: &str, child: &Child) {
    signal_to(name, child.id());
}

fn signal_to(name: &str, process: u32) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status().unwrap();
    assert!(sent.success());
}
