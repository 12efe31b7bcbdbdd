//! The example against the service itself.

use std::{net::SocketAddr, path::Path, time::Duration};

use api::{
    Given, ItemStatus, RoleWord,
    request::{CreateKey, SetAddon, SetBasic},
};
use auth_backend::{Grant, Membership, Memberships, router};
use platform_core_client::{Client, Companies, Replica, Uuid, Write};
use serde_json::Value;
use server::{
    admin,
    config::{Config, DatabaseUrl, Overrides},
    startup::Service,
    telemetry::LogSink,
};
use tokio::{net::TcpListener, sync::oneshot};

const PATIENCE: Duration = Duration::from_secs(20);

/// A service on SQLite over an empty database, with a client that may do everything, and what ends it.
async fn core(folder: &Path) -> (Client, SocketAddr, oneshot::Sender<()>) {
    let config = configured(folder, "127.0.0.1:0");
    admin::migrate(&config.database, true).await.expect("it migrates");
    let key = key(&config.database).await;
    let (address, stop) = serve(&config).await;
    (Client::builder(format!("http://{address}")).api_key(&key).build().expect("a client"), address, stop)
}

fn configured(folder: &Path, listen: &str) -> Config {
    let overrides = Overrides {
        listen: Some(listen.to_owned()),
        database_url: Some(format!("sqlite:{}", folder.join("core.db").display())),
    };
    let settings = [("METRICS__LISTEN", "off"), ("FEED__HEARTBEAT_MS", "50")];
    let variables = settings.map(|(name, value)| (format!("PLATFORM_CORE__{name}"), value.to_owned()));
    Config::load(None, variables.into_iter(), overrides).expect("a configuration")
}

async fn serve(config: &Config) -> (SocketAddr, oneshot::Sender<()>) {
    let mut service = None;
    eventually("the service starts", async || {
        service = Service::start(config.clone(), LogSink::to(std::io::sink()).expect("a thread")).await.ok();
        service.is_some()
    })
    .await;
    let service = service.expect("it started");
    let address = service.api_address().expect("it listens");
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(service.run(async {
        let _asked_or_gone = stopped.await;
    }));
    (address, stop)
}

async fn key(database: &DatabaseUrl) -> String {
    let request = CreateKey { name: "test".to_owned(), role: RoleWord::Admin, scopes: Vec::new(), expires_at: None };
    admin::create_key(database, &request).await.expect("a key").reveal().clone()
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn ask(address: SocketAddr, membership: &str) -> (u16, Value) {
    let request = reqwest::Client::new().get(format!("http://{address}/auth/me/access"));
    let answer = request.header("X-Membership-Id", membership).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn addon(key: &str, status: ItemStatus) -> SetAddon {
    SetAddon {
        addon_key: key.to_owned(),
        status,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        quantity: None,
        source: Given::Missing,
        external_reference: Given::Missing,
    }
}

fn basic() -> SetBasic {
    SetBasic {
        status: ItemStatus::Active,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        source: Given::Missing,
        external_reference: Given::Missing,
    }
}

/// The example over a service, with one membership in a company; where it listens.
async fn example(core: &Client, company: Uuid) -> SocketAddr {
    let grant = |module: &str| Grant { module: module.to_owned(), permissions: vec![format!("{module}.read")] };
    let grants = ["basic", "finance", "market"].map(grant).to_vec();
    let anna = Membership { membership_id: "anna".to_owned(), company_id: company, access_version: 3, grants };
    let memberships = Memberships::of(vec![anna]);
    let companies = Companies::These(memberships.companies());
    let replica = Replica::builder(core.clone()).companies(companies).start().expect("it starts");
    replica.ready(PATIENCE).await.expect("it is ready");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router(memberships, replica)).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_what_is_granted_and_owned_and_503_when_that_is_not_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (core, _, stop) = core(folder.path()).await;
    let company = Uuid::new_v4();
    core.set_basic(company, &basic(), &Write::new()).await.expect("it is written");
    core.set_addon(company, &addon("finance", ItemStatus::Active), &Write::new()).await.expect("it is written");
    let address = example(&core, company).await;

    let (status, first) = ask(address, "anna").await;
    assert_eq!((status, &first["permissions"]), (200, &serde_json::json!(["basic.read", "finance.read"])));
    assert_eq!(first["cacheKey"], format!("access:{company}:anna:3:2"));
    assert_eq!(ask(address, "nobody").await.0, 401);

    core.set_addon(company, &addon("finance", ItemStatus::Cancelled), &Write::new()).await.expect("it is written");
    eventually("what is revoked is gone", async || {
        let (_, access) = ask(address, "anna").await;
        access["permissions"] == serde_json::json!(["basic.read"]) && access["cacheKey"] != first["cacheKey"]
    })
    .await;

    stop.send(()).expect("it runs");
    eventually("access is not known", async || ask(address, "anna").await.0 == 503).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_computed_of_a_database_is_not_answered_of_the_one_that_a_backup_brought_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (core, at, stop) = core(folder.path()).await;
    let (config, backup) = (configured(folder.path(), &at.to_string()), folder.path().join("backup.db"));
    let company = Uuid::new_v4();
    core.set_basic(company, &basic(), &Write::new()).await.expect("it is written");
    admin::backup(&config.database, &backup).expect("it is backed up");
    core.set_addon(company, &addon("finance", ItemStatus::Active), &Write::new()).await.expect("it is written");
    let address = example(&core, company).await;
    let (_, before) = ask(address, "anna").await;
    assert_eq!(before["permissions"], serde_json::json!(["basic.read", "finance.read"]));

    stop.send(()).expect("it runs");
    eventually("the backup is put back", async || admin::restore(&config.database, &backup, true).is_ok()).await;
    let (_, _stop) = serve(&config).await;
    core.set_addon(company, &addon("market", ItemStatus::Active), &Write::new()).await.expect("it is written");

    let mut after = Value::Null;
    eventually("what the company owns now is answered", async || {
        let (status, access) = ask(address, "anna").await;
        after = access;
        status == 200 && after["permissions"] != before["permissions"] && after["cacheKey"] == before["cacheKey"]
    })
    .await;
    assert_eq!(after["permissions"], serde_json::json!(["basic.read", "market.read"]), "of version 2 once more");
}
