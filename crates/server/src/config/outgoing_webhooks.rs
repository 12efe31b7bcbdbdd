//! Outgoing webhooks.

use std::time::Duration;

use super::{
    field::{Flag, Number, SectionText},
    section::Section,
};

/// Outgoing webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingWebhooksConfig {
    /// Whether events may be sent in the clear.
    pub allow_http: bool,
    /// Whether events may be sent to inner addresses.
    pub allow_private: bool,
    /// How long an endpoint has to answer with a status.
    pub timeout: Duration,
    /// Most attempts under way at once, of each endpoint.
    pub per_endpoint: u32,
    /// The first pause before another attempt; the others are multiples of it.
    pub first_retry: Duration,
    /// For how long an endpoint may fail.
    pub disable_after: Duration,
    /// How long settled deliveries are kept, in seconds.
    pub retention_secs: u32,
    /// Most deliveries that wait for one endpoint.
    pub max_waiting: u64,
    /// How often the database is asked for what is due.
    pub poll: Duration,
}

const ALLOW_HTTP: Flag = Flag {
    key: "allow_http",
    default: false,
    about: "Whether an endpoint's address may begin with `http://`. Then events, signed but readable, cross the network in the clear. On in \
            `platform-core dev`.",
};

const ALLOW_PRIVATE: Flag = Flag {
    key: "allow_private",
    default: false,
    about: "Whether events may be sent to private, loopback, link-local and other inner addresses. Switch it on where the endpoints are \
            backends in the same network; whoever may make endpoints can then have requests made in it. On in `platform-core dev`.",
};

const TIMEOUT: Number = Number {
    key: "timeout_ms",
    unit: "milliseconds",
    default: 10_000,
    least: 50,
    most: 60_000,
    about: "How long an endpoint has to answer, from the look-up of its name to the head of the answer: its status decides, \
            and of its text half a kilobyte is read, for a second at most.",
};

const PER_ENDPOINT: Number = Number {
    key: "per_endpoint",
    unit: "attempts",
    default: 4,
    least: 1,
    most: 64,
    about: "Most attempts under way at once, for each endpoint on each node. What one endpoint waits for takes no place from another.",
};

const FIRST_RETRY: Number = Number {
    key: "first_retry_ms",
    unit: "milliseconds",
    default: 5_000,
    least: 10,
    most: 60_000,
    about: "The pause before the second attempt; the others are multiples of it (docs/webhooks.md). Each is longer by up to a tenth, by chance.",
};

const DISABLE_AFTER: Number = Number {
    key: "disable_after_minutes",
    unit: "minutes",
    default: 7_200,
    least: 1,
    most: 525_600,
    about: "For how long nothing may be delivered to an endpoint before it is disabled.",
};

const RETENTION: Number = Number {
    key: "retention_minutes",
    unit: "minutes",
    default: 10_080,
    least: 1,
    most: 5_256_000,
    about: "How long deliveries are kept after they were taken or given up, to be looked at and to be made again.",
};

const MAX_WAITING: Number = Number {
    key: "max_waiting",
    unit: "deliveries",
    default: 100_000,
    least: 1,
    most: 10_000_000,
    about: "Most deliveries that may wait for one endpoint. One for which more wait is disabled, within a minute.",
};

const POLL: Number = Number {
    key: "poll_ms",
    unit: "milliseconds",
    default: 100,
    least: 5,
    most: 10_000,
    about: "How often a node looks for changes to tell of and for deliveries whose time has come, while there are endpoints.",
};

pub(super) const TEXT: SectionText = SectionText {
    path: "outgoing_webhooks",
    about: "Outgoing webhooks ([webhooks](webhooks.md)).",
    fields: &[
        &ALLOW_HTTP,
        &ALLOW_PRIVATE,
        &TIMEOUT,
        &PER_ENDPOINT,
        &FIRST_RETRY,
        &DISABLE_AFTER,
        &RETENTION,
        &MAX_WAITING,
        &POLL,
    ],
};

impl OutgoingWebhooksConfig {
    pub(super) fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.section_or_empty("outgoing_webhooks");
        let (allow_http, allow_private) = (section.flag(&ALLOW_HTTP), section.flag(&ALLOW_PRIVATE));
        let mut millis = |field| Duration::from_millis(section.number(field));
        let (timeout, first_retry, poll) = (millis(&TIMEOUT), millis(&FIRST_RETRY), millis(&POLL));
        let retention_secs = section.number(&RETENTION).saturating_mul(60);
        Self {
            allow_http,
            allow_private,
            timeout,
            per_endpoint: u32::try_from(section.number(&PER_ENDPOINT)).unwrap_or(u32::MAX),
            first_retry,
            disable_after: Duration::from_secs(section.number(&DISABLE_AFTER).saturating_mul(60)),
            retention_secs: u32::try_from(retention_secs).unwrap_or(u32::MAX),
            max_waiting: section.number(&MAX_WAITING),
            poll,
        }
    }
}
