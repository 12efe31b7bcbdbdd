//! A second model, written from the rules alone and in another manner than the program: it keeps every accepted write as a fact, in the
//! order of acceptance, and recomputes whatever it is asked from the facts by brute force. It knows no versions of its own: those are
//! judged by their laws.

mod catalog;
mod judge;
mod ledger;
mod passing;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, Uuid};
pub(super) use judge::Verdict;
pub(super) use ledger::Credit;
pub(super) use tell::{FeedLine, HistoryLine};

/// Names a package (`true`) or an add-on.
pub(super) type ItemName = (bool, String);

/// A company's row. Instants are microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) item: ItemName,
    pub(super) status: String,
    pub(super) starts: Option<i64>,
    pub(super) ends: Option<i64>,
    pub(super) grace: Option<i64>,
    pub(super) quantity: u32,
    pub(super) revision: usize,
    pub(super) source: Option<String>,
    pub(super) reference: Option<String>,
    /// Whether it has entitled since it was assigned, or would within its window.
    pub(super) proven: bool,
    /// Whether the history tells that it is over.
    pub(super) lapsed: bool,
}

impl Row {
    fn has_entitling_status(&self) -> bool {
        self.status == "active" || self.status == "trial"
    }

    /// The status that it shows.
    fn shown(&self) -> &str {
        if self.lapsed && self.has_entitling_status() { "expired" } else { &self.status }
    }

    /// The first instant at which it is over.
    fn over(&self) -> i64 {
        match (self.grace, self.ends) {
            (Some(grace), _) => grace,
            (None, Some(end)) => end,
            (None, None) => i64::MAX,
        }
    }

    /// The first instant at or after one at which it is in force, if there is any.
    fn first_in_force(&self, at: i64) -> Option<i64> {
        [Some(at), self.starts].into_iter().flatten().filter(|instant| *instant >= at).find(|at| self.in_force(*at))
    }

    /// The name of the purchase that it stands for, where that was said.
    pub(super) fn bought_with(&self) -> Option<String> {
        self.reference.as_ref().map(|reference| format!("{:?} {reference}", self.item))
    }

    fn in_force(&self, instant: i64) -> bool {
        self.has_entitling_status() && self.starts.is_none_or(|start| instant >= start) && instant < self.over()
    }

    /// The instants at which it comes into force or goes out of it, found by looking on both sides of each candidate.
    fn flips(&self) -> BTreeSet<i64> {
        let candidates = [self.starts, self.ends, self.grace].into_iter().flatten();
        candidates.filter(|instant| self.in_force(instant - 1) != self.in_force(*instant)).collect()
    }
}

/// A module, as it stands after a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Module {
    pub(super) key: String,
    pub(super) id: Uuid,
    pub(super) base: bool,
    pub(super) active: bool,
    pub(super) name: String,
    pub(super) description: Option<String>,
}

/// A package or an add-on, as it stands after a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sold {
    pub(super) name_of: ItemName,
    pub(super) id: Uuid,
    pub(super) lifecycle: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// How many text messages it comes with.
    pub(super) credits: u64,
    /// Packages that companies may go on to from it.
    pub(super) leads: BTreeSet<String>,
    /// Every module set that it had, and whether that reached those who held it.
    pub(super) sets: Vec<(BTreeSet<String>, bool)>,
}

impl Sold {
    /// The number of the set that a row means which was assigned number `assigned`.
    fn meant_by(&self, assigned: usize) -> usize {
        let reached = (1..=self.sets.len()).filter(|number| self.sets[number - 1].1);
        reached.chain([assigned]).max().unwrap_or(assigned)
    }
}

/// A grant. Instants are microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) id: Uuid,
    /// Whether it is of a module; else it is of a feature.
    pub(super) of_module: bool,
    pub(super) key: String,
    pub(super) starts: Option<i64>,
    pub(super) ends: Option<i64>,
    pub(super) source: Option<String>,
}

impl Given {
    fn in_force(&self, instant: i64) -> bool {
        self.starts.is_none_or(|start| instant >= start) && self.ends.is_none_or(|end| instant < end)
    }

    fn flips(&self) -> BTreeSet<i64> {
        let candidates = [self.starts, self.ends].into_iter().flatten();
        candidates.filter(|instant| self.in_force(instant - 1) != self.in_force(*instant)).collect()
    }
}

/// Something that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Module(Module),
    Sold(Sold),
    /// Another entry of the catalog, of which the oracle knows no more than its key.
    Entry(String),
    Row(Row),
    Given(Given),
    Taken(Given),
    /// A row that time ended.
    Over(Row),
    /// A row that time began.
    Begun(Row),
    /// A grant that time ended.
    GivenOver(Given),
    /// A grant that time began.
    GivenBegun(Given),
    Credit(Credit),
    Profile(Option<String>),
    PackageChanged,
    Repair,
}

