//! Recording boundaries: starts and ends that time has brought. No answer and no version depends on it.

use std::collections::BTreeSet;

use super::{Drafted, Scene};
use crate::{ChangeSet, CompanyState, Holding, HoldingChange, Passed, Timestamp, Window};

/// What passed at the first boundary that the history does not tell of; `None` when none has passed yet.
pub(super) fn next(scene: Scene<'_>) -> Option<Drafted> {
    let from = scene.state.next_boundary.filter(|due| *due <= scene.at)?;
    let boundary = told_of(scene.state).range(from..=scene.at).next().copied()?;
    let begins = |window: &Window| window.starts_at == Some(boundary);
    let ends = |window: &Window| window.closes_at() == Some(boundary);
    let rows = || scene.state.holdings.iter().filter(|row| is_told(row, boundary));
    let grants = || {
        let all = scene.state.grants.iter();
        all.filter(|grant| boundary > grant.terms.created_at && !grant.terms.window.is_empty())
    };
    let ended = rows().filter(|row| ends(&row.terms.window));
    let lapsed = |row: &Holding| Holding { lapsed: true, ..row.clone() };
    let holdings = ended.map(|row| HoldingChange { before: Some(row.clone()), after: lapsed(row) }).collect();
    let passed = Passed {
        begun: rows().filter(|row| begins(&row.terms.window)).cloned().collect(),
        grants_begun: grants().filter(|grant| begins(&grant.terms.window)).cloned().collect(),
        grants_ended: grants().filter(|grant| ends(&grant.terms.window)).cloned().collect(),
    };
    Some(Drafted { holdings, passed: Some((boundary, passed)), ..Drafted::default() })
}

/// The first boundary that the history does not tell of after a change at `at`. What is due and not recorded yet stays due.
pub(super) fn upcoming(
    known: Option<Timestamp>,
    changes: &ChangeSet,
    after: &CompanyState,
    at: Timestamp,
) -> Option<Timestamp> {
    let just_before = |due: Timestamp| Timestamp::clamped(due.micros() - 1);
    let passed = match (&changes.passed, known) {
        (Some(_), _) => changes.at,
        (None, Some(due)) if due <= at => just_before(due),
        (None, _) => at,
    };
    boundary_after(after, passed)
}

/// The first boundary after an instant that the history of a company in this state will have to tell of.
pub fn boundary_after(state: &CompanyState, instant: Timestamp) -> Option<Timestamp> {
    told_of(state).into_iter().find(|boundary| *boundary > instant)
}

/// The boundaries that the history tells of: those of entitling rows and of grants that lie after their last write. Of earlier ones the
/// write itself told.
fn told_of(state: &CompanyState) -> BTreeSet<Timestamp> {
    let of_row = |row: &Holding| {
        let boundaries: Vec<Timestamp> = row.terms.window.boundaries().filter(|at| is_told(row, *at)).collect();
        boundaries
    };
    let grants = state.grants.iter().flat_map(|grant| {
        let made = grant.terms.created_at;
        grant.terms.window.boundaries().filter(move |at| *at > made)
    });
    state.holdings.iter().flat_map(of_row).chain(grants).collect()
}

/// Whether a boundary of a row is one that time makes.
fn is_told(row: &Holding, boundary: Timestamp) -> bool {
    row.terms.status.is_entitling() && !row.terms.window.is_empty() && boundary > row.origin.updated_at
}
