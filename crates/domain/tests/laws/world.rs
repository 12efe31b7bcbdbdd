//! Random worlds: a catalog, three companies, and what happens to them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AddonRules, Catalog, CatalogChange, CatalogCommand, CatalogFacts, ChangeSet, Command, CompanyId, CompanyState,
    Definition, Entitlements, Evaluation, FeatureKey, FeatureValue, Granted, ItemRef, ModuleKey, PermissionKey, Reach,
    Revision, Text, Timestamp, Uuid, apply, apply_catalog, decide, decide_catalog, resolve,
};

use crate::beginning;

pub(crate) const COMPANIES: usize = 3;

/// The grain of time, in microseconds: half a day, so that days of trial and grace are a few of them.
pub(crate) const HALF_DAY: i64 = 43_200_000_000;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(i64),
    Write(usize, Command),
    Change(Vec<CatalogCommand>),
}

/// What a step did.
#[derive(Clone, Debug)]
pub(crate) enum Done {
    Nothing,
    Wrote(usize, Box<ChangeSet>),
    Changed(Box<CatalogChange>),
}

/// A catalog, companies, and the time.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) states: Vec<CompanyState>,
    pub(crate) now: i64,
    pub(crate) ids: u128,
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::clamped(micros)
}

pub(crate) fn text(text: &str) -> Text {
    Text::line(text, Text::NAME_CHARS).unwrap()
}

pub(crate) fn id(place: usize) -> Uuid {
    Uuid::from_u128(place as u128 + 1)
}

impl World {
    /// A world in which everything is for sale and nobody has anything.
    pub(crate) fn new() -> Self {
        let states = (0..COMPANIES).map(|number| CompanyState::unknown(CompanyId::new(id(number)).unwrap())).collect();
        let mut world = Self { catalog: Catalog::empty(), states, now: 10 * HALF_DAY, ids: 1_000 };
        let commands = beginning::commands();
        let change = decide_catalog(&commands, &world.catalog, &CatalogFacts::default(), at(world.now), &text("law"));
        world.catalog = apply_catalog(&world.catalog, &change.unwrap().unwrap());
        world
    }

    /// A command with identifiers of its own, and with a grant to remove that is there, where there is one.
    pub(crate) fn with_fresh_ids(&mut self, whose: usize, command: &Command) -> Command {
        self.ids += 100;
        let id = Uuid::from_u128(self.ids);
        let mut command = command.clone();
        match &mut command {
            Command::SetHolding(set) => set.fresh = id,
            Command::ChangePackage(change) => change.fresh = id,
            Command::AddGrant(add) => add.id = id,
            Command::GrantCredits(grant) => (grant.lot, grant.entry) = (id, id),
            Command::ConsumeCredits(consume) => consume.entry = id,
            Command::RemoveGrant(which) => {
                let grants = &self.states[whose].grants;
                let place = usize::try_from(which.as_u128()).unwrap().checked_rem(grants.len());
                *which = place.map_or(id, |place| grants[place].terms.id);
            }
            // A row that is there, and a revision that its item has.
            Command::MoveRevision { item, from: _, revision } => {
                let rows = &self.states[whose].holdings;
                let place = usize::try_from(*revision).unwrap().checked_rem(rows.len());
                *item = place.map_or(item.clone(), |place| rows[place].terms.item.clone());
                let count = self.catalog.item(item).map_or(1, |item| item.revisions.len());
                *revision = 1 + *revision % u32::try_from(count).unwrap();
            }
            Command::CancelPackageChange | Command::SetProfile(_) | Command::Repair | Command::SweepBoundary => {}
        }
        command
    }

    /// Lets a step happen, where the core accepts it.
    pub(crate) fn play(&mut self, step: &Step) -> Done {
        match step {
            Step::Wait(micros) => self.now += micros,
            Step::Write(whose, command) => {
                let command = self.with_fresh_ids(*whose, command);
                let state = &self.states[*whose];
                if let Ok(Some(changes)) = decide(&command, state, &self.catalog, at(self.now), &text("law")) {
                    self.states[*whose] = apply(state.clone(), &changes);
                    return Done::Wrote(*whose, Box::new(changes));
                }
            }
            Step::Change(commands) => {
                let facts = self.facts();
                if let Ok(Some(change)) = decide_catalog(commands, &self.catalog, &facts, at(self.now), &text("law")) {
                    self.catalog = apply_catalog(&self.catalog, &change);
                    return Done::Changed(Box::new(change));
                }
            }
        }
        Done::Nothing
    }

    /// A world after steps.
    pub(crate) fn after(steps: &[Step]) -> Self {
        let mut world = Self::new();
        for step in steps {
            world.play(step);
        }
        world
    }

    /// How many companies have an entitling row, not yet ended, of what.
    fn facts(&self) -> CatalogFacts {
        let mut holders: BTreeMap<ItemRef, u64> = BTreeMap::new();
        for terms in self.states.iter().flat_map(|state| &state.holdings).map(|row| &row.terms) {
            if terms.status.is_entitling() && !terms.window.has_closed(at(self.now)) {
                *holders.entry(terms.item.clone()).or_default() += 1;
            }
        }
        CatalogFacts { holders }
    }

    /// A company's answer at an instant.
    pub(crate) fn answer(&self, whose: usize, instant: i64) -> Entitlements {
        resolve(&self.states[whose].standing(), &self.catalog, at(instant))
    }

