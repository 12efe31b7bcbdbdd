//! Starts the floors that serve, each in a process of its own, so that their processor time is their own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::process::{self, Served};

/// Starts `axum-fixed`.
///
/// # Errors
/// When it does not answer.
pub async fn fixed(bench: &Path, body_bytes: usize, logs: &Path) -> Outcome<Served> {
    start(bench, "axum-fixed", &["--body-bytes", &body_bytes.to_string()], logs).await
}

/// Starts `axum-one-query` over a database.
///
/// # Errors
/// When it does not answer.
pub async fn one_query(bench: &Path, database_url: &str, logs: &Path) -> Outcome<Served> {
    start(bench, "axum-one-query", &["--database-url", database_url], logs).await
}

async fn start(bench: &Path, name: &str, options: &[&str], logs: &Path) -> Outcome<Served> {
    let address = process::free_address()?;
    let mut command = Command::new(bench);
    command.args([name, "--listen", &address.to_string()]).args(options);
    Served::start(&mut command, address, "/health", &logs.join(format!("{name}.log"))).await
}

/// Runs `sqlite-groups` in a process of its own and gives writes a second.
///
/// # Errors
/// When it fails.
pub fn sqlite_groups(bench: &Path, database: &Path, companies: u64, duration: Duration, seed: u64) -> Outcome<f64> {
    let mut command = Command::new(bench);
    command.arg("sqlite-groups").arg("--database").arg(database);
    command.args(["--companies", &companies.to_string(), "--seconds", &duration.as_secs().max(1).to_string()]);
    Ok(process::output(command.args(["--seed", &seed.to_string()]))?.trim().parse()?)
}
