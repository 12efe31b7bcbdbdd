//! Measures reads and writes of the store beside pgbench doing the same against the same database, in turns, with fsync on.
//!
//! `cargo run --release -p store-postgres --example measure [SECONDS]`

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{ChangeSet, CompanyId, CreditScope, Uuid, decide};
use store::{
    Committed, CompanyCommit, Store,
    conformance::world::{activate, activate_many, actor, addon, company, execute, seed},
};
use store_postgres::PostgresStore;
use throwaway::{Cluster, Options};

/// Companies, with a package and three add-ons each.
const COMPANIES: u64 = 100_000;

const ROWS: &str = "
    INSERT INTO company_entitlement_versions (company_id, entitlement_version, write_seq, version_base)
        SELECT md5('c' || number)::uuid, 4, 4, 4 FROM generate_series(1, 100000) AS number;
    INSERT INTO company_subscriptions (company_id, package_id, status, created_by, updated_by)
        SELECT md5('c' || number)::uuid, packages.id, 'active', 'x', 'x'
        FROM generate_series(1, 100000) AS number, packages WHERE key = 'basic';
    INSERT INTO company_addons (company_id, addon_id, status, created_by, updated_by)
        SELECT md5('c' || number)::uuid, addons.id, 'active', 'x', 'x'
        FROM generate_series(1, 100000) AS number, addons;
    ANALYZE; CHECKPOINT";

/// One company's state in one statement.
const PGBENCH_READ: &str = r"\set n random(1, 100000)
SELECT state.generation, clock_timestamp(), version.write_seq, version.version_base, version.updated_at,
    held.is_package, held.key, held.status, held.starts_at, held.ends_at, held.grace_ends_at, held.quantity,
    held.assigned_revision, held.created_at
FROM catalog_state AS state
LEFT JOIN company_entitlement_versions AS version ON version.company_id = md5('c' || :n)::uuid
LEFT JOIN LATERAL (
    SELECT true AS is_package, package.key, own.status, own.starts_at, own.ends_at, own.grace_ends_at, own.quantity,
        own.assigned_revision, own.created_at
    FROM company_subscriptions AS own JOIN packages AS package ON package.id = own.package_id
    WHERE own.company_id = version.company_id
    UNION ALL
    SELECT false, addon.key, own.status, own.starts_at, own.ends_at, own.grace_ends_at, own.quantity,
        own.assigned_revision, own.created_at
    FROM company_addons AS own JOIN addons AS addon ON addon.id = own.addon_id
    WHERE own.company_id = version.company_id
) AS held ON true;
";

/// One add-on write as one statement: version, row, history, feed.
const PGBENCH_WRITE: &str = r#"\set n random(1, 100000)
\set q random(1, 1000000)
WITH moved AS (
    UPDATE company_entitlement_versions
    SET entitlement_version = entitlement_version + 1, updated_at = clock_timestamp(), updated_by = 'pgbench',
        write_seq = write_seq + 1, version_base = version_base + 1
    WHERE company_id = md5('c' || :n)::uuid AND (SELECT generation FROM catalog_state) > 0
    RETURNING company_id, entitlement_version, write_seq, updated_at
), held AS (
    INSERT INTO company_addons (company_id, addon_id, status, quantity, source, created_by, updated_by)
    SELECT moved.company_id, addons.id, 'active', :q, 'pgbench', 'pgbench', 'pgbench'
    FROM moved JOIN addons ON addons.key = 'finance'
    ON CONFLICT (company_id, addon_id) DO UPDATE
    SET status = excluded.status, quantity = excluded.quantity, source = excluded.source,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at
), recorded AS (
    INSERT INTO entitlement_history (company_id, change_type, entity_type, entity_key, previous_status, new_status,
        payload_json, source, changed_by, created_at, write_seq, part, entitlement_version, assigned_revision, request_id)
    SELECT company_id, 'addon_updated', 'addon', 'finance', 'active', 'active',
        '{"v": 1,"before": {"kind": "addon","key": "finance","status": "active","startsAt": null,"endsAt": null,"graceEndsAt": null,"quantity": 1,"assignedRevision": 1,"source": null,"externalReference": null,"createdBy": "x","updatedBy": "x","createdAt": 1795202688740813,"updatedAt": 1795202688740813},"after": {"kind": "addon","key": "finance","status": "active","startsAt": null,"endsAt": null,"graceEndsAt": null,"quantity": 2,"assignedRevision": 1,"source": null,"externalReference": null,"createdBy": "x","updatedBy": "x","createdAt": 1795202688740813,"updatedAt": 1795202688740813}}'::jsonb,
        'pgbench', 'pgbench', updated_at, write_seq, 0, entitlement_version, 1, 'request'
    FROM moved
)
INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
SELECT updated_at, company_id, entitlement_version, 'addon_updated', 'addon', 'finance', 'request' FROM moved;
"#;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(4);
    let cluster = Arc::new(Cluster::start(Options { fsync: true, ..Options::default() }).unwrap());
    let url = cluster.create_database("measure").unwrap();
    store_postgres::migrate(&url).await.unwrap();
    let store = Arc::new(PostgresStore::connect(&url).await.unwrap());
    seed(&*store).await;
    execute(&*store, company(0), &activate(&addon("finance")), "warm").await;
    cluster.sql("measure", ROWS).unwrap();
    let ids = cluster.sql("measure", "SELECT md5('c' || number) FROM generate_series(1, 100000) AS number").unwrap();
    let ids = ids.lines().filter_map(|id| CompanyId::new(Uuid::parse_str(id).ok()?)).collect();
    IDS.set(ids).unwrap();
    for _ in 0..3 {
        for clients in [16, 64] {
            let (ours, micros) = reads(&store, clients, seconds).await;
            let floor = pgbench(&cluster, PGBENCH_READ, clients, seconds).await;
            println!(
                "read  {clients:>2}: {ours:>6.0}/s, {micros:.1} us CPU each; pgbench {floor:>6.0}/s; ratio {:.2}",
                ours / floor
            );
        }
        for clients in [8, 32] {
            let (ours, micros) = writes(&store, clients, seconds).await;
            let floor = pgbench(&cluster, PGBENCH_WRITE, clients, seconds).await;
            println!(
                "write {clients:>2}: {ours:>6.0}/s, {micros:.1} us CPU each; pgbench {floor:>6.0}/s; ratio {:.2}",
                ours / floor
            );
        }
    }
}

