//! `bench run` measures everything; the other commands are the floors that it starts as processes of their own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bench::Outcome;
use bench::ask::Ask;
use bench::dataset::load_sqlite;
use bench::floors::{fixed, one_query, sqlite_groups};
use bench::settings::Settings;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Benchmarks of platform-core beside their floors, in one run")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures everything and prints the table.
    Run(Settings),
    /// Asks one target for a while and prints what came back: for a look at one change, or beside a profiler.
    Ask(Ask),
    /// Loads the companies into a migrated SQLite database, for use with `ask`.
    Load {
        /// The database.
        #[arg(long)]
        database: PathBuf,
        /// How many companies.
        #[arg(long, default_value_t = 1_000_000)]
        companies: u64,
    },
    /// A floor: answers a fixed body.
    AxumFixed {
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
        /// The length of the body.
        #[arg(long)]
        body_bytes: usize,
    },
    /// A floor: asks PostgreSQL once for each request.
    AxumOneQuery {
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
        /// The database.
        #[arg(long)]
        database_url: String,
    },
    /// A floor: commits writes to SQLite in groups, and prints writes a second.
    SqliteGroups {
        /// A database with the companies.
        #[arg(long)]
        database: PathBuf,
        /// How many companies.
        #[arg(long)]
        companies: u64,
        /// For how long.
        #[arg(long)]
        seconds: u64,
        /// Where the draw of companies begins.
        #[arg(long)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome<()> {
    // The load generator is one thread, so that it leaves the other core to the target; the floors run as any server would.
    let generator = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let server = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match command {
        Command::Run(settings) => generator()?.block_on(bench::run::run(&settings)),
        Command::Ask(ask) => generator()?.block_on(ask.run()),
        Command::Load { database, companies } => load_sqlite(&database, companies),
        Command::AxumFixed { listen, body_bytes } => server()?.block_on(fixed::serve(listen, body_bytes)),
        Command::AxumOneQuery { listen, database_url } => server()?.block_on(one_query::serve(listen, &database_url)),
        Command::SqliteGroups { database, companies, seconds, seed } => {
            println!("{}", sqlite_groups::run(&database, companies, Duration::from_secs(seconds), seed)?);
            Ok(())
        }
    }
}