impl Fact {
    /// Whether an answer may depend on it.
    fn decides(&self) -> bool {
        match self {
            Self::Module(_) | Self::Sold(_) | Self::Row(_) | Self::Given(_) | Self::Taken(_) | Self::Repair => true,
            Self::Entry(_)
            | Self::Credit(_)
            | Self::Profile(_)
            | Self::PackageChanged
            | Self::Over(_)
            | Self::Begun(_)
            | Self::GivenOver(_)
            | Self::GivenBegun(_) => false,
        }
    }
}

/// What one write made, with when, whose, and what it made the version; a catalog write has no company, and its version is the
/// generation.
#[derive(Clone, Debug)]
struct Entry {
    at: i64,
    company: Option<CompanyId>,
    version: u64,
    request: String,
    facts: Vec<Fact>,
}

/// What a company owns at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) base_package: Option<String>,
    /// Key, status, start and end.
    pub(super) addons: Vec<(String, String, Option<i64>, Option<i64>)>,
    pub(super) modules: Vec<String>,
    pub(super) updated_at: i64,
    pub(super) valid_until: Option<i64>,
}

/// What the rows of a company that entitle, now or later, and its grants mean: number and active modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    rows: BTreeMap<ItemName, (usize, BTreeSet<String>)>,
    grants: BTreeMap<Uuid, bool>,
}

/// The facts, write by write.
#[derive(Default)]
pub(super) struct Oracle {
    log: Vec<Entry>,
}

impl Oracle {
    /// Takes in what a write made that was accepted.
    pub(super) fn record(
        &mut self,
        at: i64,
        company: Option<CompanyId>,
        version: u64,
        request: &str,
        facts: Vec<Fact>,
    ) {
        self.log.push(Entry { at, company, version, request: request.to_owned(), facts });
    }

    /// How many writes there were.
    pub(super) fn writes(&self) -> usize {
        self.log.len()
    }

    /// How many facts there are of a company or of the catalog.
    pub(super) fn facts(&self) -> usize {
        self.log.iter().map(|entry| entry.facts.len()).sum()
    }

    /// How many writes there were to a company.
    pub(super) fn writes_of(&self, company: CompanyId) -> usize {
        self.log.iter().filter(|entry| entry.company == Some(company)).count()
    }

    /// Whether a company's next write, with these facts, is one that its answer may depend on.
    pub(super) fn decides(&self, company: CompanyId, facts: &[Fact]) -> bool {
        self.writes_of(company) == 0 || facts.iter().any(Fact::decides)
    }

    /// When a company was written in a way that its answer may depend on.
    pub(super) fn deciding_writes_of(&self, company: CompanyId) -> Vec<i64> {
        let own = self.log.iter().filter(|entry| entry.company == Some(company)).enumerate();
        let deciding = own.filter(|(place, entry)| *place == 0 || entry.facts.iter().any(Fact::decides));
        deciding.map(|(_, entry)| entry.at).collect()
    }

    /// How many writes there were to the catalog.
    pub(super) fn generation(&self) -> u64 {
        self.log.iter().filter(|entry| entry.company.is_none()).count() as u64
    }

    /// A company's rows, by kind and key.
    pub(super) fn rows_of(&self, company: CompanyId) -> BTreeMap<ItemName, Row> {
        self.rows(company, self.log.len())
    }

    /// A company's grants, by identifier.
    pub(super) fn grants_of(&self, company: CompanyId) -> BTreeMap<Uuid, Given> {
        self.grants(company, self.log.len())
    }

    /// Whether a company has a row for an item that entitles and is not over.
    pub(super) fn holds(&self, company: CompanyId, item: &ItemName, at: i64) -> bool {
        self.rows_of(company).get(item).is_some_and(|row| row.has_entitling_status() && at < row.over())
    }

    /// How a company is shown.
    pub(super) fn profile_of(&self, company: CompanyId) -> Option<String> {
        let of = |fact: &Fact| {
            let Fact::Profile(name) = fact else { return None };
            Some(name.clone())
        };
        self.own(company, self.log.len()).filter_map(of).last().flatten()
    }

    /// Every module and everything sold, in order of key.
    pub(super) fn catalog(&self) -> (Vec<Module>, Vec<Sold>) {
        let modules = self.modules(self.log.len()).into_values().collect();
        (modules, self.sold(self.log.len()).into_values().collect())
    }

