//! One line for every entitlement read (requirements 004 §24.1), written by hand: at a hundred thousand reads a second the general
//! way of logging would cost more than the answer.

use std::{cell::RefCell, io::Write as _};

use domain::{CompanyId, Timestamp};

use super::{LogSink, SERVICE_NAME, lines::split_instant};
use crate::config::LogFormat;

/// What the lines of this kind can be told by, like the module of any other line.
const TARGET: &str = module_path!();

/// What a line says.
pub struct ReadLine<'a> {
    /// When.
    pub at: Timestamp,
    /// Whose entitlements.
    pub company: CompanyId,
    /// Who read.
    pub caller: &'a str,
    /// The status answered.
    pub status: u16,
    /// The version answered; `None` when there was no answer.
    pub version: Option<u64>,
    /// Whether the answer came from memory.
    pub from_memory: bool,
    /// The request; visible ASCII.
    pub request_id: &'a str,
}

/// Writes the lines of reads.
pub struct ReadLog {
    sink: Option<LogSink>,
    format: LogFormat,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    line: Vec<u8>,
    second: i64,
    second_text: String,
}

impl ReadLog {
    /// A log to a sink; `None` writes nothing.
    pub fn new(sink: Option<LogSink>, format: LogFormat) -> Self {
        Self { sink, format }
    }

    /// Writes a line.
    pub fn write(&self, read: &ReadLine<'_>) {
        let Some(sink) = &self.sink else { return };
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.fill(read, self.format);
            sink.append_frequent(&scratch.line);
        });
    }
}

impl Scratch {
    fn fill(&mut self, read: &ReadLine<'_>, format: LogFormat) {
        let second = read.at.micros().div_euclid(1_000_000);
        if second != self.second || self.second_text.is_empty() {
            (self.second_text, _) = split_instant(read.at);
            self.second = second;
        }
        let micros = read.at.micros().rem_euclid(1_000_000);
        let (line, instant) = (&mut self.line, &self.second_text);
        line.clear();
        let mut id = domain::Uuid::encode_buffer();
        let id: &str = read.company.uuid().as_hyphenated().encode_lower(&mut id);
        let source = if read.from_memory { "memory" } else { "database" };
        let ReadLine { caller, status, request_id, .. } = read;
        // Writing to a vector cannot fail. Caller names may hold any character, so they are escaped.
        let _ = match format {
            LogFormat::Json => write!(
                line,
                "{{\"timestamp\":\"{instant}.{micros:06}Z\",\"level\":\"INFO\",\"service\":\"{SERVICE_NAME}\",\
                 \"target\":\"{TARGET}\",\"message\":\"entitlements read\",\"company_id\":\"{id}\",\"status\":{status},\"source\":\"{source}\",\
                 \"request_id\":\"{request_id}\",\"caller\":"
            ),
            LogFormat::Text => write!(
                line,
                "{instant}.{micros:06}Z  INFO entitlements read company_id={id} status={status} source={source} \
                 request_id={request_id} caller="
            ),
        };
        let _ = serde_json::to_writer(&mut *line, caller);
        if let Some(version) = read.version {
            let name = if format == LogFormat::Json { ",\"entitlement_version\":" } else { " entitlement_version=" };
            let _ = write!(line, "{name}{version}");
        }
        line.extend_from_slice(if format == LogFormat::Json { b"}\n" } else { b"\n" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_one_json_line() {
        let read = ReadLine {
            at: Timestamp::clamped(1_776_297_600_000_250),
            company: CompanyId::new(domain::Uuid::from_u128(5)).unwrap(),
            caller: "au\"th",
            status: 200,
            version: Some(7),
            from_memory: true,
            request_id: "r-1",
        };
        let mut scratch = Scratch::default();

        scratch.fill(&read, LogFormat::Json);

        let line: serde_json::Value = serde_json::from_slice(&scratch.line).unwrap();
        assert_eq!(line["timestamp"], "2026-04-16T00:00:00.000250Z");
        assert_eq!(line["target"], "server::telemetry::read_log");
        assert_eq!(line["company_id"], "00000000-0000-0000-0000-000000000005");
        assert_eq!(line["caller"], "au\"th");
        assert_eq!(line["entitlement_version"], 7);
        assert!(scratch.line.ends_with(b"}\n"));
    }
}
