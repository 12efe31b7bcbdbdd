//! Shapes and holders in the model store.

use std::collections::BTreeMap;

use domain::{ChangeSet, CompanyId, CompanyState, Holding, ItemRef, Shape, Timestamp};

use crate::{Census, CompanyFilter, folded_name, mark};

/// The stored shape of every company, and the first instant at which it may be over.
#[derive(Default)]
pub(super) struct Shapes(BTreeMap<CompanyId, (Shape, Option<Timestamp>)>);

impl Shapes {
    pub(super) fn record(&mut self, changes: &ChangeSet) {
        self.put(changes.company_id, changes.shape.clone(), changes.shape_until);
    }

    pub(super) fn put(&mut self, company: CompanyId, shape: Shape, until: Option<Timestamp>) {
        self.0.insert(company, (shape, until));
    }

    /// What is stored for a company.
    pub(super) fn stored(&self, company: CompanyId) -> Option<(Shape, Option<Timestamp>)> {
        self.0.get(&company).cloned()
    }

    /// How many companies are of each shape that is not over, and how many have one that may be.
    pub(super) fn census(&self, now: Timestamp, generation: u64) -> Census {
        let mut counts: BTreeMap<&Shape, (u64, u64)> = BTreeMap::new();
        for (company, (shape, _)) in self.0.iter().filter(|(_, (_, until))| !is_over(*until, now)) {
            let (count, digest) = counts.entry(shape).or_default();
            (*count, *digest) = (*count + 1, *digest ^ mark(*company));
        }
        let counted = counts.into_iter().map(|(shape, (count, digest))| (shape.clone(), count, digest)).collect();
        Census::of(now, generation, self.stale(now).count() as u64, counted)
    }

    /// The companies whose shape may be over.
    pub(super) fn stale(&self, now: Timestamp) -> impl Iterator<Item = CompanyId> {
        self.0.iter().filter(move |(_, (_, until))| is_over(*until, now)).map(|(company, _)| *company)
    }

    /// The companies of some shapes that are not over.
    pub(super) fn of(&self, shapes: &[Shape], now: Timestamp) -> impl Iterator<Item = CompanyId> {
        let found = self.0.iter().filter(move |(_, (shape, until))| shapes.contains(shape) && !is_over(*until, now));
        found.map(|(company, _)| *company)
    }
}

fn is_over(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
}

/// The companies with an entitling row, not yet ended, for an item, with their assigned revisions.
pub(super) fn holders_of<'a>(
    states: impl Iterator<Item = &'a CompanyState>,
    item: &ItemRef,
    now: Timestamp,
) -> impl Iterator<Item = (CompanyId, u32)> {
    states.filter_map(move |state| {
        let terms = &state.holding(item)?.terms;
        let holds = terms.status.is_entitling() && !terms.window.has_closed(now);
        holds.then_some((state.company_id, terms.assigned_revision))
    })
}

/// Whether a company fits a filter.
pub(super) fn fits(filter: &CompanyFilter, state: &CompanyState, now: Timestamp) -> bool {
    let row_fits = |row: &Holding| {
        let ends = |before| row.terms.window.ends_at.is_some_and(|end| end > now && end < before);
        filter.status.is_none_or(|status| row.shown_status() == status)
            && filter.ends_before.is_none_or(|before| row.terms.status.is_entitling() && ends(before))
    };
    let asks_rows = filter.status.is_some() || filter.ends_before.is_some();
    let items = filter.items();
    let begins =
        |prefix: &String| folded_name(state.profile.name.as_ref()).is_some_and(|name| name.starts_with(prefix));
    filter.company.is_none_or(|company| company == state.company_id)
        && filter.name.as_ref().is_none_or(begins)
        && items.iter().all(|item| state.holding(item).is_some_and(row_fits))
        && (!items.is_empty() || !asks_rows || state.holdings.iter().any(row_fits))
}
