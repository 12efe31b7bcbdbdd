//! What began and ended by time, and what of it the history must tell.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, Uuid};

use super::{Fact, Given, ItemName, Oracle, Row, judge::Verdict};

/// A row or a grant as last written, when that was, and which of its boundaries were told since.
struct Watched<T> {
    what: T,
    written_at: i64,
    told: BTreeSet<i64>,
}

impl<T> Watched<T> {
    fn of(what: T, written_at: i64) -> Self {
        Self { what, written_at, told: BTreeSet::new() }
    }

    /// Whether the history must tell of a boundary: of those up to its last write, that write told.
    fn is_open(&self, boundary: i64) -> bool {
        boundary > self.written_at && !self.told.contains(&boundary)
    }
}

impl Oracle {
    /// What the rules say of recording what has passed: of the earliest boundary alone, everything that began or ended at it.
    pub(super) fn judge_sweep(&self, company: CompanyId, at: i64) -> Verdict {
        match self.untold(company).first().copied().filter(|boundary| *boundary <= at) {
            Some(boundary) => Verdict::Accepted(self.passed(company, boundary)),
            None => Verdict::Nothing,
        }
    }

    /// Boundaries, passed or to come, that a company's history does not tell of.
    pub(in super::super) fn untold(&self, company: CompanyId) -> BTreeSet<i64> {
        let (rows, grants) = self.watched(company);
        let of_rows = rows.values().flat_map(|row| row.what.flips().into_iter().filter(|at| row.is_open(*at)));
        let of_grants = grants.values().flat_map(|one| one.what.flips().into_iter().filter(|at| one.is_open(*at)));
        of_rows.chain(of_grants).collect()
    }

    /// What begins and ends at a boundary: ended rows, begun rows, ended grants, begun grants; packages before add-ons.
    fn passed(&self, company: CompanyId, boundary: i64) -> Vec<Fact> {
        let (rows, grants) = self.watched(company);
        let mut rows: Vec<&Watched<Row>> =
            rows.values().filter(|row| row.what.flips().contains(&boundary) && row.is_open(boundary)).collect();
        rows.sort_by_key(|row| (!row.what.item.0, row.what.item.1.clone()));
        let grants: Vec<&Watched<Given>> =
            grants.values().filter(|one| one.what.flips().contains(&boundary) && one.is_open(boundary)).collect();
        let ended = rows.iter().filter(|row| !row.what.in_force(boundary));
        let begun = rows.iter().filter(|row| row.what.in_force(boundary));
        let gone = grants.iter().filter(|one| !one.what.in_force(boundary));
        let come = grants.iter().filter(|one| one.what.in_force(boundary));
        let ended = ended.map(|row| Fact::Over(Row { lapsed: true, ..row.what.clone() }));
        let begun = begun.map(|row| Fact::Begun(row.what.clone()));
        let gone = gone.map(|one| Fact::GivenOver(one.what.clone()));
        let come = come.map(|one| Fact::GivenBegun(one.what.clone()));
        ended.chain(begun).chain(gone).chain(come).collect()
    }

    fn watched(&self, company: CompanyId) -> (BTreeMap<ItemName, Watched<Row>>, BTreeMap<Uuid, Watched<Given>>) {
        let (mut rows, mut grants) = (BTreeMap::new(), BTreeMap::new());
        for entry in self.log.iter().filter(|entry| entry.company == Some(company)) {
            for fact in &entry.facts {
                match fact {
                    Fact::Row(row) => drop(rows.insert(row.item.clone(), Watched::of(row.clone(), entry.at))),
                    Fact::Given(given) => drop(grants.insert(given.id, Watched::of(given.clone(), entry.at))),
                    Fact::Taken(given) => drop(grants.remove(&given.id)),
                    Fact::Over(row) | Fact::Begun(row) => {
                        rows.get_mut(&row.item).expect("was written before").told.insert(entry.at);
                    }
                    Fact::GivenOver(given) | Fact::GivenBegun(given) => {
                        grants.get_mut(&given.id).expect("was given before").told.insert(entry.at);
                    }
                    Fact::Module(_)
                    | Fact::Sold(_)
                    | Fact::Entry(_)
                    | Fact::Credit(_)
                    | Fact::Profile(_)
                    | Fact::PackageChanged
                    | Fact::Repair => {}
                }
            }
        }
        (rows, grants)
    }
}