fn random_company(state: &mut u64) -> CompanyId {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    known(*state % COMPANIES)
}

/// The ids that `md5('c' || n)::uuid` makes are not computable here without MD5; they are read once instead.
fn known(index: u64) -> CompanyId {
    IDS.get().and_then(|ids| ids.get(usize::try_from(index).unwrap_or(0)).copied()).unwrap_or_else(|| company(0))
}

static IDS: std::sync::OnceLock<Vec<CompanyId>> = std::sync::OnceLock::new();

async fn reads(store: &Arc<PostgresStore>, clients: u64, seconds: u64) -> (f64, f64) {
    together(clients, seconds, {
        let store = Arc::clone(store);
        move |seed| {
            let store = Arc::clone(&store);
            let mut random = seed;
            async move {
                store.read(random_company(&mut random), None).await.unwrap();
                random
            }
        }
    })
    .await
}

async fn writes(store: &Arc<PostgresStore>, clients: u64, seconds: u64) -> (f64, f64) {
    let (catalog, _) = store.catalog().await.unwrap();
    let catalog = Arc::new(catalog);
    together(clients, seconds, {
        let store = Arc::clone(store);
        move |seed| {
            let (store, catalog) = (Arc::clone(&store), Arc::clone(&catalog));
            let mut random = seed;
            async move {
                loop {
                    let whose = random_company(&mut random);
                    let loaded = store.load(whose, CreditScope::None).await.unwrap();
                    let quantity = u32::try_from(random % 1_000_000).unwrap_or(1) + 1;
                    let command = activate_many(&addon("finance"), quantity);
                    let changes: Option<ChangeSet> =
                        decide(&command, &loaded.state, &catalog, loaded.now, &actor()).unwrap();
                    let request_id = Uuid::new_v4().to_string();
                    let commit =
                        CompanyCommit { changes, head: loaded.head, request_id, reply: None, too_late_at: None };
                    if store.commit(commit).await.unwrap() == Committed::Done {
                        return random;
                    }
                }
            }
        }
    })
    .await
}

/// Operations a second of that many tasks, and our processor time for each, in microseconds.
async fn together<F, O>(clients: u64, seconds: u64, operation: F) -> (f64, f64)
where
    F: Fn(u64) -> O + Clone + Send + 'static,
    O: Future<Output = u64> + Send,
{
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (start, cpu) = (Instant::now(), cpu_micros());
    let tasks: Vec<_> = (1..=clients)
        .map(|client| {
            let (stop, count, operation) = (Arc::clone(&stop), Arc::clone(&count), operation.clone());
            tokio::spawn(async move {
                let mut random = client.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                while !stop.load(Ordering::Relaxed) {
                    random = operation(random).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    let done = f64::from(u32::try_from(count.load(Ordering::Relaxed)).unwrap());
    (done / start.elapsed().as_secs_f64(), (cpu_micros() - cpu) / done)
}

fn cpu_micros() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks * 10_000.0
}

async fn pgbench(cluster: &Arc<Cluster>, script: &'static str, clients: u64, seconds: u64) -> f64 {
    let cluster = Arc::clone(cluster);
    let run = tokio::task::spawn_blocking(move || {
        let file = cluster.folder().join("script.sql");
        std::fs::write(&file, script).unwrap();
        let mut pgbench = Command::new(cluster.programs().join("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-U", "postgres", "-j", "1"]).arg("-h").arg(cluster.folder());
        pgbench.args(["-p", &cluster.port().to_string(), "-c", &clients.to_string(), "-T", &seconds.to_string()]);
        let output = pgbench.arg("-f").arg(&file).arg("measure").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.starts_with("tps")).unwrap_or_else(|| panic!("{output:?}"));
        line.split_whitespace().nth(2).unwrap().parse().unwrap()
    });
    run.await.unwrap()
}
