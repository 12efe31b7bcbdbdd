//! A service on SQLite by a clock that the test sets.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use domain::Timestamp;
use platform_core_client::{
    Client, Companies, Replica, ReplicaBuilder, Uuid,
    api::{
        Given, Instant, ItemStatus,
        request::{SetAddon, SetBasic},
    },
    replica::MonotonicClock,
};
use serde_json::Value;
use server::{
    admin,
    caller::{ApiKey, NewKey, Role},
    config::{Config, Overrides},
    startup::Service,
    telemetry::LogSink,
};
use store::{
    KeyRecord, Store, SystemChange,
    model::{Clock, ManualClock},
};
use store_sqlite::SqliteStore;

use super::{Proxy, eventually};

/// 2100-01-01: after whatever the machine's clock said while the database was made.
const BEGINNING_US: i64 = 4_102_444_800_000_000;

/// A key of a test, good for several services.
#[derive(Clone)]
struct Key {
    secret: String,
    record: KeyRecord,
}

/// A service on SQLite.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    clock: Arc<ManualClock>,
    ticks: MonotonicClock,
    admin: Key,
    auth: Key,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let now = Timestamp::clamped(BEGINNING_US);
        let key = |name, role| {
            let new = NewKey { name, role, scopes: &[], now, expires_at: None };
            let (secret, record) = ApiKey::generate(&new).expect("a key");
            Key { secret: secret.reveal().clone(), record }
        };
        Self::with(key("test-admin", Role::Admin), key("test-auth", Role::Auth)).await
    }

    /// Another service over another database, with the same keys.
    pub(crate) async fn another(&self) -> Self {
        Self::with(self.admin.clone(), self.auth.clone()).await
    }

    async fn with(admin: Key, auth: Key) -> Self {
        // Tests of logic need no disk; where there is a folder in memory, a busy disk cannot hold them up.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let path = folder.path().join("core.db");
        let settings = [("METRICS__LISTEN", "off"), ("FEED__POLL_MS", "5"), ("FEED__HEARTBEAT_MS", "50")];
        let variables = settings.map(|(name, value)| (format!("PLATFORM_CORE__{name}"), value.to_owned()));
        let url = format!("sqlite:{}", path.display());
        let overrides = Overrides { listen: Some("127.0.0.1:0".to_owned()), database_url: Some(url) };
        let config = Config::load(None, variables.into_iter(), overrides).expect("a configuration");
        admin::migrate(&config.database, true).await.expect("it migrates");

        let clock = Arc::new(ManualClock::at(Timestamp::clamped(BEGINNING_US)));
        let mut store = None;
        // The one that migrated may still be letting go of the file.
        eventually("the database opens", async || {
            store = SqliteStore::open_with_clock(&path, Arc::<ManualClock>::clone(&clock)).ok();
            store.is_some()
        })
        .await;
        let store: Arc<dyn Store> = Arc::new(store.expect("it is open"));
        for key in [&admin, &auth] {
            store.commit_system(SystemChange::AddKey(key.record.clone()).into()).await.expect("it is stored");
        }
        let sink = LogSink::to(std::io::sink()).expect("a thread");
        let service = Service::start_with_clock(store, Arc::<ManualClock>::clone(&clock), config, sink).await;
        let service = service.expect("it starts");
        let address = service.api_address().expect("it listens");
        tokio::spawn(service.run(std::future::pending()));
        Self { address, clock, ticks: MonotonicClock::manual(), admin, auth, _folder: folder }
    }

    /// A caller that may do everything, without anything in between.
    pub(crate) fn admin(&self) -> Client {
        Client::builder(format!("http://{}", self.address)).api_key(&self.admin.secret).build().expect("a client")
    }

    pub(crate) async fn proxy(&self) -> Proxy {
        Proxy::to(self.address).await
    }

    /// A replica that hears of everything through a proxy, by a clock that runs as the service's does.
    pub(crate) fn replica(&self, proxy: &Proxy, companies: &[Uuid]) -> ReplicaBuilder {
        let client = Client::builder(proxy.url()).api_key(&self.auth.secret).timeout(Duration::from_secs(2));
        Replica::builder(client.build().expect("a client"))
            .companies(Companies::These(companies.to_vec()))
            .clock(self.ticks.clone())
            .clock_margin(Duration::ZERO)
    }

    /// The same, when it is ready.
    pub(crate) async fn ready(&self, proxy: &Proxy, companies: &[Uuid]) -> Replica {
        let replica = self.replica(proxy, companies).start().expect("it starts");
        replica.ready(super::PATIENCE).await.expect("it is ready");
        replica
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().micros()
    }

    /// An instant so many microseconds from now.
    pub(crate) fn later(&self, micros: i64) -> Instant {
        Instant::from_micros(self.now() + micros).expect("an instant")
    }

    /// Time passes everywhere: first where it is counted, because an instant is never known before it is there.
    pub(crate) fn pass(&self, micros: i64) {
        self.pass_here(micros);
        self.clock.set(Timestamp::clamped(self.now() + micros));
    }

    /// Time passes for the replica, which hears nothing of the service meanwhile.
    pub(crate) fn pass_here(&self, micros: i64) {
        self.ticks.advance(Duration::from_micros(micros.unsigned_abs()));
    }

    /// Asks for what the client has no call for.
    pub(crate) async fn raw(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        // Whoever makes a client first installs the provider of cryptography, which all others need.
        let _installed = self.admin();
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.address));
        let request = request.header("X-Internal-API-Key", &self.admin.secret);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.expect("an answer").json::<Value>().await.expect("JSON");
        assert_eq!(answer["success"], true, "{answer}");
        answer["data"].clone()
    }

    /// Switches a module on or off for everyone.
    pub(crate) async fn switch(&self, module: &str, is_active: bool) {
        let found = self.raw("GET", &format!("/internal/catalog/modules/{module}"), None).await;
        let path = format!("/internal/catalog/modules/{}", found["id"].as_str().expect("an id"));
        self.raw("PATCH", &path, Some(&serde_json::json!({"isActive": is_active}))).await;
    }
}

/// So many microseconds.
pub(crate) fn micros(millis: i64) -> i64 {
    millis * 1_000
}

/// A write of an add-on.
pub(crate) fn addon(key: &str, status: ItemStatus, starts_at: Option<Instant>, ends_at: Option<Instant>) -> SetAddon {
    let given = |at: Option<Instant>| at.map_or(Given::Null, Given::Value);
    SetAddon {
        addon_key: key.to_owned(),
        status,
        starts_at: given(starts_at),
        ends_at: given(ends_at),
        grace_ends_at: Given::Missing,
        quantity: None,
        source: Given::Missing,
        external_reference: Given::Missing,
    }
}

/// A write of Basic.
pub(crate) fn basic(status: ItemStatus) -> SetBasic {
    SetBasic {
        status,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        source: Given::Missing,
        external_reference: Given::Missing,
    }
}
