//! Whether what was acknowledged is obeyed in time.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::Client;

/// How old an answer may be that a node remembers, by default.
pub(crate) const STALENESS_BOUND: Duration = Duration::from_secs(1);

/// The versions of one company that were acknowledged, and when.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    versions: Mutex<Vec<(Instant, u64)>>,
    is_over: AtomicBool,
}

/// Says that it is over when it goes.
pub(crate) struct Over<'a>(&'a Acknowledged);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

impl Acknowledged {
    /// The readers end when this goes, also when a test fails.
    pub(crate) fn until_dropped(&self) -> Over<'_> {
        Over(self)
    }

    /// A version was acknowledged just now.
    pub(crate) fn add(&self, version: u64) {
        self.versions.lock().unwrap().push((Instant::now(), version));
    }

    /// The last version that was acknowledged.
    pub(crate) fn last(&self) -> u64 {
        self.versions.lock().unwrap().last().unwrap().1
    }

    /// Reads the company on one node until it is over; no answer may be older than what was acknowledged the bound before it was asked for. Gives
    /// how many answers there were, and how many refusals.
    pub(crate) fn read(&self, client: &mut Client, company: &str) -> (u64, u64) {
        let (mut answers, mut refusals, mut last) = (0, 0, 0);
        while !self.is_over.load(Ordering::SeqCst) {
            let asked = Instant::now();
            let answer = client.entitlements(company);
            if answer.status == 503 {
                refusals += 1;
                continue;
            }
            let version = answer.data()["entitlementVersion"].as_u64().unwrap();
            let due = self.due(asked);
            assert!(version >= due, "version {version}, when {due} had been acknowledged longer than the bound before");
            assert!(version >= last, "version {version} after {last} on one node");
            (answers, last) = (answers + 1, version);
        }
        (answers, refusals)
    }

    /// What an answer must know that was asked for then.
    fn due(&self, asked: Instant) -> u64 {
        let old_enough = |(at, _): &&(Instant, u64)| *at + STALENESS_BOUND <= asked;
        self.versions.lock().unwrap().iter().rev().find(old_enough).map_or(0, |(_, version)| *version)
    }
}
