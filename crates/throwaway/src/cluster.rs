//! The cluster.

use std::{
    io::{Read, Seek, SeekFrom},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    ThrowawayError,
    install::{Install, run},
    process::{family, is_in, signal},
    reaper::Reaper,
};

/// How long a server may take to begin to answer, crash recovery included.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// Between two looks at whether a server answers.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a cluster is made like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether commits wait for the disk. Off for tests of logic; on for tests of durability and for benchmarks.
    pub fsync: bool,
    /// Whether it also listens on a free port of the loopback address.
    pub loopback: bool,
    /// How large a disk to have at [`Cluster::small_disk`], as `mount` of a tmpfs takes it, such as `32m`. It goes with the server. Needs
    /// the right to mount.
    pub small_disk: Option<String>,
    /// Further settings, by name.
    pub settings: Vec<(String, String)>,
}

/// A running cluster; dropping it removes it.
pub struct Cluster {
    install: Install,
    port: u16,
    options: Options,
    server: Child,
    folder: PathBuf,
    // Last, so that the server is told to end before the folder goes.
    _reaper: Reaper,
}

impl Cluster {
    /// Makes and starts a cluster, and waits until it answers.
    ///
    /// # Errors
    /// [`ThrowawayError`] when PostgreSQL is not installed or does not start.
    pub fn start(options: Options) -> Result<Self, ThrowawayError> {
        let install = Install::find()?;
        let folder = new_folder(&install)?;
        let reaper = Reaper::watch(&folder)?;
        let data = folder.join("data");
        let mut initdb = install.command("initdb");
        initdb.args(["--no-sync", "--no-instructions", "--auth=trust", "--username=postgres"]);
        run(initdb.args(["--encoding=UTF8", "--locale=C.UTF-8"]).arg("--pgdata").arg(&data))?;
        Self::start_in(install, folder, reaper, options)
    }

    /// Makes and starts a standby of this cluster, from which everything can be read that was committed here, and [promotes](Self::promote)
    /// it when told to. From now on a commit here waits for it.
    ///
    /// # Errors
    /// [`ThrowawayError`] when it cannot be copied or does not start.
    pub fn standby(&self) -> Result<Self, ThrowawayError> {
        let install = self.install.clone();
        let folder = new_folder(&install)?;
        let reaper = Reaper::watch(&folder)?;
        let (host, port) = (self.folder.to_string_lossy(), self.port.to_string());
        let mut copy = install.command("pg_basebackup");
        copy.args(["--checkpoint=fast", "--no-sync", "-U", "postgres", "-h", &*host, "-p", &port]);
        run(copy.arg("-D").arg(folder.join("data")))?;
        let signal = folder.join("data/standby.signal");
        std::fs::write(&signal, "").map_err(|error| ThrowawayError::File { path: signal, error })?;
        let primary = format!("host={host} port={port} user=postgres application_name=standby");
        let mut options = self.options.clone();
        options.settings.push(("primary_conninfo".to_owned(), primary));
        let standby = Self::start_in(install, folder, reaper, options)?;
        self.sql("postgres", "ALTER SYSTEM SET synchronous_commit = 'on'")?;
        self.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'")?;
        self.sql("postgres", "SELECT pg_reload_conf()")?;
        Ok(standby)
    }

    /// Makes a standby a primary, and waits until it takes writes.
    ///
    /// # Errors
    /// [`ThrowawayError`] with what the server said.
    pub fn promote(&self) -> Result<(), ThrowawayError> {
        self.sql("postgres", "SELECT pg_promote(true)").map(|_| ())
    }

    fn start_in(install: Install, folder: PathBuf, reaper: Reaper, options: Options) -> Result<Self, ThrowawayError> {
        let port = free_port(&folder)?;
        write_settings(&folder, port, &options)?;
        let server = spawn(&install, &folder, options.small_disk.as_deref())?;
        let mut cluster = Self { install, port, options, server, folder, _reaper: reaper };
        cluster.await_ready()?;
        Ok(cluster)
    }