    /// Everything that a company owns at an instant, without versions and instants.
    pub(crate) fn owned(&self, whose: usize, instant: i64) -> Owned {
        let standing = self.states[whose].standing();
        let answer = resolve(&standing, &self.catalog, at(instant));
        let answer = Entitlements { as_of: at(0), version: 0, updated_at: at(0), valid_until: None, ..answer };
        Owned { answer, rest: told(&Evaluation::of(&standing, &self.catalog, at(instant))) }
    }

    /// What a company points at, flattened by hand: what its entitling rows mean, and what its grants do.
    pub(crate) fn held(&self, whose: usize) -> Vec<Held> {
        let state = &self.states[whose];
        let entitling = state.holdings.iter().filter(|row| row.terms.status.is_entitling());
        let rows = entitling.map(|row| {
            let item = self.catalog.item(&row.terms.item).unwrap();
            let reached = item.revisions.iter().filter(|revision| revision.reach == Reach::Existing);
            let newest = reached.map(|revision| revision.number).max().unwrap();
            let number = newest.max(row.terms.assigned_revision);
            let revision = item.revisions.iter().find(|revision| revision.number == number).unwrap();
            Held::Row(row.terms.item.clone(), number, Box::new(self.meant(&revision.definition)))
        });
        let grants = state.grants.iter().map(|grant| match &grant.terms.granted {
            Granted::Module(key) => Held::Module(self.module(key)),
            Granted::Feature(key, _) => Held::Feature(key.clone(), self.catalog.feature(key).unwrap().combine),
        });
        rows.chain(grants).collect()
    }

    fn module(&self, key: &ModuleKey) -> (ModuleKey, bool, BTreeSet<ModuleKey>) {
        let module = self.catalog.module(key).unwrap();
        (key.clone(), module.is_active, module.namespaces().cloned().collect())
    }

    fn meant(&self, definition: &Definition) -> Meant {
        let is_active = |key: &&ModuleKey| self.catalog.module(key).unwrap().is_active;
        let is_open = |key: &&PermissionKey| {
            let module = &self.catalog.permission(key).unwrap().module;
            self.catalog.module(module).unwrap().is_active
        };
        let features = definition.features.iter();
        let included = definition.included().map(|key| {
            let reached = self.catalog.addon(key).unwrap().revisions.iter();
            let reached: Vec<&Revision> = reached.filter(|one| one.reach == Reach::Existing).collect();
            (key.to_string(), self.meant(&reached.last().unwrap().definition))
        });
        Meant {
            modules: definition.modules.iter().filter(is_active).map(|key| self.module(key)).collect(),
            permissions: definition.permissions.iter().filter(is_open).cloned().collect(),
            attached: definition
                .attached_permissions
                .iter()
                .filter(|(key, _)| is_open(key) && !definition.permissions.contains(*key))
                .map(|(key, addon)| (key.clone(), addon.to_string()))
                .collect(),
            features: features
                .map(|(key, value)| (key.clone(), *value, self.catalog.feature(key).unwrap().combine))
                .collect(),
            included: included.collect(),
            forbidden: definition
                .addons
                .keys()
                .filter(|key| definition.forbids(key))
                .map(ToString::to_string)
                .collect(),
            rules: definition.rules.clone(),
        }
    }

    /// The instants in a company's rows that lie after now.
    pub(crate) fn instants_to_come(&self, whose: usize) -> BTreeSet<i64> {
        let windows = self.states[whose].holdings.iter().map(|row| row.terms.window);
        let instants = windows.flat_map(|window| [window.starts_at, window.ends_at, window.grace_ends_at]);
        instants.flatten().map(Timestamp::micros).filter(|instant| *instant > self.now).collect()
    }
}

/// Everything that a company owns, without versions and instants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Owned {
    pub(crate) answer: Entitlements,
    pub(crate) rest: Told,
}

/// What an evaluation tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) modules: Vec<String>,
    pub(crate) addons: BTreeSet<String>,
    pub(crate) stopped: BTreeSet<String>,
    pub(crate) features: BTreeMap<String, FeatureValue>,
    pub(crate) families: BTreeSet<String>,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) base: Option<String>,
}

pub(crate) fn told(evaluation: &Evaluation<'_>) -> Told {
    let eligibility = evaluation.eligibility();
    let features = evaluation.features();
    Told {
        modules: evaluation.modules().into_iter().map(|(_, key)| key.to_string()).collect(),
        addons: evaluation.operative().map(|addon| addon.key.to_string()).collect(),
        stopped: evaluation.stopped().map(|addon| addon.key.to_string()).collect(),
        features: features.into_iter().map(|one| (one.feature.key.to_string(), one.value)).collect(),
        families: eligibility.families,
        permissions: eligibility.permissions.into_iter().map(ToString::to_string).collect(),
        base: evaluation.base_package().map(ToString::to_string),
    }
}

/// Something that a company points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Row(ItemRef, u32, Box<Meant>),
    Module((ModuleKey, bool, BTreeSet<ModuleKey>)),
    Feature(FeatureKey, domain::Combine),
}

/// What a definition means, with the state of what it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    modules: Vec<(ModuleKey, bool, BTreeSet<ModuleKey>)>,
    permissions: Vec<PermissionKey>,
    attached: Vec<(PermissionKey, String)>,
    features: Vec<(FeatureKey, FeatureValue, domain::Combine)>,
    included: Vec<(String, Meant)>,
    forbidden: Vec<String>,
    rules: AddonRules,
}
