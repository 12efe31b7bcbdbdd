//! The change feed, and how nodes that share a database hear of each other's writes.

use std::time::Duration;

use super::{
    field::{Number, SectionText},
    section::Section,
};

/// The change feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedConfig {
    /// How often the database is asked for what is new.
    pub poll: Duration,
    /// How old a node's knowledge may be for it to answer from memory.
    pub staleness_bound: Duration,
    /// How long a stream may be silent.
    pub heartbeat: Duration,
    /// How long changes are kept, in seconds.
    pub retention_secs: u32,
    /// Most streams and waiting long polls at once.
    pub max_streams: usize,
}

const POLL: Number = Number {
    key: "poll_ms",
    unit: "milliseconds",
    default: 25,
    least: 5,
    most: 1_000,
    about: "How often the database is asked for what other nodes have written, and for what followers of the feed wait for. On average a \
            change reaches another node after half of it. At most a quarter of `staleness_bound_ms`.",
};

const STALENESS_BOUND: Number = Number {
    key: "staleness_bound_ms",
    unit: "milliseconds",
    default: 1_000,
    least: 50,
    most: 60_000,
    about: "How old a node's knowledge of the database may be for it to answer from memory. Beyond it each answer is confirmed by the \
            database, and is 503 where that does not answer. PostgreSQL only: with SQLite memory is exact.",
};

const HEARTBEAT: Number = Number {
    key: "heartbeat_ms",
    unit: "milliseconds",
    default: 500,
    least: 50,
    most: 30_000,
    about: "How long a stream of changes may be without a line. Consumers take a longer silence for a loss, and fail closed. At least \
            `poll_ms`.",
};

const RETENTION: Number = Number {
    key: "retention_minutes",
    unit: "minutes",
    default: 10_080,
    least: 1,
    most: 5_256_000,
    about: "How long changes are kept in the feed. A consumer that was away for longer is told to load everything again (410).",
};

const MAX_STREAMS: Number = Number {
    key: "max_streams",
    unit: "streams",
    default: 2_000,
    least: 0,
    most: 100_000,
    about: "Most consumers that follow the feed on one node at once, by stream or by a long poll that waits. More are answered 503. They \
            count among `limits.max_connections` too.",
};

pub(super) const TEXT: SectionText = SectionText {
    path: "feed",
    about: "The change feed, and how nodes that share a database hear of each other's writes.",
    fields: &[&POLL, &STALENESS_BOUND, &HEARTBEAT, &RETENTION, &MAX_STREAMS],
};

impl FeedConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("feed");
        let (poll_ms, bound_ms) = (section.number(&POLL), section.number(&STALENESS_BOUND));
        let heartbeat_ms = section.number(&HEARTBEAT);
        if poll_ms > bound_ms / 4 && !section.has_error(POLL.key) && !section.has_error(STALENESS_BOUND.key) {
            let message = "must be at most a quarter of `feed.staleness_bound_ms`, or one slow answer would already pass the bound";
            section.wrong(POLL.key, message);
        }
        if heartbeat_ms < poll_ms && !section.has_error(POLL.key) && !section.has_error(HEARTBEAT.key) {
            section.wrong(HEARTBEAT.key, "must be at least `feed.poll_ms`");
        }
        let retention_secs = section.number(&RETENTION).saturating_mul(60);
        Self {
            poll: Duration::from_millis(poll_ms),
            staleness_bound: Duration::from_millis(bound_ms),
            heartbeat: Duration::from_millis(heartbeat_ms),
            retention_secs: u32::try_from(retention_secs).unwrap_or(u32::MAX),
            max_streams: usize::try_from(section.number(&MAX_STREAMS)).unwrap_or(usize::MAX),
        }
    }
}
