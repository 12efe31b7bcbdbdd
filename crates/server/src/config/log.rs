//! The log.

use super::{
    field::{Choice, SectionText},
    section::Section,
};

/// The log, on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The least important lines that are written.
    pub level: LogLevel,
    /// How lines are written.
    pub format: LogFormat,
    /// Whether each read of entitlements gets a line.
    pub entitlement_reads: EntitlementReads,
}

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// What happens.
    Info,
    /// What happens inside.
    Debug,
    /// Everything.
    Trace,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for programs.
    Json,
    /// For people.
    Text,
}

/// Whether reads of entitlements are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntitlementReads {
    /// One line each.
    Each,
    /// Only refused and failed ones.
    Off,
}

const LEVEL: Choice = Choice {
    key: "level",
    words: &["error", "warn", "info", "debug", "trace"],
    default: "info",
    about: "The least important lines that are written.",
};

const FORMAT: Choice = Choice {
    key: "format",
    words: &["json", "text"],
    default: "json",
    about: "One JSON object a line for programs, or text for people.",
};

const ENTITLEMENT_READS: Choice = Choice {
    key: "entitlement_reads",
    words: &["each", "off"],
    default: "each",
    about: "Whether each read of entitlements gets a line (requirements 004 §24.1). A node that answers very many may leave out \
            those that succeed; refusals and failures are always logged.",
};

pub(super) const TEXT: SectionText =
    SectionText { path: "log", about: "The log, on standard error.", fields: &[&LEVEL, &FORMAT, &ENTITLEMENT_READS] };

impl LogConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("log");
        let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
        Self {
            level: section.choice(&LEVEL, &levels).unwrap_or(LogLevel::Info),
            format: section.choice(&FORMAT, &[LogFormat::Json, LogFormat::Text]).unwrap_or(LogFormat::Json),
            entitlement_reads: section
                .choice(&ENTITLEMENT_READS, &[EntitlementReads::Each, EntitlementReads::Off])
                .unwrap_or(EntitlementReads::Each),
        }
    }
}
