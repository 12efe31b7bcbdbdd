//! A whole run: both stores, every scenario, one report.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use throwaway::{Cluster, Options};

use crate::Outcome;
use crate::dataset::{DATABASE, company_id, load_postgres, load_sqlite};
use crate::floors::{fsync, statements};
use crate::machine::Machine;
use crate::program::{Cache, Program, check_answer};
use crate::report::{Figure, Report, Target, as_table, save};
use crate::scenario::{Stage, cached_read, catalog_change, check, feed, memory, preview, uncached_read, write};
use crate::settings::{self, Settings};

const SQLITE: &str = "SQLite";
const POSTGRES: &str = "PostgreSQL";

/// Measures what is wanted, prints the table and saves it.
///
/// # Errors
/// When something cannot be measured.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let program = settings.program()?;
    fs::create_dir_all(&settings.folder)?;
    let folder = settings.folder.canonicalize()?.join(format!("run-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let mut stage = Stage {
        settings: settings.clone(),
        bench: settings::bench()?,
        folder: folder.clone(),
        figures: Vec::new(),
        remarks: Vec::new(),
    };
    let before = Machine::now()?;
    let cluster = start_cluster()?;
    let fdatasync_before_us = fsync::fdatasync_us(cluster.programs(), &folder)?;
    if settings.wants_any_of("sqlite") {
        on_sqlite(&mut stage, &program).await?;
    }
    if settings.wants_any_of("postgres") {
        on_postgres(&mut stage, &program, &cluster).await?;
    }
    let report = Report {
        companies: settings.companies,
        before,
        after: Machine::now()?,
        fdatasync_before_us,
        fdatasync_after_us: fsync::fdatasync_us(cluster.programs(), &folder)?,
        figures: stage.figures,
        remarks: stage.remarks,
    };
    let saved = save(&report, &settings.folder.join("results"))?;
    fs::remove_dir_all(&folder)?;
    println!("{}\nSaved as {}", as_table(&report), saved.display());
    Ok(())
}

async fn on_sqlite(stage: &mut Stage, path: &Path) -> Outcome<()> {
    let (database, copy) = (stage.folder.join("core.db"), stage.folder.join("floor.db"));
    let program = Program::new(path, &format!("sqlite:{}", database.display()), &stage.folder, "sqlite");
    program.migrate()?;
    let key = program.key()?;
    stage.say(&format!("loading {} companies into SQLite", stage.settings.companies));
    load_sqlite(&database, stage.settings.companies)?;
    if stage.settings.wants("sqlite-check") {
        check::measure(stage, &program.serve(Cache::Whole).await?, &key).await?;
    }
    if !stage.settings.wants("sqlite") {
        return Ok(());
    }
    fs::copy(&database, &copy)?;
    memory::measure_start(stage, SQLITE, &program).await?;
    let served = program.serve(Cache::Whole).await?;
    memory::measure_with_answers(stage, SQLITE, &served, &key).await?;
    let body_bytes = check_answer(&served, &key, &company_id(stage.settings.companies - 1)).await?;
    cached_read::measure(stage, SQLITE, &served, &key, body_bytes).await?;
    drop(served);
    let served = program.serve(Cache::Whole).await?;
    memory::measure_without_answers(stage, SQLITE, &served, &key).await?;
    write::measure_sqlite(stage, &copy, &served, &key).await?;
    catalog_change::measure(stage, SQLITE, &served, &key).await?;
    preview::measure(stage, SQLITE, &served, &key).await?;
    drop(served);
    let updating = Instant::now();
    rusqlite::Connection::open(&copy)?.execute(statements::UPDATE_ALL_VERSIONS, ())?;
    compare_with_fan_out(stage, SQLITE, updating.elapsed());
    Ok(())
}

async fn on_postgres(stage: &mut Stage, path: &Path, cluster: &Cluster) -> Outcome<()> {
    let program = Program::new(path, &cluster.create_database(DATABASE)?, &stage.folder, "postgres");
    program.migrate()?;
    let key = program.key()?;
    stage.say(&format!("loading {} companies into PostgreSQL", stage.settings.companies));
    load_postgres(cluster, stage.settings.companies)?;
    if stage.settings.wants("postgres-reads") {
        memory::measure_start(stage, POSTGRES, &program).await?;
        uncached_read::measure(stage, cluster, &program, &key).await?;
    }
    if stage.settings.wants("postgres-feed") {
        feed::measure(stage, cluster, &program, &key).await?;
    }
    let served = program.serve(Cache::Whole).await?;
    check_answer(&served, &key, &company_id(0)).await?;
    if stage.settings.wants("postgres-writes") {
        write::measure_postgres(stage, cluster, &served, &key).await?;
    }
    if stage.settings.wants("postgres-catalog") {
        catalog_change::measure(stage, POSTGRES, &served, &key).await?;
        preview::measure(stage, POSTGRES, &served, &key).await?;
        drop(served);
        let updating = Instant::now();
        cluster.sql(DATABASE, statements::UPDATE_ALL_VERSIONS)?;
        compare_with_fan_out(stage, POSTGRES, updating.elapsed());
    }
    Ok(())
}

/// What the change would have cost had every holder's version been written.
fn compare_with_fan_out(stage: &mut Stage, store: &str, updating: Duration) {
    let scenario = catalog_change::scenario(store, stage.settings.companies);
    let change = stage.figures.iter().find(|figure| figure.scenario == scenario).map_or(f64::NAN, |figure| figure.ours);
    let figure = Figure::alone(&scenario, "median against writing every version, ms", change, Target::Shown);
    stage.figures.push(figure.beside("UPDATE of all versions", updating.as_secs_f64() * 1000.0));
}

/// Durable as in production (`fsync`, `synchronous_commit` and `full_page_writes` are on), with room for a million companies in
/// memory, and nothing that starts by itself in the middle of a round.
fn start_cluster() -> Outcome<Cluster> {
    let settings =
        [("shared_buffers", "4GB"), ("max_wal_size", "16GB"), ("checkpoint_timeout", "1h"), ("autovacuum", "off")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Cluster::start(Options { fsync: true, settings: settings.into(), ..Options::default() })?)
}
