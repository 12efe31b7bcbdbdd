//! A database of a test's own, and the program over it.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;
use throwaway::Cluster;

use super::{
    Client, Served,
    process::{Said, program, run_with},
};

/// A database and a folder that go with the test.
pub(crate) struct Home {
    folder: TempDir,
    url: String,
}

impl Home {
    /// An embedded database, not made yet.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("core.db").display());
        Self { folder, url }
    }

    /// An embedded database with the bootstrap catalog.
    pub(crate) fn sqlite() -> Self {
        let home = Self::empty();
        home.run(&["migrate"]).fine();
        home
    }

    /// A database in a cluster, with the bootstrap catalog.
    pub(crate) fn postgres(cluster: &Cluster, name: &str) -> Self {
        let home = Self::at(&cluster.create_database(name).unwrap());
        home.run(&["migrate"]).fine();
        home
    }

    /// The database of a URL.
    pub(crate) fn at(url: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: url.to_owned() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments on this database.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.args(args).args(["--database-url", &self.url]).current_dir(self.folder.path());
        command
    }

    /// Runs the program on this database to its end.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        run_with(&mut self.command(args))
    }

    /// A new key of a role.
    pub(crate) fn key(&self, role: &str) -> String {
        self.run(&["keys", "create", role, "--role", role]).fine().trim_end().to_owned()
    }

    /// The program, serving on a free port.
    pub(crate) fn serve(&self) -> Served {
        Served::start(&mut self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// The program, serving on a free port, and a client that may do everything.
    pub(crate) fn served(&self) -> (Served, Client) {
        let key = self.key("admin");
        let mut served = self.serve();
        let client = served.client(&key);
        (served, client)
    }
}
