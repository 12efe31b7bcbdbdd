//! Random worlds: a catalog, three companies, and what happens to them.

use std::collections::BTreeSet;

use domain::{
    Catalog, CatalogChange, CatalogCommand, ChangeSet, Command, CompanyId, CompanyState, Entitlements, ItemKey,
    ItemKind, ItemRef, ModuleKey, ModuleKind, Patch, Reach, Revision, SetHolding, Status, Text, Timestamp, Uuid, apply,
    apply_catalog, decide, decide_catalog, resolve,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub(crate) const COMPANIES: usize = 3;
const BASES: [&str; 2] = ["basic", "core"];
const EXTRAS: [&str; 3] = ["finance", "market", "venue"];
/// The first two always include a base module, the others never do.
const PACKAGES: [&str; 4] = ["basic", "plus", "market-only", "wide"];
const ADDONS: [&str; 3] = ["finance", "market", "venue"];

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(i64),
    Write(usize, Command),
    Change(CatalogCommand),
}

/// What a step did.
#[derive(Clone, Debug)]
pub(crate) enum Done {
    Nothing,
    Wrote(usize, ChangeSet),
    Changed(Box<CatalogChange>),
}

/// A catalog, companies, and the time.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) states: Vec<CompanyState>,
    pub(crate) now: i64,
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::clamped(micros)
}

pub(crate) fn text(text: &str) -> Text {
    Text::line(text, Text::NAME_CHARS).unwrap()
}

fn module(key: &str) -> ModuleKey {
    ModuleKey::parse(key).unwrap()
}

fn items() -> Vec<ItemRef> {
    let of = |kind| move |key: &&str| ItemRef { kind, key: ItemKey::parse(key).unwrap() };
    PACKAGES.iter().map(of(ItemKind::Package)).chain(ADDONS.iter().map(of(ItemKind::Addon))).collect()
}

fn is_base(item: &ItemRef) -> bool {
    item.kind == ItemKind::Package && PACKAGES[..2].contains(&item.key.as_str())
}

fn id(place: usize) -> Uuid {
    Uuid::from_u128(place as u128 + 1)
}

impl World {
    /// A world in which everything is for sale and nobody has anything.
    pub(crate) fn new() -> Self {
        let states = (0..COMPANIES).map(|number| CompanyState::unknown(CompanyId::new(id(number)).unwrap())).collect();
        let mut world = Self { catalog: Catalog::empty(), states, now: 1_000 };
        for (place, key) in BASES.iter().chain(&EXTRAS).enumerate() {
            let kind = if place < BASES.len() { ModuleKind::Base } else { ModuleKind::Addon };
            let (id, key, name) = (id(place), module(key), text(key));
            let command = CatalogCommand::CreateModule { id, key, name, kind, description: None, is_active: true };
            world.play(&Step::Change(command));
        }
        for (place, item) in items().into_iter().enumerate() {
            let own = if is_base(&item) { BASES[place] } else { EXTRAS[place % EXTRAS.len()] };
            let command = CatalogCommand::CreateItem {
                id: id(place),
                kind: item.kind,
                name: text(item.key.as_str()),
                key: item.key,
                description: None,
                is_active: true,
                modules: vec![module(own)],
            };
            world.play(&Step::Change(command));
        }
        world
    }