    /// What a company owns at an instant, by the facts as they stand.
    pub(super) fn answer(&self, company: CompanyId, instant: i64) -> Answer {
        let writes = self.log.len();
        let (rows, held, modules) = (self.rows(company, writes), self.held(company, writes), self.modules(writes));
        let in_force: Vec<&Row> = rows.values().filter(|row| row.in_force(instant)).collect();
        let means = |row: &&Row| held.rows[&row.item].1.clone();
        let grants = self.grants(company, writes);
        let given = grants.values().filter(|given| given.of_module && given.in_force(instant));
        let given = given.filter(|given| modules[&given.key].active).map(|given| given.key.clone());
        let enabled: BTreeSet<String> = in_force.iter().flat_map(means).chain(given).collect();
        let mut enabled: Vec<String> = enabled.into_iter().collect();
        enabled.sort_by_key(|key| (!modules[key].base, key.clone()));
        let base = in_force.iter().find(|row| row.item.0 && means(row).iter().any(|key| modules[key].base));
        let addons = in_force.iter().filter(|row| !row.item.0);
        let flips = self.boundaries(company);
        let reached = (0..writes).filter(|index| self.reached(company, *index)).map(|index| self.log[index].at);
        let crossed = flips.range(..=instant).copied();
        let last_written = self.deciding_writes_of(company).into_iter();
        Answer {
            base_package: base.map(|row| row.item.1.clone()),
            addons: addons.map(|row| (row.item.1.clone(), row.status.clone(), row.starts, row.ends)).collect(),
            modules: enabled,
            updated_at: last_written.chain(reached).chain(crossed).max().unwrap_or(0),
            valid_until: flips.range(instant + 1..).next().copied(),
        }
    }

    /// The instants at which a company's answer can change.
    pub(super) fn boundaries(&self, company: CompanyId) -> BTreeSet<i64> {
        let rows = self.rows(company, self.log.len());
        let grants = self.grants(company, self.log.len());
        rows.values().flat_map(Row::flips).chain(grants.values().flat_map(Given::flips)).collect()
    }

    /// What a company's entitling rows and its grants meant after the first `writes` writes.
    pub(super) fn held(&self, company: CompanyId, writes: usize) -> Held {
        let (sold, modules) = (self.sold(writes), self.modules(writes));
        let rows = self.rows(company, writes).into_values().filter(Row::has_entitling_status);
        let rows = rows.map(|row| {
            let item = &sold[&row.item];
            let number = item.meant_by(row.revision);
            let active = item.sets[number - 1].0.iter().filter(|key| modules[*key].active).cloned().collect();
            (row.item, (number, active))
        });
        let grants = self.grants(company, writes).into_values();
        let grants = grants.map(|given| (given.id, given.of_module && modules[&given.key].active));
        Held { rows: rows.collect(), grants: grants.collect() }
    }

    /// Whether the write at an index is a catalog change that reached a company.
    fn reached(&self, company: CompanyId, index: usize) -> bool {
        self.log[index].company.is_none() && self.held(company, index) != self.held(company, index + 1)
    }

    fn modules(&self, writes: usize) -> BTreeMap<String, Module> {
        let of = |fact: &Fact| {
            let Fact::Module(module) = fact else { return None };
            Some((module.key.clone(), module.clone()))
        };
        self.log[..writes].iter().flat_map(|entry| &entry.facts).filter_map(of).collect()
    }

    fn sold(&self, writes: usize) -> BTreeMap<ItemName, Sold> {
        let of = |fact: &Fact| {
            let Fact::Sold(sold) = fact else { return None };
            Some((sold.name_of.clone(), sold.clone()))
        };
        self.log[..writes].iter().flat_map(|entry| &entry.facts).filter_map(of).collect()
    }

    fn own(&self, company: CompanyId, writes: usize) -> impl Iterator<Item = &Fact> {
        let own = self.log[..writes].iter().filter(move |entry| entry.company == Some(company));
        own.flat_map(|entry| &entry.facts)
    }

    fn rows(&self, company: CompanyId, writes: usize) -> BTreeMap<ItemName, Row> {
        let of = |fact: &Fact| {
            let (Fact::Row(row) | Fact::Over(row)) = fact else { return None };
            Some((row.item.clone(), row.clone()))
        };
        self.own(company, writes).filter_map(of).collect()
    }

    fn grants(&self, company: CompanyId, writes: usize) -> BTreeMap<Uuid, Given> {
        let mut grants = BTreeMap::new();
        for fact in self.own(company, writes) {
            if let Fact::Given(given) = fact {
                grants.insert(given.id, given.clone());
            }
            if let Fact::Taken(given) = fact {
                grants.remove(&given.id);
            }
        }
        grants
    }
}
