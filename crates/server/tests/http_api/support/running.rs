//! A service that runs in this process.

use std::{net::SocketAddr, sync::Arc};

use api::RoleWord;
use domain::Timestamp;
use server::{
    caller::{ApiKey, NewKey, Role, Scope},
    service::seed_bootstrap_catalog,
    startup::Service,
};
use store::{
    Store, SystemChange,
    model::{Clock, ManualClock, ModelStore},
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use super::{Caller, PATIENCE, Place, log, place::config};

/// A key for each role.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) admin: String,
    pub(crate) auth: String,
    pub(crate) job: String,
}

/// A caller to be made.
pub(crate) struct NewCaller<'a> {
    pub(crate) name: &'a str,
    pub(crate) role: RoleWord,
    pub(crate) scopes: &'a [Scope],
    pub(crate) expires_at: Option<Timestamp>,
}

impl<'a> NewCaller<'a> {
    pub(crate) fn new(name: &'a str, role: RoleWord) -> Self {
        Self { name, role, scopes: &[], expires_at: None }
    }
}

/// A service that runs until it is stopped or dropped.
pub(crate) struct Running {
    pub(crate) api: SocketAddr,
    metrics: SocketAddr,
    keys: Keys,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    _place: Option<Place>,
}

impl Running {
    pub(crate) fn run(service: Service, keys: Keys, place: Option<Place>) -> Self {
        let (api, metrics) = (service.api_address().expect("on"), service.metrics_address().expect("on"));
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(service.run(async {
            let _asked_or_gone = stopped.await;
        }));
        Self { api, metrics, keys, stop, ended, _place: place }
    }

    /// A service over any store that is seeded and has the keys.
    pub(crate) async fn on(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        keys: Keys,
        settings: &[(&str, &str)],
    ) -> Self {
        let config = config("sqlite:not-used", settings);
        let service = Service::start_with_clock(store, clock, config, log().sink.clone()).await.expect("it starts");
        Self::run(service, keys, None)
    }

    pub(crate) fn caller(&self, key: Option<&str>) -> Caller {
        Caller::new(self.api, key)
    }

    pub(crate) fn admin(&self) -> Caller {
        self.caller(Some(&self.keys.admin))
    }

    pub(crate) fn auth(&self) -> Caller {
        self.caller(Some(&self.keys.auth))
    }

    pub(crate) fn job(&self) -> Caller {
        self.caller(Some(&self.keys.job))
    }

    pub(crate) fn nobody(&self) -> Caller {
        self.caller(None)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The metrics as text.
    pub(crate) async fn metrics(&self) -> String {
        let answer = super::raw(self.metrics, b"GET /metrics HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n").await;
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// One number of the metrics; 0 when nothing was counted yet.
    pub(crate) async fn metric(&self, series: &str) -> u64 {
        let text = self.metrics().await;
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0, |number| number.parse().expect("a number"))
    }

    /// Ends the service as an operator would.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("it runs");
        timeout(PATIENCE, self.ended).await.expect("it ends in time").expect("it ends well");
    }
}

/// A service by a clock that the test sets.
pub(crate) struct Clocked {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<ModelStore>,
    pub(crate) service: Running,
}

impl Clocked {
    /// A seeded service whose clock stands at an instant.
    pub(crate) async fn at(text: &str) -> Self {
        Self::with(text, &[]).await
    }

    /// The same with settings.
    pub(crate) async fn with(text: &str, settings: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(instant("2026-01-01T00:00:00Z")));
        let store = Arc::new(ModelStore::new(Arc::<ManualClock>::clone(&clock)));
        seed_bootstrap_catalog(&*store).await.expect("it seeds");
        clock.set(instant(text));
        let now = clock.now();
        let keys = Keys {
            admin: new_key(&*store, &NewCaller::new("test-admin", RoleWord::Admin), now).await,
            auth: new_key(&*store, &NewCaller::new("test-auth", RoleWord::Auth), now).await,
            job: new_key(&*store, &NewCaller::new("test-job", RoleWord::Job), now).await,
        };
        let service =
            Running::on(Arc::<ModelStore>::clone(&store), Arc::<ManualClock>::clone(&clock), keys, settings).await;
        Self { clock, store, service }
    }

    /// Another service over the same store, which remembers nothing yet, with the clock at an instant.
    pub(crate) async fn again(&self, text: &str) -> Running {
        self.clock.set(instant(text));
        let (store, clock) = (Arc::<ModelStore>::clone(&self.store), Arc::<ManualClock>::clone(&self.clock));
        Running::on(store, clock, self.service.keys().clone(), &[]).await
    }

    /// Sets the clock.
    pub(crate) fn set(&self, text: &str) {
        self.clock.set(instant(text));
    }
}

/// Makes a key in a store.
pub(crate) async fn new_key(store: &dyn Store, caller: &NewCaller<'_>, now: Timestamp) -> String {
    let role = match caller.role {
        RoleWord::Auth => Role::Auth,
        RoleWord::Admin => Role::Admin,
        RoleWord::Job => Role::Job,
    };
    let new = NewKey { name: caller.name, role, scopes: caller.scopes, now, expires_at: caller.expires_at };
    let (secret, record) = ApiKey::generate(&new).expect("a key");
    store.commit_system(SystemChange::AddKey(record).into()).await.expect("it is stored");
    secret.reveal().clone()
}

/// An instant.
pub(crate) fn instant(text: &str) -> Timestamp {
    server::service::from_instant(api::Instant::parse(text).expect("an instant"))
}