    /// The URL of a database over the Unix socket.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{folder}:{}/{database}", self.port)
    }

    /// The URL of a database over the loopback address; `None` when the cluster does not listen there.
    pub fn loopback_url(&self, database: &str) -> Option<String> {
        self.options.loopback.then(|| format!("postgres://postgres@127.0.0.1:{}/{database}", self.port))
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// [`ThrowawayError`] when there is one of that name, or the server is away.
    pub fn create_database(&self, name: &str) -> Result<String, ThrowawayError> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\""))?;
        Ok(self.url(name))
    }

    /// Runs statements in a database as its superuser; gives what `psql` prints, unaligned and without headings.
    ///
    /// # Errors
    /// [`ThrowawayError`] with what the server said.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, ThrowawayError> {
        let mut psql = self.install.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        let output = run(psql.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-c", statements]))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// The folder that holds the socket and the data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place of its small disk as the server sees it, for a tablespace, and as everybody else does.
    pub fn small_disk(&self) -> (PathBuf, PathBuf) {
        let inside = small_disk(&self.folder);
        let outside = format!("/proc/{}/root{}", self.server.id(), inside.display());
        (inside, outside.into())
    }

    /// The port, which also names the socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of PostgreSQL's programs, for tools such as `pgbench`.
    pub fn programs(&self) -> &Path {
        self.install.bin()
    }

    /// Stops the server as an operator would: sessions are ended, everything is written.
    ///
    /// # Errors
    /// [`ThrowawayError`] when it could not be told to.
    pub fn stop(&mut self) -> Result<(), ThrowawayError> {
        signal("INT", &[self.server.id()])?;
        self.await_end()
    }

    /// Kills every process of the server at once, as a power cut would.
    ///
    /// # Errors
    /// [`ThrowawayError`] when they could not be killed.
    pub fn kill(&mut self) -> Result<(), ThrowawayError> {
        let postmaster = self.server.id();
        // The postmaster is frozen first, so that it starts no new process meanwhile. The system's list of children may leave some out
        // while others end, so it is looked at again until none lives.
        signal("STOP", &[postmaster])?;
        while !is_in(postmaster, &['T', 'Z', 'X']) {
            pause();
        }
        loop {
            let mut living = family(postmaster);
            living.retain(|pid| *pid != postmaster && !is_in(*pid, &['Z', 'X']));
            if living.is_empty() {
                break;
            }
            signal("KILL", &living)?;
        }
        signal("KILL", &[postmaster])?;
        self.await_end()
    }

    /// Starts a server that was stopped or killed, and waits until it answers.
    ///
    /// # Errors
    /// [`ThrowawayError`] when it does not start.
    pub fn restart(&mut self) -> Result<(), ThrowawayError> {
        // A killed server leaves its number behind; no server stands behind it any more.
        drop(std::fs::remove_file(self.folder.join("data/postmaster.pid")));
        self.server = spawn(&self.install, &self.folder, self.options.small_disk.as_deref())?;
        self.await_ready()
    }

    /// Freezes every process of the server: connections stay open and nothing answers.
    ///
    /// # Errors
    /// [`ThrowawayError`] when they could not be frozen.
    pub fn freeze(&self) -> Result<(), ThrowawayError> {
        // The postmaster first, so that it starts no new process meanwhile.
        signal("STOP", &[self.server.id()])?;
        signal("STOP", &family(self.server.id()))
    }

    /// Lets a frozen server go on.
    ///
    /// # Errors
    /// [`ThrowawayError`] when it could not be.
    pub fn thaw(&self) -> Result<(), ThrowawayError> {
        signal("CONT", &family(self.server.id()))
    }

    fn await_ready(&mut self) -> Result<(), ThrowawayError> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let ended = self.server.try_wait().ok().flatten().is_some();
            if !ended && self.sql("postgres", "SELECT 1").is_ok() {
                return Ok(());
            }
            if ended || Instant::now() > deadline {
                return Err(ThrowawayError::NotReady { log: end_of_log(&self.folder) });
            }
            pause();
        }
    }

    fn await_end(&mut self) -> Result<(), ThrowawayError> {
        let ended = self.server.wait();
        ended.map(|_| ()).map_err(|error| ThrowawayError::Run { program: "postgres".to_owned(), error })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A frozen process dies of KILL too. What is left over the reaper takes.
        drop(signal("KILL", &family(self.server.id())));
        drop(self.server.wait());
    }
}

