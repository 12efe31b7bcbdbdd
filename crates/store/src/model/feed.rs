//! The feed in the model store.

use std::collections::BTreeSet;

use domain::{CompanyId, Timestamp, Uuid};

use crate::{FeedEntry, FeedPage, FeedPosition, WatchMark, WebhookCursor};

pub(super) struct Feed {
    epoch: u64,
    pruned: FeedPosition,
    last: u64,
    entries: Vec<FeedEntry>,
}

impl Feed {
    pub(super) fn new() -> Self {
        let epoch = Uuid::new_v4().as_u64_pair().0;
        Self { epoch, pruned: FeedPosition::default(), last: 0, entries: Vec::new() }
    }

    /// The place before everything.
    pub(super) fn start(&self) -> WebhookCursor {
        WebhookCursor { epoch: self.epoch, position: FeedPosition::default() }
    }

    pub(super) fn append(&mut self, mut entry: FeedEntry) {
        self.last += 1;
        entry.position = FeedPosition { transaction: 0, seq: self.last };
        self.entries.push(entry);
    }

    pub(super) fn page(&self, after: FeedPosition, limit: usize, now: Timestamp) -> FeedPage {
        let entries: Vec<_> = self.entries.iter().filter(|entry| entry.position > after).take(limit).cloned().collect();
        let complete_at = (entries.len() < limit).then_some(now);
        let (is_ahead, is_settled) = (after > self.end(), complete_at.is_some());
        FeedPage { epoch: self.epoch, pruned: self.pruned, is_ahead, entries, complete_at, is_settled }
    }

    pub(super) fn end(&self) -> FeedPosition {
        self.entries.last().map_or(self.pruned, |entry| entry.position)
    }

    pub(super) fn prune(&mut self, now: Timestamp, kept_secs: u32) -> u64 {
        let oldest = now.micros().saturating_sub(i64::from(kept_secs) * 1_000_000);
        let over = self.entries.iter().take_while(|entry| entry.at.micros() < oldest).count();
        if let Some(last) = self.entries.drain(..over).next_back() {
            self.pruned = last.position;
        }
        over as u64
    }

    pub(super) fn mark(&self) -> WatchMark {
        WatchMark { connection: self.epoch, seen: self.last.to_string() }
    }

    /// The companies that were written after so many changes; `None` when some of those are pruned.
    pub(super) fn written_since(&self, (epoch, seen): (u64, u64)) -> Option<BTreeSet<CompanyId>> {
        let later = self.entries.iter().filter(|entry| entry.position.seq > seen);
        (epoch == self.epoch && seen >= self.pruned.seq).then(|| later.filter_map(|entry| entry.company_id).collect())
    }
}

/// What a mark of the model says.
pub(super) fn seen(mark: &WatchMark) -> Option<(u64, u64)> {
    Some((mark.connection, mark.seen.parse().ok()?))
}
