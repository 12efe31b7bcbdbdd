//! How a command ends: exit code 0 fine, 1 failed, 2 usage or a plan that would change something; an error is one line on standard error that says what to do.

use std::{
    fmt,
    io::{self, Write},
    process::ExitCode,
};

use clap::error::ErrorKind;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// What was asked makes no sense: exit code 2.
    Usage(String),
    /// It did not work: exit code 1.
    Because(String),
    /// It did not work, for several reasons, a line each: exit code 1.
    Many(Vec<String>),
    /// A plan would change something: exit code 2, and nothing to complain about.
    Differs,
}

impl Failed {
    /// It did not work, because of that.
    pub(crate) fn because(error: impl fmt::Display) -> Self {
        Self::Because(error.to_string())
    }
}

/// The exit code of a command, after its error was written.
pub(crate) fn exit_code(result: Result<(), Failed>) -> ExitCode {
    let (code, lines) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failed::Usage(line)) => (2, vec![line]),
        Err(Failed::Because(line)) => (1, vec![line]),
        Err(Failed::Many(lines)) => (1, lines),
        Err(Failed::Differs) => (2, Vec::new()),
    };
    for line in lines {
        // When standard error is gone there is nobody to tell.
        let _ = writeln!(io::stderr(), "platform-core: {}", line.replace('\n', " "));
    }
    ExitCode::from(code)
}

/// Help and version are fine; everything else is a usage error, in one line like every other.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return exit_code(print(&error.to_string()));
    }
    let text = error.to_string();
    // What follows the complaint is the usage in several lines, which the help tells better.
    let is_missing = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let complaint = text.split("\n\nUsage:").next().filter(|_| !is_missing).unwrap_or("a command is missing");
    let complaint = complaint.strip_prefix("error: ").unwrap_or(complaint);
    let complaint = complaint.split("\n\nFor more information").next().unwrap_or(complaint);
    let words: Vec<&str> = complaint.split_whitespace().collect();
    exit_code(Err(Failed::Usage(format!(
        "{}; `platform-core --help` and `platform-core COMMAND --help` say more",
        words.join(" ")
    ))))
}

/// Writes to standard output; a reader that has gone away is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failed> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failed::because(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
