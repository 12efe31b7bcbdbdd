//! Log lines: one JSON object, or one readable line, for each event.

use std::fmt::{self, Write as _};

use domain::Timestamp;
use store::model::{Clock, SystemClock};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::Context,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use super::{LogSink, SERVICE_NAME};
use crate::{
    config::{LogFormat, LogLevel},
    service::to_instant,
};

/// Sends events to the sink: ours from the given level on, those of libraries only when they warn. The first call of a process counts.
pub fn init_logging(sink: LogSink, format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let ours = ["server", "store_postgres", "store_sqlite"].map(|target| (target, level));
    let targets = Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(ours);
    // A second call (tests start several services in one process) keeps the first set-up.
    let _ = tracing_subscriber::registry().with(Lines { sink, format }.with_filter(targets)).try_init();
}

struct Lines {
    sink: LogSink,
    format: LogFormat,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (at, metadata) = (to_instant(SystemClock.now()), event.metadata());
        let mut line = String::with_capacity(256);
        let message = fields.message.as_deref().unwrap_or_default();
        match self.format {
            LogFormat::Json => {
                let _ = write!(line, "{{\"timestamp\":\"{at}\",\"level\":\"{}\"", metadata.level());
                let _ = write!(line, ",\"service\":\"{SERVICE_NAME}\",\"target\":\"{}\"", metadata.target());
                let _ = write!(line, ",\"message\":{}", Json(message));
                for (name, value) in &fields.rest {
                    let _ = write!(line, ",\"{name}\":{value}");
                }
                line.push_str("}\n");
            }
            LogFormat::Text => {
                let _ = write!(line, "{at} {:>5} {message}", metadata.level());
                for (name, value) in &fields.rest {
                    let _ = write!(line, " {name}={value}");
                }
                line.push('\n');
            }
        }
        self.sink.append(line.as_bytes());
    }
}

/// A text as a JSON string.
struct Json<'a>(&'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self.0).unwrap_or_default())
    }
}

/// The fields of an event: its message, and the others as JSON values.
#[derive(Default)]
struct Fields {
    message: Option<String>,
    rest: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = Some(value.to_owned());
        } else {
            self.rest.push((field.name(), Json(value).to_string()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.rest.push((field.name(), value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.rest.push((field.name(), value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.rest.push((field.name(), value.to_string()));
    }
}

/// An instant's whole-second text and its microseconds, for lines that are written by hand.
pub(super) fn split_instant(at: Timestamp) -> (String, u32) {
    let seconds = at.micros().div_euclid(1_000_000);
    let text = to_instant(Timestamp::clamped(seconds * 1_000_000)).to_string();
    let micros = u32::try_from(at.micros().rem_euclid(1_000_000)).unwrap_or(0);
    (text.trim_end_matches('Z').to_owned(), micros)
}
