//! Writes and the boundaries of what they replace.
//!
//! A boundary moves the version without a write: what stood before shows, from the boundary on, the very version that a write decided
//! before the boundary makes. So a write is stored before the next boundary, or decided anew behind it: docs/decisions/0007.

use std::time::Duration;

use domain::{Catalog, Command, CompanyId, Standing, Timestamp, resolve, version_at};

use super::{
    Call, CompanyWrite, Core, Rendered, WriteError,
    write::{Attempt, MAX_ATTEMPTS},
};

/// How long before a boundary a write must have reached the database, so that it is durable and seen by then: far longer than a disk
/// takes to sync. Halved by each attempt, so that a company with one boundary after the other can be written too.
const ROOM: Duration = Duration::from_millis(250);

/// The next boundary of what a write replaces.
pub(super) struct Ahead {
    replaced: Standing,
    boundary: Timestamp,
    /// When the write must have reached the database.
    pub(super) too_late_at: Timestamp,
}

impl Ahead {
    /// The boundary that comes next after `at`, if any does.
    pub(super) fn of(replaced: Standing, catalog: &Catalog, at: Timestamp, earlier_attempts: u32) -> Option<Self> {
        let boundary = resolve(&replaced, catalog, at).valid_until?;
        let room = ROOM.checked_div(1 << earlier_attempts.min(16)).unwrap_or_default();
        let room_micros = i64::try_from(room.as_micros()).unwrap_or(i64::MAX);
        let too_late_at = Timestamp::clamped(boundary.micros().saturating_sub(room_micros));
        Some(Self { replaced, boundary, too_late_at })
    }

    /// How long to wait for the boundary to pass, when there is no time left to store anything before it.
    pub(super) fn wait(&self, at: Timestamp) -> Option<Duration> {
        let micros = self.boundary.micros().saturating_sub(at.micros());
        (at >= self.too_late_at).then(|| Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    /// The version that what was replaced had come to when the write ended, if what replaced it had not come further.
    pub(super) fn met(&self, replacement: &Standing, catalog: &Catalog, ended: Timestamp) -> Option<u64> {
        let shown = version_at(&self.replaced, catalog, ended);
        (ended >= self.boundary && version_at(replacement, catalog, ended) <= shown).then_some(shown)
    }
}

/// The instant on another clock that had told `told` no earlier than this one told `began`, when this one tells `now`; or somewhat later.
pub(super) fn no_later_than(told: Timestamp, began: Timestamp, now: Timestamp) -> Timestamp {
    Timestamp::clamped(told.micros().saturating_add(now.micros().saturating_sub(began.micros()).max(0)))
}

impl Core {
    /// Moves a company's version beyond one that two answers may have shown: records `entitlement_repaired` until it is.
    pub(super) async fn move_beyond(&self, call: &Call, company: CompanyId, shown: u64) {
        tracing::warn!(
            company_id = %company,
            request_id = call.request_id,
            "a boundary passed while a write was being stored; the entitlement version is moved on once more"
        );
        if let Err(error) = self.repair_beyond(call, company, shown).await {
            tracing::error!(company_id = %company, request_id = call.request_id, error = %error, "the version was not moved on");
        }
    }

    async fn repair_beyond(&self, call: &Call, company: CompanyId, shown: u64) -> Result<(), WriteError> {
        let call = Call { dry_run: false, if_match: None, idempotency: None, ..call.clone() };
        let render = |_: &_| Rendered { status: 200, headers: Vec::new(), body: Vec::new() };
        let repair = CompanyWrite { company, command: Command::Repair, render: Box::new(render) };
        for earlier in 0..MAX_ATTEMPTS {
            let now = self.resolved(company).await?;
            if now.is_none_or(|(entitlements, ..)| entitlements.version > shown) {
                return Ok(());
            }
            match self.try_company(&call, &repair, earlier).await? {
                Attempt::Written(_) | Attempt::Overtaken { .. } | Attempt::Raced => {}
                Attempt::TooNear(wait) => tokio::time::sleep(wait).await,
            }
        }
        Err(WriteError::Contended)
    }
}
