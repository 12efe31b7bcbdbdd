//! Memory for each cached company, and the time from start to ready with all companies in the database.

use super::{Stage, entitlements};
use crate::Outcome;
use crate::number::{median, real};
use crate::process::Served;
use crate::program::{Cache, Program};
use crate::report::{Figure, Target};

/// How often the program is started.
const STARTS: u32 = 5;

/// So many companies are read, written or both before memory is first looked at, so that what grows only once has grown.
const WARM_UP: u64 = 10_000;

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
    stage.say(&format!("memory, {store}"));
    let template = entitlements(key);
    let all = stage.settings.companies;
    let warm_up = WARM_UP.min(all / 2);
    stage.ask_each(served, &template, 0..warm_up).await?;
    let before = served.resident_bytes()?;
    stage.ask_each(served, &template, warm_up..all).await?;
    let grown = served.resident_bytes()?.saturating_sub(before);
    let scenario = format!("memory, {store}");
    let each = real(grown) / real(all - warm_up);
    let what = "resident bytes for each company with its answer";
    stage.figures.push(Figure::alone(&scenario, what, each, Target::AtMost(700.0)));
    Ok(())
}
