//! What is to be loaded, and what is followed.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};
use uuid::Uuid;

use super::Source;

/// Why and how a company is to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The version that it must have come to; 0 when any will do.
    pub(crate) version: u64,
    /// The instant of the first change that is lacking; `i64::MAX` when none is.
    pub(crate) since: i64,
    pub(crate) source: Source,
}

impl Need {
    pub(crate) fn of(source: Source) -> Self {
        Self { version: 0, since: i64::MAX, source }
    }

    /// Both at once.
    fn and(self, other: Self) -> Self {
        Self { version: self.version.max(other.version), since: self.since.min(other.since), source: other.source }
    }
}

/// What is to be loaded, and what is followed.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Grows each time everything is dropped: what was asked for before is not taken afterwards.
    pub(crate) life: u64,
    pub(crate) follows_all: bool,
    /// Of all companies: whether their list has been read to its end.
    pub(crate) is_listed: bool,
    /// What is followed by name.
    pub(crate) wanted: HashSet<Uuid>,
    /// What is to be loaded at once.
    pub(crate) needs: HashMap<Uuid, Need>,
    /// What is being loaded: taken, and neither come nor given back.
    pub(crate) under_way: HashSet<Uuid>,
    /// Of all companies: whether there are more than may be followed. Those that are not held may then be written all the same.
    pub(crate) is_full: bool,
    /// What is to be loaded because the catalog changed.
    pub(crate) behind: Vec<Uuid>,
    /// What is to be loaded when the database's clock comes to an instant.
    pub(crate) due: BTreeSet<(i64, Uuid)>,
}

impl Work {
    pub(crate) fn need(&mut self, company: Uuid, need: Need) {
        self.needs.entry(company).and_modify(|known| *known = known.and(need)).or_insert(need);
    }

    /// Takes what is to be loaded next: first what was changed, then what a change of the catalog may have reached, then what is due by an
    /// instant.
    pub(crate) fn take(&mut self, most: usize, now: i64) -> Vec<(Uuid, Need)> {
        let changed: Vec<Uuid> = self.needs.keys().copied().take(most).collect();
        let mut taken: Vec<(Uuid, Need)> =
            changed.into_iter().filter_map(|company| self.needs.remove_entry(&company)).collect();
        while taken.len() < most
            && let Some(company) = self.behind.pop()
        {
            taken.push((company, Need::of(Source::Catalog)));
        }
        while taken.len() < most
            && let Some(first) = self.due.first().copied().filter(|(due, _)| *due <= now)
        {
            self.due.remove(&first);
            taken.push((first.1, Need::of(Source::Ahead)));
        }
        // One company may stand in several places; asked for once it has what all of them want.
        let mut seen = HashSet::new();
        taken.retain(|(company, _)| seen.insert(*company));
        self.under_way.extend(seen);
        taken
    }

    /// Begins anew: everything that is followed by name is to be loaded.
    pub(crate) fn begin_anew(&mut self) {
        self.life += 1;
        self.is_listed = !self.follows_all;
        self.behind.clear();
        self.due.clear();
        self.under_way.clear();
        self.is_full = false;
        self.needs = self.wanted.iter().map(|company| (*company, Need::of(Source::Loaded))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_twice_is_loaded_once_for_both() {
        let company = Uuid::max();
        let mut work = Work::default();
        work.need(company, Need { version: 7, since: 200, source: Source::Change });
        work.need(company, Need { version: 5, since: 100, source: Source::Asked });
        work.behind.push(company);
        work.due.insert((9, company));
        assert_eq!(work.take(9, 8), [(company, Need { version: 7, since: 100, source: Source::Asked })]);
        assert_eq!((work.take(9, 8).len(), work.take(9, 9).len(), work.take(9, 99).len()), (0, 1, 0));
    }
}
