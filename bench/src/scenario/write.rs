//! Company writes, each of which changes something, beside bare programs that store the same rows just as durably.

use std::path::Path;

use throwaway::Cluster;

use super::{Stage, Target};
use crate::Outcome;
use crate::dataset::settle;
use crate::floors::{pgbench, serving, statements};
use crate::load::Template;
use crate::process::{Served, postmaster};
use crate::report::{self, Metric, Round, figures};

/// The write: the same add-on with another reference, so that the row, the version, the history and the feed all change.
const BODY: &str =
    r#"{"addonKey":"finance","status":"active","source":"platform_admin","externalReference":"{counter}"}"#;

/// The write as a request.
pub fn template(key: &str) -> Template {
    Template::with_body("POST", "/internal/companies/{company}/addons", key, BODY)
}

/// Measures on PostgreSQL at 32 and at 8 clients, beside pgbench doing the same as one statement.
///
/// # Errors
/// When a target fails.
pub async fn measure_postgres(stage: &mut Stage, cluster: &Cluster, served: &Served, key: &str) -> Outcome<()> {
    let script = stage.folder.join("write.sql");
    std::fs::write(&script, statements::write_script(stage.settings.companies))?;
    for (clients, least) in [(32, 0.9), (8, 0.85)] {
        let scenario = format!("write, PostgreSQL, {clients} clients");
        stage.say(&scenario);
        settle(cluster)?;
        let database = postmaster(cluster)?;
        let template = template(key);
        let target = Target { served, template: &template, database: Some(database) };
        let round = stage.settings.round();
        let floor = |seed| {
            let before = crate::process::family_cpu_us(database)?;
            let seen = pgbench::run(cluster, &script, clients, round, seed)?;
            let used = crate::process::family_cpu_us(database)? - before;
            let database_cpu_us = crate::number::real(used) / crate::number::real(seen.transactions);
            Ok(Round { p50_us: f64::NAN, database_cpu_us, ..Round::of_rate(seen.tps) })
        };
        let pairs = stage.pairs_with(target, clients, floor).await?;
        let criteria = [
            (Metric::Rate, report::Target::RatioAtLeast(least)),
            (Metric::P50, report::Target::Shown),
            (Metric::P99, report::Target::Shown),
            (Metric::Cpu, report::Target::Shown),
            (Metric::DatabaseCpu, report::Target::Shown),
        ];
        stage.figures.extend(figures(&scenario, "pgbench", &pairs, &criteria));
    }
    Ok(())
}

/// Measures on SQLite at 32 clients, beside a loop that commits in groups of 32 into a copy of the database.
///
/// # Errors
/// When a target fails.
pub async fn measure_sqlite(stage: &mut Stage, copy: &Path, served: &Served, key: &str) -> Outcome<()> {
    let clients = 32;
    let scenario = format!("write, SQLite, {clients} clients");
    stage.say(&scenario);
    let template = template(key);
    let target = Target { served, template: &template, database: None };
    let (bench, companies, round) = (stage.bench.clone(), stage.settings.companies, stage.settings.round());
    let floor = |seed| Ok(Round::of_rate(serving::sqlite_groups(&bench, copy, companies, round, seed)?));
    let pairs = stage.pairs_with(target, clients, floor).await?;
    let criteria = [
        (Metric::Rate, report::Target::RatioAtLeast(0.7)),
        (Metric::P50, report::Target::Shown),
        (Metric::P99, report::Target::Shown),
        (Metric::Cpu, report::Target::Shown),
    ];
    stage.figures.extend(figures(&scenario, "rusqlite in groups of 32", &pairs, &criteria));
    Ok(())
}
