//! Logs and metrics.

mod lines;
mod lookups;
mod metrics;
mod read_log;
mod sink;
mod webhook_metrics;

pub use lines::init_logging;
pub use lookups::LookupSource;
pub use metrics::{Looked, Metrics};
pub use read_log::{ReadLine, ReadLog};
pub use sink::LogSink;
pub use webhook_metrics::WebhookMetrics;

/// The service's name in logs, metrics and traces (requirements 004 §4.2).
pub const SERVICE_NAME: &str = "platform-core-backend";
