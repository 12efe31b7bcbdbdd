//! The dataset and the floors that need a database, at a tiny size: what they write must be what the stores themselves understand.

mod seed;

use std::path::Path;
use std::time::Duration;

use bench::client;
use bench::dataset::{self, DATABASE, FEW, company_id};
use bench::floors::{fsync, pgbench, serving, statements};
use domain::{CompanyId, Standing};
use store::{CompanyReading, FeedPosition, Store};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use throwaway::{Cluster, Options};

const BENCH: &str = env!("CARGO_BIN_EXE_bench");
const COMPANIES: u64 = FEW + 50;

async fn standing(store: &dyn Store, company: u64) -> Standing {
    let id = CompanyId::new(company_id(company).parse().unwrap()).unwrap();
    match store.read(id, None).await.unwrap().company {
        CompanyReading::Standing(standing) => standing,
        other @ (CompanyReading::Unknown | CompanyReading::Unchanged) => panic!("company {company}: {other:?}"),
    }
}

/// The first and the last company, as the store reads them, and the version that they then have.
async fn check_dataset(store: &dyn Store) {
    let (catalog, now) = store.catalog().await.unwrap();
    for (company, third) in [(0, "ai"), (COMPANIES - 1, "touring")] {
        let standing = standing(store, company).await;

        let entitlements = domain::resolve(&standing, &catalog, now);

        let addons: Vec<&str> = entitlements.addons.iter().map(|addon| addon.key.as_str()).collect();
        let mut expected = ["finance", "market", third];
        expected.sort_unstable();
        assert_eq!(addons, expected);
        assert_eq!((entitlements.has_basic, entitlements.version), (true, 1));
    }
}

/// Every write of a floor is in the feed, as the store reads it, and the companies that it wrote have moved.
async fn check_writes(store: &dyn Store, written: u64) {
    let feed = store.changes(FeedPosition::default(), 100_000).await.unwrap();
    let of_companies: Vec<_> = feed.iter().filter_map(|entry| entry.company_id.map(|id| (id, entry.version))).collect();
    assert_eq!(of_companies.len() as u64, written);
    let (last, version) = of_companies.last().unwrap();
    let history = store.history(*last, None, 1).await.unwrap().unwrap();
    assert_eq!(history[0].version, Some(*version));
    let (catalog, now) = store.catalog().await.unwrap();
    let CompanyReading::Standing(standing) = store.read(*last, None).await.unwrap().company else { panic!() };
    assert_eq!(domain::resolve(&standing, &catalog, now).version, *version);
}

#[tokio::test]
async fn the_floors_on_sqlite_write_what_the_store_reads() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("core.db");
    store_sqlite::migrate(&database).unwrap();
    seed::bootstrap(&SqliteStore::open(&database).unwrap()).await;

    dataset::load_sqlite(&database, COMPANIES).unwrap();
    check_dataset(&SqliteStore::open(&database).unwrap()).await;
    let rate = serving::sqlite_groups(Path::new(BENCH), &database, COMPANIES, Duration::from_secs(1), 1).unwrap();
    assert!(rate > 0.0);

    let connection = rusqlite::Connection::open(&database).unwrap();
    let written: u32 = connection.query_row("SELECT count(*) FROM entitlement_history", (), |row| row.get(0)).unwrap();
    assert!(written > 0 && written.is_multiple_of(32), "{written}");
    check_writes(&SqliteStore::open(&database).unwrap(), u64::from(written)).await;
    let all = connection.execute(statements::UPDATE_ALL_VERSIONS, ()).unwrap();
    assert_eq!(all as u64, COMPANIES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_floors_on_postgres_read_and_write_what_the_store_does() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.create_database(DATABASE).unwrap();
    store_postgres::migrate(&url).await.unwrap();
    let store = PostgresStore::connect(&url).await.unwrap();
    seed::bootstrap(&store).await;

    dataset::load_postgres(&cluster, COMPANIES).unwrap();
    check_dataset(&store).await;

    let one_query = serving::one_query(Path::new(BENCH), &url, folder.path()).await.unwrap();
    let path = format!("/internal/companies/{}/entitlements", company_id(7));
    let answer = client::get(one_query.address, &path, "").await.unwrap().json().unwrap();
    assert_eq!(answer["data"]["addons"].as_array().unwrap().len(), 3);
    let pid = bench::process::postmaster(&cluster).unwrap();
    assert!(bench::process::family_cpu_us(pid).unwrap() > 0);

    let script = folder.path().join("script.sql");
    std::fs::write(&script, statements::read_script(COMPANIES)).unwrap();
    assert!(pgbench::run(&cluster, &script, 2, Duration::from_secs(1), 1).unwrap().tps > 0.0);
    std::fs::write(&script, statements::write_script(COMPANIES)).unwrap();
    // One client: what it loses to itself is nothing, so every transaction is a write.
    let seen = pgbench::run(&cluster, &script, 1, Duration::from_secs(1), 1).unwrap();
    check_writes(&store, seen.transactions).await;
    let reading = cluster.sql(DATABASE, "SELECT count(*) FROM entitlement_history").unwrap();
    assert_eq!(reading, seen.transactions.to_string());
    assert!(fsync::fdatasync_us(cluster.programs(), folder.path()).unwrap() > 0.0);
}
