//! How large a run is and where its programs and files are.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::Outcome;

/// How large a run is and where its programs and files are.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Companies in each database, with one package and three add-ons each.
    #[arg(long, env = "PLATFORM_CORE_BENCH_COMPANIES", default_value_t = 1_000_000)]
    pub companies: u64,
    /// Rounds of each pair.
    #[arg(long, env = "PLATFORM_CORE_BENCH_ROUNDS", default_value_t = 5)]
    pub rounds: u32,
    /// Whole seconds of each round.
    #[arg(long, env = "PLATFORM_CORE_BENCH_SECONDS", default_value_t = 3)]
    pub seconds: u64,
    /// The program under measurement; by default the one beside this one.
    #[arg(long, env = "PLATFORM_CORE_BENCH_PROGRAM")]
    program: Option<PathBuf>,
    /// Where databases, logs and results go. It must be on the disk that is to be measured.
    #[arg(long, env = "PLATFORM_CORE_BENCH_FOLDER", default_value = "target/bench")]
    pub folder: PathBuf,
    /// Only these scenarios, by the start of their names: `sqlite`, `postgres-reads`, `postgres-writes`, `postgres-catalog`.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
}

impl Settings {
    /// How long a round is.
    pub fn round(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Whether a scenario is wanted.
    pub fn wants(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|start| scenario.starts_with(start.as_str()))
    }

    /// Whether any scenario of a store is wanted.
    pub fn wants_any_of(&self, store: &str) -> bool {
        self.wants(store) || self.only.iter().any(|start| start.starts_with(store))
    }

    /// The program under measurement.
    ///
    /// # Errors
    /// When it is not there.
    pub fn program(&self) -> Outcome<PathBuf> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => bench()?.with_file_name("platform-core"),
        };
        if program.is_file() { Ok(program) } else { Err(format!("{} is not built", program.display()).into()) }
    }
}

/// This very program, which also serves the floors.
///
/// # Errors
/// When the system does not say.
pub fn bench() -> Outcome<PathBuf> {
    Ok(std::env::current_exe()?)
}
