//! Reads on PostgreSQL that ask the database: with nothing cached, beside a plain one-query handler and beside pgbench; and with the
//! answer cached but its freshness confirmed.

use std::time::Duration;

use throwaway::Cluster;

use super::{Stage, Target, entitlements};
use crate::Outcome;
use crate::dataset::DATABASE;
use crate::floors::{pgbench, serving, statements};
use crate::process::{Served, postmaster};
use crate::program::{Cache, Program};
use crate::report::{self, Criterion, Metric, Round, figures};

/// So many companies are read again and again by the confirmed read: enough that no page stays in a processor's cache.
const CONFIRMED_AMONG: u64 = 100_000;

const BESIDE_ONE_QUERY: [Criterion; 4] = [
    (Metric::Cpu, report::Target::RatioAtMost(1.0)),
    (Metric::Rate, report::Target::Shown),
    (Metric::P50, report::Target::Shown),
    (Metric::DatabaseCpu, report::Target::Shown),
];

const BESIDE_PGBENCH: [Criterion; 1] = [(Metric::Rate, report::Target::RatioAtLeast(0.4))];

/// Measures with servers that it starts.
///
/// # Errors
/// When a target fails.
pub async fn measure(stage: &mut Stage, cluster: &Cluster, program: &Program, key: &str) -> Outcome<()> {
    let floor = serving::one_query(&stage.bench, &cluster.url(DATABASE), &stage.folder).await?;
    let uncached = program.serve(Cache::Least).await?;
    for connections in [16, 64] {
        beside_one_query(
            stage,
            cluster,
            ("uncached read", &uncached, stage.settings.companies),
            &floor,
            key,
            connections,
        )
        .await?;
        beside_pgbench(stage, cluster, &uncached, key, connections).await?;
    }
    drop(uncached);
    let confirmed = program.serve(Cache::Whole).await?;
    let among = CONFIRMED_AMONG.min(stage.settings.companies);
    stage.ask_each(&confirmed, &entitlements(key), 0..among).await?;
    for connections in [16, 64] {
        beside_one_query(stage, cluster, ("confirmed cached read", &confirmed, among), &floor, key, connections)
            .await?;
    }
    Ok(())
}

async fn beside_one_query(
    stage: &mut Stage,
    cluster: &Cluster,
    (name, served, among): (&str, &Served, u64),
    floor: &Served,
    key: &str,
    connections: u32,
) -> Outcome<()> {
    let scenario = format!("{name}, PostgreSQL, {connections} connections");
    stage.say(&scenario);
    let template = entitlements(key);
    let database = Some(postmaster(cluster)?);
    let target = |served| Target { served, template: &template, database };
    let pairs = stage.pairs(target(served), target(floor), 0..among, connections).await?;
    stage.figures.extend(figures(&scenario, "axum-one-query", &pairs, &BESIDE_ONE_QUERY));
    Ok(())
}

async fn beside_pgbench(
    stage: &mut Stage,
    cluster: &Cluster,
    served: &Served,
    key: &str,
    connections: u32,
) -> Outcome<()> {
    let scenario = format!("uncached read, PostgreSQL, {connections} connections, beside pgbench");
    stage.say(&scenario);
    let script = stage.folder.join("read.sql");
    std::fs::write(&script, statements::read_script(stage.settings.companies))?;
    let template = entitlements(key);
    let target = Target { served, template: &template, database: None };
    let round = stage.settings.round().max(Duration::from_secs(1));
    let floor = |seed| Ok(Round::of_rate(pgbench::run(cluster, &script, connections, round, seed)?.tps));
    let pairs = stage.pairs_with(target, connections, floor).await?;
    stage.figures.extend(figures(&scenario, "pgbench", &pairs, &BESIDE_PGBENCH));
    Ok(())
}