#[expect(clippy::disallowed_methods, reason = "a server in another process gives no signal when it begins to answer")]
fn pause() {
    std::thread::sleep(LOOK_EVERY);
}

fn new_folder(install: &Install) -> Result<PathBuf, ThrowawayError> {
    let parent = std::env::temp_dir();
    let made = tempfile::Builder::new().prefix("throwaway-").tempdir_in(&parent).map(TempDir::keep);
    let folder = made.map_err(|error| ThrowawayError::File { path: parent, error })?;
    install.hand_over(&folder)?;
    Ok(folder)
}

/// A port that nothing listens on now: the system picks from its own range, which never holds PostgreSQL's usual 5432.
fn free_port(folder: &Path) -> Result<u16, ThrowawayError> {
    let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| ThrowawayError::File { path: folder.to_owned(), error })
}

fn write_settings(folder: &Path, port: u16, options: &Options) -> Result<(), ThrowawayError> {
    let on = |yes: bool| if yes { "on" } else { "off" };
    let listen = if options.loopback { "127.0.0.1" } else { "" };
    let mut text = format!(
        "listen_addresses = '{listen}'\nport = {port}\nunix_socket_directories = '{}'\nfsync = {fsync}\n\
         full_page_writes = {fsync}\nsynchronous_commit = {fsync}\nmax_connections = 200\nshared_buffers = '256MB'\n\
         max_wal_size = '4GB'\n",
        folder.display(),
        fsync = on(options.fsync),
    );
    text.extend(options.settings.iter().map(|(name, value)| format!("{name} = '{value}'\n")));
    let path = folder.join("data/postgresql.auto.conf");
    std::fs::write(&path, text).map_err(|error| ThrowawayError::File { path, error })
}

fn small_disk(folder: &Path) -> PathBuf {
    folder.join("small")
}

/// Lets a command see a disk of that size which nobody else sees.
fn on_small_disk(command: &Command, folder: &Path, size: &str) -> Result<Command, ThrowawayError> {
    let place = small_disk(folder);
    std::fs::create_dir_all(&place).map_err(|error| ThrowawayError::File { path: place.clone(), error })?;
    let script = format!(
        "mount -t tmpfs -o size={size} none '{place}' && chown --reference='{folder}' '{place}' && exec \"$0\" \"$@\"",
        place = place.display(),
        folder = folder.display(),
    );
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "sh", "-c", &script]).arg(command.get_program()).args(command.get_args());
    Ok(inside)
}

/// The server itself, not by `pg_ctl`: as our child it can be waited for.
fn spawn(install: &Install, folder: &Path, small_disk: Option<&str>) -> Result<Child, ThrowawayError> {
    let path = folder.join("log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let log = log.map_err(|error| ThrowawayError::File { path, error })?;
    let mut server = install.command("postgres");
    server.arg("-D").arg(folder.join("data"));
    if let Some(size) = small_disk {
        server = on_small_disk(&server, folder, size)?;
    }
    server.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    // Its own process group: an interrupt at the terminal is for the test, which then removes the cluster.
    std::os::unix::process::CommandExt::process_group(&mut server, 0);
    server.spawn().map_err(|error| ThrowawayError::Run { program: "postgres".to_owned(), error })
}

fn end_of_log(folder: &Path) -> String {
    const TAIL: u64 = 2_000;
    let mut text = Vec::new();
    if let Ok(mut log) = std::fs::File::open(folder.join("log")) {
        let length = log.metadata().map_or(0, |metadata| metadata.len());
        drop(log.seek(SeekFrom::Start(length.saturating_sub(TAIL))));
        drop(log.read_to_end(&mut text));
    }
    String::from_utf8_lossy(&text).into_owned()
}