    /// Lets a step happen, where the core accepts it.
    pub(crate) fn play(&mut self, step: &Step) -> Done {
        match step {
            Step::Wait(micros) => self.now += micros,
            Step::Write(whose, command) => {
                let state = &self.states[*whose];
                if let Ok(Some(changes)) = decide(command, state, &self.catalog, at(self.now), &text("law")) {
                    self.states[*whose] = apply(state.clone(), &changes);
                    return Done::Wrote(*whose, changes);
                }
            }
            Step::Change(command) => {
                if let Ok(Some(change)) = decide_catalog(command, &self.catalog, at(self.now), &text("law")) {
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

    /// A company's answer at an instant.
    pub(crate) fn answer(&self, whose: usize, instant: i64) -> Entitlements {
        resolve(&self.states[whose].standing(), &self.catalog, at(instant))
    }

    /// The revisions that a company's entitling rows point at, with the modules that they enable.
    pub(crate) fn held(&self, whose: usize) -> BTreeSet<(ItemRef, u32, Vec<ModuleKey>)> {
        let entitling = self.states[whose].holdings.iter().filter(|row| row.terms.status.is_entitling());
        entitling
            .map(|row| {
                let item = self.catalog.item(&row.terms.item).unwrap();
                let reached = item.revisions.iter().filter(|revision| revision.reach == Reach::Existing);
                let newest = reached.map(|revision| revision.number).max().unwrap();
                let number = newest.max(row.terms.assigned_revision);
                let of = |revision: &&Revision| revision.number == number;
                let modules = &item.revisions.iter().find(of).unwrap().modules;
                let active = modules.iter().filter(|key| self.catalog.module(key).unwrap().is_active);
                (row.terms.item.clone(), number, active.cloned().collect())
            })
            .collect()
    }

    /// The instants in a company's rows that lie after now.
    pub(crate) fn instants_to_come(&self, whose: usize) -> BTreeSet<i64> {
        let windows = self.states[whose].holdings.iter().map(|row| row.terms.window);
        let instants = windows.flat_map(|window| [window.starts_at, window.ends_at, window.grace_ends_at]);
        instants.flatten().map(Timestamp::micros).filter(|instant| *instant > self.now).collect()
    }
}

/// An answer without the instant that it was asked for, its version and its time of change: what is owned.
pub(crate) fn owned(answer: &Entitlements) -> Entitlements {
    Entitlements { as_of: at(0), version: 0, updated_at: at(0), valid_until: None, ..answer.clone() }
}

/// Steps of every kind.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => select(vec![0, 1, 100, 250, 1_000]).prop_map(Step::Wait),
        5 => ((0..COMPANIES), command()).prop_map(|(whose, command)| Step::Write(whose, command)),
        3 => catalog_command().prop_map(Step::Change),
    ];
    vec(step, 1..60)
}

/// Any company command.
pub(crate) fn command() -> impl Strategy<Value = Command> {
    let instant = || patch((0..60_i64).prop_map(|step| at(step * 100)));
    let statuses = [&Status::ALL[..], &[Status::Active; 6]].concat();
    let texts = || patch(select(vec![text("billing_sync"), text("platform_admin")]));
    let set = (
        select(items()),
        select(statuses),
        (instant(), instant(), instant()),
        option::weighted(0.2, 1..4_u32),
        (texts(), texts()),
    )
        .prop_map(|(item, status, (starts_at, ends_at, grace_ends_at), quantity, (source, external_reference))| {
            Command::SetHolding(SetHolding {
                item,
                status,
                starts_at,
                ends_at,
                grace_ends_at,
                quantity,
                source,
                external_reference,
            })
        });
    prop_oneof![12 => set, 1 => Just(Command::Repair)]
}

/// Any catalog change after which a package includes a base module exactly if it did before.
fn catalog_command() -> impl Strategy<Value = CatalogCommand> {
    let switched = (0..BASES.len() + EXTRAS.len(), option::of(any::<bool>()), option::of(Just(text("Renamed"))))
        .prop_map(|(place, is_active, name)| CatalogCommand::UpdateModule {
            id: id(place),
            name,
            description: Patch::Keep,
            is_active,
        });
    let changed = (
        (0..items().len(), select(BASES.to_vec()), vec(select(EXTRAS.to_vec()), 0..3)),
        option::weighted(0.3, any::<bool>()),
        option::weighted(0.2, Just(text("Renamed"))),
        any::<bool>(),
        select(vec![Reach::Existing, Reach::Future]),
    )
        .prop_map(|((place, base, extras), is_active, name, remaps, reach)| {
            let item = items().swap_remove(place);
            let base = is_base(&item).then_some(base);
            let modules: BTreeSet<ModuleKey> = extras.into_iter().chain(base).map(module).collect();
            CatalogCommand::UpdateItem {
                kind: item.kind,
                id: id(place),
                name,
                description: Patch::Keep,
                is_active,
                modules: remaps.then(|| modules.into_iter().collect()),
                reach,
            }
        });
    prop_oneof![2 => switched, 3 => changed]
}

fn patch<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![3 => Just(Patch::Keep), 1 => Just(Patch::Clear), 3 => value.prop_map(Patch::Set)]
}
