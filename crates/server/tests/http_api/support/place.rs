//! A database of its own for a test, which outlives the services over it.

use std::{path::Path, sync::Arc};

use api::{RoleWord, request::CreateKey};
use server::{
    admin,
    config::{Config, DatabaseUrl, Overrides},
    startup::Service,
};
use throwaway::{Cluster, Options};

use super::{Keys, NewCaller, Running, eventually, log};

/// A migrated and seeded database with a key for each role.
#[derive(Clone)]
pub(crate) struct Place(Arc<Inner>);

struct Inner {
    url: String,
    keys: Keys,
    // Dropped after everything that uses the database.
    _folder: Option<tempfile::TempDir>,
    cluster: Option<Cluster>,
}

impl Place {
    /// The embedded store in a folder of its own.
    pub(crate) async fn sqlite() -> Self {
        // Tests of logic need no disk; where there is a folder in memory, a busy disk cannot hold them up.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("core.db").display());
        Self::prepared(url, Some(folder), None).await
    }

    /// PostgreSQL in a cluster of its own.
    pub(crate) async fn postgres() -> Self {
        let cluster = Cluster::start(Options::default()).expect("a cluster");
        let url = cluster.create_database("core").expect("a database");
        Self::prepared(url, None, Some(cluster)).await
    }

    async fn prepared(url: String, folder: Option<tempfile::TempDir>, cluster: Option<Cluster>) -> Self {
        let database = config(&url, &[]).database;
        patiently(|| admin::migrate(&database, true)).await;
        let admin = key(&database, &NewCaller::new("test-admin", RoleWord::Admin)).await;
        let auth = key(&database, &NewCaller::new("test-auth", RoleWord::Auth)).await;
        let job = key(&database, &NewCaller::new("test-job", RoleWord::Job)).await;
        Self(Arc::new(Inner { url, keys: Keys { admin, auth, job }, _folder: folder, cluster }))
    }

    /// A service over the database.
    pub(crate) async fn serve(&self) -> Running {
        self.serve_with(&[]).await
    }

    /// A service with settings, each by the name that its variable has after `PLATFORM_CORE__`.
    pub(crate) async fn serve_with(&self, settings: &[(&str, &str)]) -> Running {
        let config = config(&self.0.url, settings);
        let service = patiently(|| Service::start(config.clone(), log().sink.clone())).await;
        Running::run(service, self.0.keys.clone(), Some(self.clone()))
    }

    /// Migrates and seeds once more; says how many entries that made.
    pub(crate) async fn seed_again(&self) -> usize {
        let database = config(&self.0.url, &[]).database;
        patiently(|| admin::migrate(&database, true)).await.seeded
    }

    /// The cluster, when it is PostgreSQL.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.0.cluster.as_ref().expect("a place on PostgreSQL")
    }
}

async fn key(database: &DatabaseUrl, caller: &NewCaller<'_>) -> String {
    let request = CreateKey { name: caller.name.to_owned(), role: caller.role, scopes: Vec::new(), expires_at: None };
    patiently(|| admin::create_key(database, &request)).await.reveal().clone()
}

/// Repeats what a store may refuse for a moment: one that has just been closed may still be letting go of its file, and a busy machine
/// may miss a deadline.
async fn patiently<T, E: std::fmt::Display, F: Future<Output = Result<T, E>>>(attempt: impl Fn() -> F) -> T {
    let result = parking_lot::Mutex::new(None);
    eventually("the database serves", async || {
        let outcome = attempt().await;
        let done = outcome.is_ok();
        *result.lock() = Some(outcome.map_err(|error| error.to_string()));
        done
    })
    .await;
    result.into_inner().expect("at least one attempt").expect("the last one succeeded")
}

/// A configuration on free ports.
pub(crate) fn config(url: &str, settings: &[(&str, &str)]) -> Config {
    let settings = [("METRICS__LISTEN", "127.0.0.1:0"), ("SWEEP__EVERY_MS", "0")].iter().chain(settings);
    let variables = settings.map(|(name, value)| (format!("PLATFORM_CORE__{name}"), (*value).to_owned()));
    let overrides = Overrides { listen: Some("127.0.0.1:0".to_owned()), database_url: Some(url.to_owned()) };
    Config::load(None, variables, overrides).expect("a configuration")
}
