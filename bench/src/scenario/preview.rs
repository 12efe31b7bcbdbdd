//! What a catalog change would do to everybody, told before it is made: taking a module from a package that every company holds.

use serde_json::Value;

use super::Stage;
use crate::number::{median, micros};
use crate::process::Served;
use crate::report::{Figure, Target};
use crate::{Outcome, client};

/// How often it is asked.
const TIMES: u32 = 5;

/// The longest that it may take, in milliseconds.
const LONGEST_MS: f64 = 1_000.0;

/// Measures on a server; `store` names its store.
///
/// # Errors
/// When the preview is refused, or does not count every company.
pub async fn measure(stage: &mut Stage, store: &str, served: &Served, key: &str) -> Outcome<()> {
    stage.say(&format!("preview, {store}"));
    let answer = client::get(served.address, "/internal/catalog/packages/basic", key).await?.json()?;
    let id = answer.pointer("/data/id").and_then(Value::as_str).ok_or("no package `basic`")?;
    let path = format!("/internal/catalog/packages/{id}?dryRun=true");
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let answer = client::call(served.address, "PATCH", &path, key, r#"{"moduleKeys":[]}"#).await?;
        let told = answer.json()?;
        let lost = told.pointer("/data/impact/modules/basic/lost").and_then(Value::as_u64);
        // Writes measured before may have ended a package or two; nearly everybody has it.
        if lost.is_none_or(|lost| lost * 100 < stage.settings.companies * 99) {
            return Err(format!("the preview does not count every company: {told}").into());
        }
        took.push(micros(answer.took) / 1000.0);
    }
    let longest = took.iter().copied().fold(0.0, f64::max);
    let name = format!("preview of a module taken from a package, {store}, {} holders", stage.settings.companies);
    stage.figures.extend([
        Figure::alone(&name, "median, ms", median(took), Target::AtMost(LONGEST_MS)),
        Figure::alone(&name, "longest of 5, ms", longest, Target::AtMost(LONGEST_MS)),
    ]);
    Ok(())
}
