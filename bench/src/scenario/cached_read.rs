//! The cached read on the embedded store: every company in memory, asked for at random, beside a server that answers a fixed body of
//! the same length.

use super::{Stage, Target, entitlements};
use crate::Outcome;
use crate::floors::serving;
use crate::process::Served;
use crate::report::{self, Criterion, Metric, figures};

/// What this program must reach, and what helps to understand it.
const CRITERIA: [Criterion; 4] = [
    (Metric::Rate, report::Target::RatioAtLeast(0.85)),
    (Metric::Cpu, report::Target::RatioAtMost(1.4)),
    (Metric::P50, report::Target::RatioAtMost(1.25)),
    (Metric::P99, report::Target::Shown),
];

/// Measures on a server that has every company in its cache.
///
/// # Errors
/// When a target fails.
pub async fn measure(stage: &mut Stage, served: &Served, key: &str, body_bytes: usize) -> Outcome<()> {
    let fixed = serving::fixed(&stage.bench, body_bytes, &stage.folder).await?;
    let template = entitlements(key);
    for connections in [16, 64] {
        let scenario = format!("cached read, SQLite, {connections} connections");
        stage.say(&scenario);
        let target = |served| Target { served, template: &template, database: None };
        let pairs = stage.pairs(target(served), target(&fixed), stage.companies(), connections).await?;
        stage.figures.extend(figures(&scenario, "axum-fixed", &pairs, &CRITERIA));
    }
    Ok(())
}
