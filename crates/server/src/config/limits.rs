//! The limits that an operator can set. All others are constants, named where they are used.

use std::time::Duration;

use super::{
    field::{Number, SectionText},
    section::Section,
};
use crate::listener::ConnectionLimits;

/// The limits that an operator can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Those of the listeners.
    pub connections: ConnectionLimits,
    /// How long the body of a request may take.
    pub body_deadline: Duration,
    /// Largest body of a request, in bytes.
    pub max_body_bytes: usize,
    /// Most requests worked on at once.
    pub requests_in_flight: usize,
    /// Most requests that wait for that.
    pub requests_waiting: usize,
    /// How long one may wait for that.
    pub wait: Duration,
}

const MAX_CONNECTIONS: Number = Number {
    key: "max_connections",
    unit: "connections",
    default: 10_000,
    least: 1,
    most: 1_000_000,
    about: "Most connections at once on one listener. Beyond them 16 more are taken for one request each, in which `/health` and `/ready` are answered and anything else with 503; \
            what is beyond those is turned away with 503. Those that stand go on. Each takes a file \
            descriptor: set the limit of the process (`ulimit -n`) above it.",
};

const HEADER_DEADLINE: Number = Number {
    key: "header_deadline_ms",
    unit: "milliseconds",
    default: 5_000,
    least: 100,
    most: 600_000,
    about: "How long a TLS handshake, or the head of a request from its first byte, may take; a new connection has as long for its \
            first request. Against clients that hold connections by sending very slowly.",
};

const BODY_DEADLINE: Number = Number {
    key: "body_deadline_ms",
    unit: "milliseconds",
    default: 10_000,
    least: 100,
    most: 600_000,
    about: "How long the body of a request may take. Against the same.",
};

const WRITE_DEADLINE: Number = Number {
    key: "write_deadline_ms",
    unit: "milliseconds",
    default: 10_000,
    least: 100,
    most: 600_000,
    about: "How long a client may take to accept what is being written to it, from the moment at which it has to be waited for. \
            On HTTP/2 \
            each part of an answer counts from when it is ready. Against clients that do not read their answers.",
};

const IDLE: Number = Number {
    key: "idle_ms",
    unit: "milliseconds",
    default: 75_000,
    least: 400,
    most: 3_600_000,
    about: "How long a connection may stand without a request; it is closed at most a quarter later. Longer than the 60 seconds \
            for which proxies commonly keep theirs, so that they are the ones to close.",
};

const MAX_BODY_BYTES: Number = Number {
    key: "max_body_bytes",
    unit: "bytes",
    default: 65_536,
    least: 1_024,
    most: 16 * 1_024 * 1_024,
    about: "Largest body of a request. The largest real one, a batch of 1,000 companies, has 40,000.",
};

const MAX_HEADER_BYTES: Number = Number {
    key: "max_header_bytes",
    unit: "bytes",
    default: 16_384,
    least: 8_192,
    most: 1_048_576,
    about: "Largest head of a request. Service tokens are the largest part and stay below 8,192.",
};

const REQUESTS_IN_FLIGHT: Number = Number {
    key: "requests_in_flight",
    unit: "requests",
    default: 256,
    least: 1,
    most: 100_000,
    about: "Most requests worked on at once; `/health` does not count. Beyond what the database can do at once more only wait for \
            each other.",
};

const REQUESTS_WAITING: Number = Number {
    key: "requests_waiting",
    unit: "requests",
    default: 512,
    least: 0,
    most: 100_000,
    about: "Most requests that wait for their turn. More are answered 503 with `Retry-After` at once, which is better than late.",
};

const WAIT: Number = Number {
    key: "wait_ms",
    unit: "milliseconds",
    default: 250,
    least: 0,
    most: 60_000,
    about: "How long a request may wait for its turn before it is answered 503. Less than callers commonly wait for an answer.",
};

pub(super) const TEXT: SectionText = SectionText {
    path: "limits",
    about: "The limits that depend on the machine and its clients. All others are constants in the code.",
    fields: &[
        &MAX_CONNECTIONS,
        &HEADER_DEADLINE,
        &BODY_DEADLINE,
        &WRITE_DEADLINE,
        &IDLE,
        &MAX_BODY_BYTES,
        &MAX_HEADER_BYTES,
        &REQUESTS_IN_FLIGHT,
        &REQUESTS_WAITING,
        &WAIT,
    ],
};

impl Limits {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("limits");
        Self {
            connections: ConnectionLimits {
                connections: count(section.number(&MAX_CONNECTIONS)),
                header_deadline: Duration::from_millis(section.number(&HEADER_DEADLINE)),
                write_deadline: Duration::from_millis(section.number(&WRITE_DEADLINE)),
                idle: Duration::from_millis(section.number(&IDLE)),
                header_bytes: u32::try_from(section.number(&MAX_HEADER_BYTES)).unwrap_or(u32::MAX),
            },
            body_deadline: Duration::from_millis(section.number(&BODY_DEADLINE)),
            max_body_bytes: count(section.number(&MAX_BODY_BYTES)),
            requests_in_flight: count(section.number(&REQUESTS_IN_FLIGHT)),
            requests_waiting: count(section.number(&REQUESTS_WAITING)),
            wait: Duration::from_millis(section.number(&WAIT)),
        }
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
