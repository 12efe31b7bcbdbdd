//! The example against the service itself.

use std::{net::SocketAddr, time::Duration};

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

/// A service on SQLite, and what ends it.
async fn core(folder: &std::path::Path) -> (Client, oneshot::Sender<()>) {
    let overrides = Overrides {
        listen: Some("127.0.0.1:0".to_owned()),
        database_url: Some(format!("sqlite:{}", folder.join("core.db").display())),
    };
    let settings = [("METRICS__LISTEN", "off"), ("FEED__HEARTBEAT_MS", "50")];
    let variables = settings.map(|(name, value)| (format!("PLATFORM_CORE__{name}"), value.to_owned()));
    let config = Config::load(None, variables.into_iter(), overrides).expect("a configuration");
    admin::migrate(&config.database, true).await.expect("it migrates");
    let key = key(&config.database).await;
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
    (Client::builder(format!("http://{address}")).api_key(&key).build().expect("a client"), stop)
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

fn finance(status: ItemStatus) -> SetAddon {
    SetAddon {
        addon_key: "finance".to_owned(),
        status,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        quantity: None,
        source: Given::Missing,
        external_reference: Given::Missing,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_what_is_granted_and_owned_and_503_when_that_is_not_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (core, stop) = core(folder.path()).await;
    let company = Uuid::new_v4();
    let basic = SetBasic {
        status: ItemStatus::Active,
        starts_at: Given::Missing,
        ends_at: Given::Missing,
        grace_ends_at: Given::Missing,
        source: Given::Missing,
        external_reference: Given::Missing,
    };
    core.set_basic(company, &basic, &Write::new()).await.expect("it is written");
    core.set_addon(company, &finance(ItemStatus::Active), &Write::new()).await.expect("it is written");
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

    let (status, first) = ask(address, "anna").await;
    assert_eq!((status, &first["permissions"]), (200, &serde_json::json!(["basic.read", "finance.read"])));
    assert_eq!(first["cacheKey"], format!("access:{company}:anna:3:2"));
    assert_eq!(ask(address, "nobody").await.0, 401);

    core.set_addon(company, &finance(ItemStatus::Cancelled), &Write::new()).await.expect("it is written");
    eventually("what is revoked is gone", async || {
        let (_, access) = ask(address, "anna").await;
        access["permissions"] == serde_json::json!(["basic.read"]) && access["cacheKey"] != first["cacheKey"]
    })
    .await;

    stop.send(()).expect("it runs");
    eventually("access is not known", async || ask(address, "anna").await.0 == 503).await;
}
