//! What the feed tells of each company, in few bytes: how many changes, and a sum over them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, Timestamp};
use sha2::{Digest, Sha256};

use crate::{CatalogLine, CompanyLine, FeedEntry, FeedPosition, Store, StoreError};

/// Entries asked for at once.
const PAGE: u32 = 1_000;

/// What the feed tells.
#[derive(Default)]
pub(super) struct Told {
    /// How many entries were read.
    pub(super) entries: u64,
    oldest: Option<Timestamp>,
    catalog: Tally,
    companies: BTreeMap<CompanyId, Tally>,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    count: usize,
    sum: u128,
    seen: bool,
}

impl Told {
    /// Reads the whole feed; what it tells of the catalog, and of some companies or of all.
    pub(super) async fn read(store: &dyn Store, only: Option<&BTreeSet<CompanyId>>) -> Result<Self, StoreError> {
        let mut told = Self::default();
        let mut after = FeedPosition::default();
        loop {
            let page = store.changes(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(told) };
            after = last.position;
            for entry in &page {
                told.take(entry, only);
            }
        }
    }

    fn take(&mut self, entry: &FeedEntry, only: Option<&BTreeSet<CompanyId>>) {
        self.entries += 1;
        self.oldest = self.oldest.or(Some(entry.at));
        let tally = match entry.company_id {
            None => &mut self.catalog,
            Some(company) if only.is_none_or(|only| only.contains(&company)) => {
                self.companies.entry(company).or_default()
            }
            Some(_) => return,
        };
        let key = entry.entity_key.as_deref();
        let (change, entity) = (entry.change_type.as_str(), entry.entity_type.as_str());
        let words = [Some(change), Some(entity), key, entry.request_id.as_deref()];
        tally.count += 1;
        tally.sum = tally.sum.wrapping_add(digest(entry.at, entry.version, words));
    }

    /// Notes that the company is stored.
    pub(super) fn seen(&mut self, company: CompanyId) {
        if let Some(tally) = self.companies.get_mut(&company) {
            tally.seen = true;
        }
    }

    /// Companies that the feed tells of and that nobody noted.
    pub(super) fn unseen(&self) -> impl Iterator<Item = CompanyId> {
        self.companies.iter().filter(|(_, tally)| !tally.seen).map(|(company, _)| *company)
    }

    /// What is wrong between the feed and a company's history. The feed may have lost its oldest entries, which are not kept for ever.
    pub(super) fn disagrees(&self, company: CompanyId, lines: &[Line]) -> Option<String> {
        self.compare(self.companies.get(&company).copied().unwrap_or_default(), lines)
    }

    /// The same for the catalog's history.
    pub(super) fn disagrees_on_catalog(&self, lines: &[Line]) -> Option<String> {
        self.compare(self.catalog, lines)
    }

    fn compare(&self, tally: Tally, lines: &[Line]) -> Option<String> {
        let numbers = || Some(format!("the feed tells of {} changes, the history of {}", tally.count, lines.len()));
        let Some(missing) = lines.len().checked_sub(tally.count) else { return numbers() };
        let (gone, told) = lines.split_at_checked(missing)?;
        if !gone.iter().all(|(at, _)| self.oldest.is_none_or(|oldest| *at < oldest)) {
            return numbers();
        }
        let sum = told.iter().fold(0_u128, |sum, (_, digest)| sum.wrapping_add(*digest));
        (sum != tally.sum).then(|| "the feed tells other changes than the history".to_owned())
    }
}

/// A row of history: its instant, and what of it the feed tells too.
pub(super) type Line = (Timestamp, u128);

/// A row of a company's history.
pub(super) fn of_line(line: &CompanyLine) -> Line {
    let key = line.entity_key.as_deref();
    let words = [Some(line.change_type.as_str()), Some(line.entity_type.as_str()), key, line.request_id.as_deref()];
    (line.created_at, digest(line.created_at, line.version, words))
}

/// A row of the catalog's.
pub(super) fn of_catalog_line(line: &CatalogLine) -> Line {
    let (change, entity) = (line.change_type.as_str(), line.entity_type.as_str());
    let words = [Some(change), Some(entity), Some(line.entity_key.as_str()), Some(line.request_id.as_str())];
    (line.created_at, digest(line.created_at, line.generation, words))
}

fn digest(at: Timestamp, version: u64, words: [Option<&str>; 4]) -> u128 {
    let mut hash = Sha256::new();
    hash.update(at.micros().to_be_bytes());
    hash.update(version.to_be_bytes());
    for word in words {
        hash.update([u8::from(word.is_some())]);
        let word = word.unwrap_or_default();
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word.as_bytes());
    }
    // The last half of it falls off: sixteen bytes tell any two rows apart.
    hash.finalize().iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}
