//! pgbench: what PostgreSQL itself does with the same statement, asked over the same socket.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use throwaway::Cluster;

use crate::dataset::DATABASE;
use crate::{Outcome, process};

/// What pgbench saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Transactions a second, without the time to connect.
    pub tps: f64,
    /// Mean latency, in microseconds.
    pub mean_us: f64,
    /// Transactions in all.
    pub transactions: u64,
}

/// Runs a script with prepared statements for `duration` (whole seconds).
///
/// # Errors
/// When pgbench fails or a transaction does.
pub fn run(cluster: &Cluster, script: &Path, clients: u32, duration: Duration, seed: u64) -> Outcome<Seen> {
    let mut pgbench = Command::new(cluster.programs().join("pgbench"));
    pgbench.arg("-h").arg(cluster.folder()).args(["-p", &cluster.port().to_string(), "-U", "postgres"]);
    pgbench.args(["-n", "-M", "prepared", "-j", "1"]);
    pgbench.arg("-f").arg(script).arg("-c").arg(clients.to_string());
    pgbench.arg("-T").arg(duration.as_secs().max(1).to_string());
    pgbench.arg(format!("--random-seed={seed}")).arg(DATABASE);
    parse(&process::output(&mut pgbench)?)
}

fn parse(printed: &str) -> Outcome<Seen> {
    let number = |start: &str| -> Outcome<f64> {
        let line = printed
            .lines()
            .find_map(|line| line.strip_prefix(start))
            .ok_or_else(|| format!("no `{start}` in {printed}"))?;
        Ok(line.trim().split(' ').next().unwrap_or_default().parse()?)
    };
    if number("number of failed transactions: ")? > 0.0 {
        return Err(format!("pgbench had failed transactions: {printed}").into());
    }
    let transactions =
        printed.lines().find_map(|line| line.strip_prefix("number of transactions actually processed: "));
    Ok(Seen {
        tps: number("tps = ")?,
        mean_us: number("latency average = ")? * 1000.0,
        transactions: transactions.ok_or("no count of transactions")?.trim().parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "number of transactions actually processed: 4711\nnumber of failed transactions: 0 (0.000%)\n\
                           latency average = 0.710 ms\ninitial connection time = 30.1 ms\ntps = 22535.211268 (without initial connection time)\n";

    #[test]
    fn rate_latency_and_count_are_read() {
        let seen = parse(PRINTED).unwrap();

        assert!((seen.tps - 22_535.211_268).abs() < 1e-6 && (seen.mean_us - 710.0).abs() < 1e-6, "{seen:?}");
        assert_eq!(seen.transactions, 4711);
    }

    #[test]
    fn failed_transactions_are_an_error() {
        assert!(parse(&PRINTED.replace("transactions: 0", "transactions: 3")).is_err());
    }
}
