//! The load generator: closed loop, HTTP/1.1 keep-alive, one thread. The same for every target, so that what it costs itself falls out of
//! the ratios.

mod connection;
mod histogram;
mod order;
mod response;
mod tally;
mod template;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use histogram::Histogram;
pub use order::Order;
pub use tally::Tally;
pub use template::Template;
pub(crate) use template::hex;

use crate::Outcome;

/// How long an answer may take before the round is given up: far beyond every deadline of the program.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// One round of load.
#[derive(Clone, Debug)]
pub struct Load {
    /// Whom to ask.
    pub target: SocketAddr,
    /// What to ask.
    pub template: Template,
    /// How many requests are under way at once.
    pub connections: u32,
    /// For how long; [`Order::Each`] may end sooner.
    pub duration: Duration,
    /// About which companies.
    pub order: Order,
}

impl Load {
    /// Drives the load and counts what came back. Runs on the caller's thread.
    ///
    /// # Errors
    /// When a connection cannot be made or breaks: a target that does so has no figures.
    pub async fn drive(&self) -> Outcome<Tally> {
        let companies = Arc::new(self.order.clone());
        let begun = Instant::now();
        let deadline = begun + self.duration;
        let mut tasks = tokio::task::JoinSet::new();
        for lane in 0..self.connections {
            let companies = companies.lane(lane);
            let connection = connection::Connection::open(self.target, self.template.clone()).await?;
            tasks.spawn(connection.ask_until(deadline, companies));
        }
        let mut tally = Tally::default();
        let all = async {
            while let Some(done) = tasks.join_next().await {
                tally.merge(&done??);
            }
            Outcome::Ok(())
        };
        tokio::time::timeout(self.duration + ANSWER_DEADLINE, all).await??;
        tally.elapsed = begun.elapsed();
        Ok(tally)
    }
}
