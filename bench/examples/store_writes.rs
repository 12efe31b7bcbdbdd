//! Scratch.
use bench::dataset::*;
use bench::floors::*;
use domain::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::*;
use throwaway::{Cluster, Options};
#[path = "../tests/seed/mod.rs"]
mod seed;

async fn write(store: &dyn Store, company: u64, n: u64) -> Committed {
    let id = CompanyId::new(company_id(company).parse().unwrap()).unwrap();
    let loaded = store.load(id).await.unwrap();
    let before = loaded.state.holdings.iter().find(|h| h.terms.item.key.as_str() == "finance").unwrap().clone();
    let mut after = before.clone();
    after.origin.external_reference = Some(Text::line(&format!("{n:016x}"), 100).unwrap());
    after.origin.updated_at = loaded.now;
    let changes = ChangeSet {
        company_id: id,
        write_seq_before: loaded.state.write_seq,
        generation: loaded.generation,
        at: loaded.now.max(loaded.state.last_write_at),
        actor: Text::line("bench", 50).unwrap(),
        version_before: loaded.state.write_seq,
        version: loaded.state.write_seq + 1,
        version_base: loaded.state.version_base + 1,
        holdings: vec![HoldingChange { before: Some(before), after }],
        repair: false,
    };
    store.commit(CompanyCommit { changes: Some(changes), request_id: format!("{n:032x}"), reply: None }).await.unwrap()
}
async fn writes(store: Arc<dyn Store>, clients: u64, secs: u64, companies: u64, seed: u64) -> f64 {
    let begun = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for c in 0..clients {
        let store = store.clone();
        let mut order = bench::load::Order::Random { among: 0..companies, seed: seed * 1000 + c }.single();
        set.spawn(async move {
            let mut n = 0u64;
            while begun.elapsed() < Duration::from_secs(secs) {
                let (k, r) = order.next().unwrap();
                if write(&*store, k, r).await == Committed::Done {
                    n += 1;
                }
            }
            n
        });
    }
    let mut t = 0;
    while let Some(r) = set.join_next().await {
        t += r.unwrap();
    }
    t as f64 / begun.elapsed().as_secs_f64()
}
async fn reads(store: Arc<dyn Store>, clients: u64, secs: u64, companies: u64, seed: u64) -> f64 {
    let begun = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for c in 0..clients {
        let store = store.clone();
        let mut order = bench::load::Order::Random { among: 0..companies, seed: seed * 1000 + c }.single();
        set.spawn(async move {
            let mut n = 0u64;
            while begun.elapsed() < Duration::from_secs(secs) {
                let (k, _) = order.next().unwrap();
                let id = CompanyId::new(company_id(k).parse().unwrap()).unwrap();
                store.read(id, None).await.unwrap();
                n += 1;
            }
            n
        });
    }
    let mut t = 0;
    while let Some(r) = set.join_next().await {
        t += r.unwrap();
    }
    t as f64 / begun.elapsed().as_secs_f64()
}
#[tokio::main]
async fn main() {
    let companies: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let s = [("shared_buffers", "4GB"), ("max_wal_size", "16GB"), ("checkpoint_timeout", "1h"), ("autovacuum", "off")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()));
    let mut s: Vec<(String, String)> = s.into();
    for kv in std::env::var("PGSET").unwrap_or_default().split(";").filter(|x| !x.is_empty()) {
        let (k, v) = kv.split_once("=").unwrap();
        s.push((k.into(), v.into()));
    }
    let cluster = Cluster::start(Options { fsync: true, loopback: false, settings: s }).unwrap();
    let only = std::env::var("ONLY").unwrap_or_default();
    let url = cluster.create_database(DATABASE).unwrap();
    store_postgres::migrate(&url).await.unwrap();
    if only == "w" {
        let _ = cluster.sql(DATABASE, "CREATE EXTENSION pg_stat_statements");
    }
    let pg: Arc<dyn Store> = Arc::new(store_postgres::PostgresStore::connect(&url).await.unwrap());
    seed::bootstrap(&*pg).await;
    let t = Instant::now();
    load_postgres(&cluster, companies).unwrap();
    eprintln!("pg load {:?}", t.elapsed());
    let dir = cluster.folder().to_owned();
    println!("PID {} URL {url}", std::process::id());
    let ws = std::env::temp_dir().join("w.sql");
    std::fs::write(&ws, statements::write_script(companies)).unwrap();
    let rs = std::env::temp_dir().join("r.sql");
    std::fs::write(&rs, statements::read_script(companies)).unwrap();
    let d = Duration::from_secs(3);
    for round in 0..3 {
        for c in [16u32, 64].into_iter().filter(|_| only.is_empty()) {
            let ours = reads(pg.clone(), c.into(), 3, companies, round).await;
            let floor = pgbench::run(&cluster, &rs, c, d, round).unwrap().tps;
            println!("pg reads {c}: {ours:.0} vs {floor:.0} = {:.2}", ours / floor);
        }
        for c in [8u32, 32] {
            let ours = writes(pg.clone(), c.into(), 3, companies, round).await;
            let floor = pgbench::run(&cluster, &ws, c, d, round).unwrap().tps;
            println!("pg writes {c}: {ours:.0} vs {floor:.0} = {:.2}", ours / floor);
        }
    }
    if only == "w" {
        println!("{}", cluster.sql(DATABASE, "SELECT calls, plans, round(total_plan_time::numeric) AS plan_ms, round(total_exec_time::numeric) AS exec_ms, rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 90) FROM pg_stat_statements ORDER BY total_plan_time + total_exec_time DESC LIMIT 12").unwrap_or_default());
        return;
    }
    let db = std::path::Path::new("target").join("bench-scratch.db");
    for e in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{e}", db.display()));
    }
    store_sqlite::migrate(&db).unwrap();
    {
        let s = store_sqlite::SqliteStore::open(&db).unwrap();
        seed::bootstrap(&s).await;
    }
    let t = Instant::now();
    load_sqlite(&db, companies).unwrap();
    eprintln!("sqlite load {:?}", t.elapsed());
    let copy = std::path::Path::new("target").join("bench-scratch-copy.db");
    let _ = std::fs::remove_file(format!("{}-wal", copy.display()));
    std::fs::copy(&db, &copy).unwrap();
    let sq: Arc<dyn Store> = Arc::new(store_sqlite::SqliteStore::open(&db).unwrap());
    for round in 0..3 {
        let ours = writes(sq.clone(), 32, 3, companies, round).await;
        let floor = sqlite_groups::run(&copy, companies, d, round).unwrap();
        println!("sqlite writes 32: {ours:.0} vs {floor:.0} = {:.2}", ours / floor);
        let ours = reads(sq.clone(), 16, 3, companies, round).await;
        println!("sqlite reads 16: {ours:.0}");
    }
    let _ = dir;
}
