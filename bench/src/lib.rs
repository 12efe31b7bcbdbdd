//! Benchmarks of the program beside their floors: bare programs that do only what must be done, run in turns with it on the same
//! machine in the same minutes, so that a ratio means something where a number does not. `docs/performance.md` says how to read them.

pub mod ask;
pub mod client;
pub mod dataset;
pub mod floors;
pub mod load;
pub mod machine;
pub mod number;
pub mod process;
pub mod program;
pub mod report;
pub mod run;
pub mod scenario;
pub mod settings;

/// What fails here fails the run, and says why; nothing is handled.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
