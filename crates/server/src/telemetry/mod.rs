//! Logs and metrics.

mod lines;
mod metrics;
mod read_log;
mod sink;

pub use lines::init_logging;
pub use metrics::{LookupSource, Metrics};
pub use read_log::{ReadLine, ReadLog};
pub use sink::LogSink;

/// The service's name in logs, metrics and traces (requirements 004 §4.2).
pub const SERVICE_NAME: &str = "platform-core-backend";
