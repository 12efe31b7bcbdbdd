//! Memory for each cached company, and the time from start to ready with all companies in the database.

use std::ops::Range;

use super::{Stage, entitlements, write};
use crate::Outcome;
use crate::load::Template;
use crate::number::{median, real};
use crate::process::Served;
use crate::program::{Cache, Program};
use crate::report::{Figure, Target};

/// How often the program is started.
const STARTS: u32 = 5;

/// So many companies are asked about before memory is first looked at: the database's own page caches are full by then, and what grows
/// only once has grown.
const WARM_UP: u64 = 20_000;

/// So many companies are written to see what one costs without its answer. Writes are slow; these are enough to drown the allocator's
/// rounding.
const WRITTEN: u64 = 100_000;

/// Starts the program again and again.
///
/// # Errors
/// When it does not become ready.
pub async fn measure_start(stage: &mut Stage, store: &str, program: &Program) -> Outcome<()> {
    stage.say(&format!("start to ready, {store}"));
    let mut took = Vec::new();
    for _ in 0..STARTS {
        took.push(program.serve(Cache::Whole).await?.started_in.as_secs_f64() * 1000.0);
    }
    let scenario = format!("start to ready, {store}");
    stage.figures.push(Figure::alone(&scenario, "median, ms", median(took), Target::AtMost(1000.0)));
    Ok(())
}

/// Reads every company once, so that all of them are cached with their encoded answers, and sees what memory that took.
///
/// # Errors
/// When an answer is no success.
pub async fn measure_with_answers(stage: &mut Stage, store: &str, served: &Served, key: &str) -> Outcome<()> {
    let (template, all) = (entitlements(key), stage.companies());
    let what = "resident bytes for each company with its answer";
    measure(stage, store, served, &template, all, (what, 700.0)).await
}

/// Writes many companies once: the program keeps what a write made of a company, and encodes its answer only when it is next read.
///
/// # Errors
/// When an answer is no success.
pub async fn measure_without_answers(stage: &mut Stage, store: &str, served: &Served, key: &str) -> Outcome<()> {
    let (template, some) = (write::template(key), 0..stage.settings.companies.min(WARM_UP + WRITTEN));
    let what = "resident bytes for each company without its answer";
    measure(stage, store, served, &template, some, (what, 256.0)).await
}

async fn measure(
    stage: &mut Stage,
    store: &str,
    served: &Served,
    template: &Template,
    among: Range<u64>,
    (what, most): (&str, f64),
) -> Outcome<()> {
    let scenario = format!("memory, {store}");
    stage.say(&format!("{scenario}: {what}"));
    let warm = among.start + WARM_UP.min((among.end - among.start) / 2);
    stage.ask_each(served, template, among.start..warm).await?;
    let before = served.resident_bytes()?;
    stage.ask_each(served, template, warm..among.end).await?;
    let grown = served.resident_bytes()?.saturating_sub(before);
    let each = real(grown) / real(among.end - warm);
    stage.figures.push(Figure::alone(&scenario, what, each, Target::AtMost(most)));
    Ok(())
}
