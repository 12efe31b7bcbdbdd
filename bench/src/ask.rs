//! One target asked for a while, outside of a run.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::Outcome;
use crate::load::{Load, Order, Template};
use crate::number::{micros, readable, real};

/// One target asked for a while.
#[derive(Clone, Debug, Args)]
pub struct Ask {
    /// Whom.
    #[arg(long)]
    target: SocketAddr,
    /// What; `{company}` stands for a company of the dataset.
    #[arg(long, default_value = "/internal/companies/{company}/entitlements")]
    path: String,
    /// The API key.
    #[arg(long, default_value = "")]
    key: String,
    /// POST this body instead of asking with GET; `{counter}` stands for 16 digits that differ each time.
    #[arg(long)]
    post: Option<String>,
    /// Requests under way at once.
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// For how long.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Among how many companies.
    #[arg(long, default_value_t = 1_000_000)]
    companies: u64,
    /// Ask about each company once, instead of at random.
    #[arg(long)]
    each: bool,
    /// Where the draw of companies begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Ask {
    /// Asks, and prints what came back.
    ///
    /// # Errors
    /// When the target cannot be asked.
    pub async fn run(self) -> Outcome<()> {
        let among = 0..self.companies;
        let load = Load {
            target: self.target,
            template: match &self.post {
                Some(body) => Template::with_body("POST", &self.path, &self.key, body),
                None => Template::get(&self.path, &self.key),
            },
            connections: self.connections,
            duration: Duration::from_secs(self.seconds),
            order: if self.each { Order::each(among) } else { Order::Random { among, seed: self.seed } },
        };
        let tally = load.drive().await?;
        let rate = real(tally.requests()) / tally.elapsed.as_secs_f64();
        let quantile = |permille| readable(micros(tally.latencies.quantile(permille)));
        let longest = readable(micros(tally.latencies.longest()));
        println!(
            "{} requests/s, p50 {} µs, p99 {} µs, longest {longest} µs, by status {:?}",
            readable(rate),
            quantile(500),
            quantile(990),
            tally.statuses
        );
        Ok(())
    }
}
