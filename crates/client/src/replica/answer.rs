//! What the replica answers.

use std::{sync::Arc, time::Duration};

use api::{Instant, response::EntitlementsView};
use uuid::Uuid;

use super::held::{Held, Segment};

/// How old what is answered from may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the replica's own bound says; older knowledge is refused.
    #[default]
    Standard,
    /// At most so old; older knowledge is refused.
    Bounded(Duration),
    /// However old: what was revoked since may still be answered. For what harms nobody, such as what a page shows; never for access.
    AnyAge,
}

/// Why the replica last loaded what it answers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The company came to be followed.
    Loaded,
    /// A change of the company was heard of.
    Change,
    /// A change of the catalog was heard of.
    Catalog,
    /// What was known was about to end.
    Ahead,
    /// Somebody waits for a version.
    Asked,
}

/// Why the replica does not answer. Each means: not known right now. None means "owns nothing", [`NotKnown::NoSuchCompany`] apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    /// It has just been started, or loads everything again because the feed cannot be resumed.
    #[error("the replica is still loading")]
    Loading,
    /// What it knows is older than allowed: the service has not confirmed it for so long.
    #[error("what is known is {age_ms} ms old, at most {bound_ms} ms are allowed")]
    Stale {
        /// How old, in milliseconds.
        age_ms: u64,
        /// How old it may be.
        bound_ms: u64,
    },
    /// All the answers that were known ahead have ended, and the next ones have not come yet.
    #[error("what was known of the company has ended, and what follows has not come yet")]
    PastKnown,
    /// It does not follow this company; see [`Replica::follow`](crate::Replica::follow).
    #[error("the company is not followed by this replica")]
    NotFollowed,
    /// The company was never written: it owns nothing, and has no version.
    #[error("the company was never written")]
    NoSuchCompany,
    /// The version that was waited for did not come in time.
    #[error("the company did not come to version {wanted} in time")]
    NotYet {
        /// The version that was waited for.
        wanted: u64,
    },
    /// The replica follows as many companies as it may.
    #[error("the replica follows {most} companies, which is the most it may")]
    Full {
        /// How many that is.
        most: usize,
    },
}

/// What a company owns, as the replica knows it. Answers without allocating, and keeps answering the same while it is held: ask the replica
/// again for each decision.
#[derive(Clone, Debug)]
pub struct Answer {
    held: Arc<Held>,
    first: usize,
    last: usize,
    age: Duration,
    earliest: i64,
}

impl Answer {
    pub(crate) fn new(held: Arc<Held>, (first, last): (usize, usize), age_us: i64, earliest: i64) -> Self {
        let age = Duration::from_micros(u64::try_from(age_us).unwrap_or(0));
        Self { held, first, last, age, earliest }
    }

    /// Whether a module is enabled.
    pub fn module(&self, key: &str) -> bool {
        self.everywhere(|segment| segment.has_module(key))
    }

    /// Whether an add-on is in force.
    pub fn addon(&self, key: &str) -> bool {
        self.everywhere(|segment| segment.has_addon(key))
    }

    /// Whether a package in force enables a base module.
    pub fn has_basic(&self) -> bool {
        self.everywhere(|segment| segment.view.has_basic)
    }

    /// The modules enabled, base modules first, then by key.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        let modules = self.view().map_or(&[][..], |view| &view.enabled_modules);
        modules.iter().map(String::as_str).filter(|key| self.module(key))
    }

    /// The entitlement version. Moves whenever the answer does, and never goes back: a part of cache keys (requirements 004 §18.4).
    ///
    /// In the few milliseconds in which a boundary may or may not have been crossed it is that before the boundary, and what is
    /// answered is a part of what that version means.
    pub fn version(&self) -> u64 {
        self.view().map_or(0, |view| view.entitlement_version)
    }

    /// The whole answer as the service gives it, as of the earliest that the database's clock may show. Decide by [`Answer::module`] and
    /// its like: they also look at the latest that it may show.
    pub fn view(&self) -> Option<&EntitlementsView> {
        self.held.segments.get(self.first).map(|segment| &segment.view)
    }

    /// The next instant at which the answer changes by itself.
    pub fn valid_until(&self) -> Option<Instant> {
        self.view()?.valid_until
    }

    /// How old what this was answered from is: the service confirmed, as of so long ago, that nothing else had been written.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// The instant that it was answered for, by the database's clock: the earliest that it may be.
    pub fn as_of(&self) -> Option<Instant> {
        Instant::from_micros(self.earliest)
    }

    /// Why what it was answered from had been loaded.
    pub fn source(&self) -> Source {
        self.held.source
    }

    /// The company.
    pub fn company(&self) -> Option<Uuid> {
        self.view().map(|view| view.company_id)
    }

    /// Whether something holds at the earliest and at the latest that the clock may show, and in between. Nothing holds nowhere.
    fn everywhere(&self, holds: impl Fn(&Segment) -> bool) -> bool {
        let segments = self.held.segments.get(self.first..=self.last).unwrap_or_default();
        !segments.is_empty() && segments.iter().all(holds)
    }
}
