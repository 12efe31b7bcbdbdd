//! Where PostgreSQL's server programs are, and as whom they run.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::ThrowawayError;

/// An installed PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Install {
    bin: PathBuf,
    /// PostgreSQL refuses to run as root; then its programs run as the user `postgres`.
    as_postgres: bool,
}

impl Install {
    /// The newest version installed: Debian keeps its server programs out of the search path.
    pub(crate) fn find() -> Result<Self, ThrowawayError> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut found: Vec<(u32, PathBuf)> = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, bin)| bin.join("initdb").exists())
            .collect();
        found.sort();
        let searched = std::env::var_os("PATH").unwrap_or_default();
        let in_path = std::env::split_paths(&searched).find(|folder| folder.join("initdb").exists());
        let bin = found.pop().map(|(_, bin)| bin).or(in_path).ok_or(ThrowawayError::NotInstalled)?;
        Ok(Self { bin, as_postgres: is_root() })
    }

    /// A command for one of the server programs, run as a user that PostgreSQL accepts.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        let mut command = if self.as_postgres {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // Settings of a developer's own client must not reach the throwaway cluster.
        for name in ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSERVICE", "PGOPTIONS"] {
            command.env_remove(name);
        }
        command.current_dir("/");
        command
    }

    /// The folder of the programs.
    pub(crate) fn bin(&self) -> &Path {
        &self.bin
    }

    /// Gives a folder to the user that the server runs as.
    pub(crate) fn hand_over(&self, folder: &Path) -> Result<(), ThrowawayError> {
        if self.as_postgres {
            run(Command::new("chown").arg("postgres:postgres").arg(folder))?;
        }
        Ok(())
    }
}

/// Runs a command to its end; its failure is an error with what it said.
pub(crate) fn run(command: &mut Command) -> Result<Output, ThrowawayError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| ThrowawayError::Run { program: program.clone(), error })?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [output.stderr.as_slice(), output.stdout.as_slice()].concat();
    let program = format!("{program} {:?}", command.get_args().collect::<Vec<_>>());
    Err(ThrowawayError::Failed { program, said: String::from_utf8_lossy(&said).into_owned() })
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}
