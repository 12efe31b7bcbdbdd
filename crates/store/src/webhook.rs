//! Outgoing webhooks: who is told of events, what is to be told, and how far that has come.

use std::{fmt, time::Duration};

use domain::{CompanyId, Text, Timestamp, Uuid};

use crate::FeedPosition;

/// Bytes of an endpoint's secret: as long as the digest that it keys.
pub const WEBHOOK_SECRET_BYTES: usize = 32;

/// What an endpoint's events are signed with. It is stored as it is, because signing takes the secret itself and not a hash of it; it shows
/// as `***` wherever it is formatted.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret([u8; WEBHOOK_SECRET_BYTES]);

impl WebhookSecret {
    /// Hides the bytes of a secret.
    pub const fn new(bytes: [u8; WEBHOOK_SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes. Every use of this is a place to look at in review.
    pub const fn reveal(&self) -> &[u8; WEBHOOK_SECRET_BYTES] {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// What a company owns was changed by a write, or by time.
    EntitlementsChanged,
    /// The catalog changed, and with it what anybody may own.
    CatalogChanged,
    /// Events before this one may be missing.
    EventsMissed,
    /// Somebody tries whether the endpoint hears.
    EndpointTest,
}

impl EventType {
    /// Every event type.
    pub const ALL: [Self; 4] =
        [Self::EntitlementsChanged, Self::CatalogChanged, Self::EventsMissed, Self::EndpointTest];
    /// Those that an endpoint may choose. The others concern the endpoint itself.
    pub const CHOSEN: [Self; 2] = [Self::EntitlementsChanged, Self::CatalogChanged];

    /// The word of the wire and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EntitlementsChanged => "company.entitlements_changed",
            Self::CatalogChanged => "catalog.changed",
            Self::EventsMissed => "events.missed",
            Self::EndpointTest => "endpoint.test",
        }
    }

    /// The event type of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}

/// Why an endpoint is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// A caller switched it off.
    Asked,
    /// Nothing could be delivered for too long.
    Failing,
    /// It answered that it is gone (410).
    Gone,
    /// Too many deliveries wait for it.
    Backlog,
}

impl DisabledReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Failing, Self::Gone, Self::Backlog];

    /// The word of the wire and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Backlog => "backlog",
        }
    }

    /// The reason of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// Somebody who is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// Identifier, never reused.
    pub id: Uuid,
    /// Grows by one with every change of it; guards the next.
    pub step: u64,
    /// Where events are posted to.
    pub url: String,
    /// Which events it chose; all when there are none.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: Option<Text>,
    /// What its events are signed with.
    pub secret: WebhookSecret,
    /// The secret before, with which they are signed too until an instant.
    pub previous_secret: Option<(WebhookSecret, Timestamp)>,
    /// Since when nothing could be delivered.
    pub failing_since: Option<Timestamp>,
    /// Why it is told nothing, and since when.
    pub disabled: Option<(DisabledReason, Timestamp)>,
    /// Who made it.
    pub created_by: Text,
    /// When.
    pub created_at: Timestamp,
    /// When a caller last changed it.
    pub updated_at: Timestamp,
}

impl WebhookEndpoint {
    /// Whether it is to be told of such events.
    pub fn hears(&self, event: EventType) -> bool {
        let is_chosen = self.events.is_empty() || self.events.contains(&event) || !EventType::CHOSEN.contains(&event);
        self.disabled.is_none() && is_chosen
    }
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// What it tells.
    pub event: EventType,
    /// The instant from which it holds.
    pub at: Timestamp,
    /// Of which company, if of one.
    pub company: Option<CompanyId>,
    /// The company's entitlement version with it, the catalog's generation, or 0.
    pub version: u64,
}

/// Up to where the feed was turned into deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookCursor {
    /// The life of the database that the position belongs to.
    pub epoch: u64,
    /// The place of the last change that was.
    pub position: FeedPosition,
}

/// A part of the feed, turned into deliveries: one for each event and each endpoint that hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// The place that it begins behind; guards the move.
    pub from: WebhookCursor,
    /// The place that it leads to.
    pub to: WebhookCursor,
    /// What happened in between, in order.
    pub events: Vec<WebhookEvent>,
    /// Only as long as no endpoint is enabled.
    pub unheard: bool,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Waits for its next attempt, or is being attempted.
    Pending,
    /// Was taken.
    Delivered,
    /// Was given up.
    Failed,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The word of the wire and the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// An event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Grows from delivery to delivery; the order of the list.
    pub number: u64,
    /// The message's id, the same in every attempt.
    pub id: Uuid,
    /// The endpoint.
    pub endpoint: Uuid,
    /// What is told.
    pub event: WebhookEvent,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was attempted.
    pub attempts: u32,
    /// How often since it was last asked for: that many steps of the schedule are done.
    pub tries: u32,
    /// When it is attempted next, at the latest; `None` once it is settled.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken or given up.
    pub settled_at: Option<Timestamp>,
}

impl Delivery {
    /// A delivery that is due at once. Its store gives it a number.
    pub fn new(endpoint: Uuid, event: WebhookEvent, now: Timestamp) -> Self {
        Self {
            number: 0,
            id: Uuid::new_v4(),
            endpoint,
            event,
            status: DeliveryStatus::Pending,
            attempts: 0,
            tries: 0,
            next_attempt_at: Some(now),
            created_at: now,
            settled_at: None,
        }
    }
}

/// A delivery that one node attempts. Unless that is told before the lease ends, another one will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery.
    pub delivery: Delivery,
    /// Proves the claim.
    pub lease: Uuid,
    /// The database's clock.
    pub now: Timestamp,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// Why there was no answer, or none that counts.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub excerpt: Option<String>,
    /// The version that was told.
    pub version: u64,
}

/// What an attempt comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The endpoint took it.
    Delivered,
    /// It is to be tried again after a while.
    RetryAfter(Duration),
    /// It is given up.
    Failed,
    /// It is given up, and so is the endpoint, which said so itself.
    Gone,
}

/// The outcome of an attempt, to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The endpoint.
    pub endpoint: Uuid,
    /// The delivery.
    pub delivery: Uuid,
    /// The claim; guards the outcome.
    pub lease: Uuid,
    /// The attempt. Its number is the store's.
    pub attempt: Attempt,
    /// What it comes to.
    pub verdict: Verdict,
    /// For how long an endpoint may fail before it is disabled.
    pub disable_after: Duration,
}

/// What an outcome meant for the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The claim had ended: nothing was stored.
    Raced,
    /// Nothing new.
    AsBefore,
    /// It was fine before.
    BeganFailing,
    /// It failed before.
    Recovered,
    /// It is told nothing any more.
    Disabled(DisabledReason),
}

/// What was tidied up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrunedDeliveries {
    /// How many deliveries were removed.
    pub removed: u64,
    /// How many wait.
    pub waiting: u64,
    /// The endpoints that were disabled because too many waited for them.
    pub disabled: Vec<Uuid>,
}
