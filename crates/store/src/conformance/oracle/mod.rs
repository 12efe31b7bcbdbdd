//! A second model, written from the rules alone and in another manner than the program: it keeps every accepted write as a fact, in the
//! order of acceptance, and recomputes whatever it is asked from the facts by brute force. It knows no versions of its own: those are
//! judged by their laws.

mod judge;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, Uuid};
pub(super) use judge::Verdict;
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
}

impl Row {
    fn has_entitling_status(&self) -> bool {
        self.status == "active" || self.status == "trial"
    }

    /// The first instant at which it is over.
    fn over(&self) -> i64 {
        match (self.grace, self.ends) {
            (Some(grace), _) => grace,
            (None, Some(end)) => end,
            (None, None) => i64::MAX,
        }
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
    pub(super) active: bool,
    pub(super) name: String,
    pub(super) description: Option<String>,
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

/// Something that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Module(Module),
    Sold(Sold),
    Row(Row),
    Repair,
}

/// A fact, with when, whose, and what it made the version; a catalog fact has no company, and its version is the generation.
#[derive(Clone, Debug)]
struct Entry {
    at: i64,
    company: Option<CompanyId>,
    version: u64,
    request: String,
    fact: Fact,
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

/// What the rows of a company that entitle, now or later, mean: number and active modules.
pub(super) type Held = BTreeMap<ItemName, (usize, BTreeSet<String>)>;

/// The facts.
#[derive(Default)]
pub(super) struct Oracle {
    log: Vec<Entry>,
}

impl Oracle {
    /// Takes in a fact that was accepted.
    pub(super) fn record(&mut self, at: i64, company: Option<CompanyId>, version: u64, request: &str, fact: Fact) {
        self.log.push(Entry { at, company, version, request: request.to_owned(), fact });
    }

    /// How many facts there are.
    pub(super) fn facts(&self) -> usize {
        self.log.len()
    }

    /// How many facts there are of a company.
    pub(super) fn facts_of(&self, company: CompanyId) -> usize {
        self.log.iter().filter(|entry| entry.company == Some(company)).count()
    }

    /// How many facts there are of the catalog.
    pub(super) fn generation(&self) -> u64 {
        self.log.iter().filter(|entry| entry.company.is_none()).count() as u64
    }

    /// A company's rows, by kind and key.
    pub(super) fn rows_of(&self, company: CompanyId) -> BTreeMap<ItemName, Row> {
        self.rows(company, self.log.len())
    }

    /// Every module and everything sold, in order of key.
    pub(super) fn catalog(&self) -> (Vec<Module>, Vec<Sold>) {
        let modules = self.modules(self.log.len()).into_values().collect();
        (modules, self.sold(self.log.len()).into_values().collect())
    }

    /// What a company owns at an instant, by the facts as they stand.
    pub(super) fn answer(&self, company: CompanyId, instant: i64) -> Answer {
        let facts = self.log.len();
        let (rows, held, modules) = (self.rows(company, facts), self.held(company, facts), self.modules(facts));
        let in_force: Vec<&Row> = rows.values().filter(|row| row.in_force(instant)).collect();
        let grants = |row: &&Row| held[&row.item].1.clone();
        let mut enabled: Vec<String> = in_force.iter().flat_map(grants).collect::<BTreeSet<_>>().into_iter().collect();
        enabled.sort_by_key(|key| (!modules[key].base, key.clone()));
        let base = in_force.iter().find(|row| row.item.0 && grants(row).iter().any(|key| modules[key].base));
        let addons = in_force.iter().filter(|row| !row.item.0);
        let flips: BTreeSet<i64> = rows.values().flat_map(Row::flips).collect();
        let last_written = self.log.iter().filter(|entry| entry.company == Some(company)).map(|entry| entry.at);
        let reached = (0..facts).filter(|index| self.reached(company, *index)).map(|index| self.log[index].at);
        let crossed = flips.range(..=instant).copied();
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
        self.rows(company, self.log.len()).values().flat_map(Row::flips).collect()
    }

    /// What a company's entitling rows meant after the first `facts` facts.
    pub(super) fn held(&self, company: CompanyId, facts: usize) -> Held {
        let (sold, modules) = (self.sold(facts), self.modules(facts));
        let rows = self.rows(company, facts).into_values().filter(Row::has_entitling_status);
        rows.map(|row| {
            let item = &sold[&row.item];
            let number = item.meant_by(row.revision);
            let active = item.sets[number - 1].0.iter().filter(|key| modules[*key].active).cloned().collect();
            (row.item, (number, active))
        })
        .collect()
    }

    /// Whether the fact at an index is a catalog change that reached a company.
    fn reached(&self, company: CompanyId, index: usize) -> bool {
        self.log[index].company.is_none() && self.held(company, index) != self.held(company, index + 1)
    }

    fn modules(&self, facts: usize) -> BTreeMap<String, Module> {
        let of = |entry: &Entry| match &entry.fact {
            Fact::Module(module) => Some((module.key.clone(), module.clone())),
            Fact::Sold(_) | Fact::Row(_) | Fact::Repair => None,
        };
        self.log[..facts].iter().filter_map(of).collect()
    }

    fn sold(&self, facts: usize) -> BTreeMap<ItemName, Sold> {
        let of = |entry: &Entry| match &entry.fact {
            Fact::Sold(sold) => Some((sold.name_of.clone(), sold.clone())),
            Fact::Module(_) | Fact::Row(_) | Fact::Repair => None,
        };
        self.log[..facts].iter().filter_map(of).collect()
    }

    fn rows(&self, company: CompanyId, facts: usize) -> BTreeMap<ItemName, Row> {
        let own = self.log[..facts].iter().filter(|entry| entry.company == Some(company));
        let of = |entry: &Entry| match &entry.fact {
            Fact::Row(row) => Some((row.item.clone(), row.clone())),
            Fact::Module(_) | Fact::Sold(_) | Fact::Repair => None,
        };
        own.filter_map(of).collect()
    }
}
