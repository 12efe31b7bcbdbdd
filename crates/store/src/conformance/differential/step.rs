//! What a random sequence is made of.

use domain::{
    CatalogCommand, Command, ItemKind, ItemRef, ModuleKind, Patch, Reach, SetHolding, Status, Text, Timestamp, Uuid,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::super::world::{addon, line, module, package};

/// The instant at which every sequence begins, in microseconds.
pub(super) const BEGIN: i64 = 1_790_000_000_000_000;
/// Windows begin and end on a grid this wide, in microseconds, so that boundaries often meet.
const GRID: i64 = 1_000;

/// Base modules.
const BASES: [&str; 2] = ["basic", "core"];
/// Further modules. The last one is not there from the beginning, and the last two may not both be.
const EXTRAS: [&str; 5] = ["finance", "market", "venue", "live-sales", "live_sales"];
/// Packages; the first two always include a base module, the others never do. The last one is not there from the beginning.
const PACKAGES: [&str; 4] = ["basic", "plus", "premium-market", "wide"];
/// Add-ons. The last one is not there from the beginning.
const ADDONS: [&str; 5] = ["finance", "market", "venue", "suite", "live"];

/// How far time goes.
#[derive(Clone, Debug)]
pub(super) enum Wait {
    /// That many microseconds.
    Micros(i64),
    /// To the next boundary of any company, and that many microseconds beyond it.
    ToBoundary(i64),
}

/// What becomes of a decided company command.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// It is committed.
    Commit,
    /// It is committed with a reply to keep.
    WithReply,
    /// It is committed with a reply whose key is taken, if one is.
    Repeated,
    /// It is held back, and committed by [`Step::CommitHeld`], when it may have lost its race.
    Held,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Time goes on.
    Wait(Wait),
    /// Somebody writes to a company.
    Company { whose: u128, command: Command, how: How },
    /// Somebody writes to the catalog.
    Catalog(CatalogCommand),
    /// What was held back is committed.
    CommitHeld,
}

/// How many companies a sequence writes to.
pub(super) const COMPANIES: u128 = 3;

/// What every sequence starts from.
pub(super) fn opening() -> Vec<Step> {
    let item = |item: ItemRef, modules: &[&str]| create_item(item, true, modules);
    let mut commands: Vec<CatalogCommand> = BASES.iter().map(|key| create_module(key, true)).collect();
    commands.extend(EXTRAS[..3].iter().map(|key| create_module(key, true)));
    commands.push(item(package("basic"), &["basic"]));
    commands.push(item(package("plus"), &["core", "finance"]));
    commands.push(item(package("premium-market"), &["market"]));
    commands.extend(["finance", "market", "venue"].map(|key| item(addon(key), &[key])));
    commands.push(item(addon("suite"), &["finance", "venue"]));
    commands.into_iter().map(Step::Catalog).collect()
}

/// Any step.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![
        select(vec![0, 1, 7, GRID / 2, GRID, 5 * GRID, 40 * GRID]).prop_map(Wait::Micros),
        (-1..=1_i64).prop_map(Wait::ToBoundary),
    ];
    let how = prop_oneof![
        6 => Just(How::Commit),
        1 => Just(How::WithReply),
        1 => Just(How::Repeated),
        2 => Just(How::Held),
    ];
    let company =
        (0..COMPANIES, company_command(), how).prop_map(|(whose, command, how)| Step::Company { whose, command, how });
    prop_oneof![
        3 => wait.prop_map(Step::Wait),
        8 => company,
        3 => catalog_command().prop_map(Step::Catalog),
        1 => Just(Step::CommitHeld),
    ]
}

/// Anything sold; mostly one of few, so that what happens to an item meets what happened to it before.
fn item() -> impl Strategy<Value = ItemRef> {
    let all = PACKAGES.iter().map(|key| package(key)).chain(ADDONS.iter().map(|key| addon(key)));
    let few = vec![package("basic"), package("plus"), addon("finance")];
    prop_oneof![2 => select(few), 1 => select(all.collect::<Vec<_>>())]
}

fn company_command() -> impl Strategy<Value = Command> {
    let instant = || {
        prop_oneof![
            20 => (0..48_i64).prop_map(|step| BEGIN + step * GRID),
            1 => select(vec![0, 1, Timestamp::MAX.micros() - 1, Timestamp::MAX.micros()]),
        ]
        .prop_map(Timestamp::clamped)
    };
    let origin = (patch(text(&["platform_admin", "billing_sync", "ünï 'source'"])), patch(text(&["sub_1", "sub_2"])));
    let window = (patch(instant()), patch(instant()), patch(instant()));
    // Active more often than the rest: what never entitles is soon told.
    let statuses = [&Status::ALL[..], &[Status::Active; 5]].concat();
    let quantity = option::weighted(0.2, select(vec![0, 1, 2, 3, u32::MAX]));
    let set = (item(), select(statuses), window, quantity, origin).prop_map(
        |(item, status, (starts_at, ends_at, grace_ends_at), quantity, (source, external_reference))| {
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
        },
    );
    prop_oneof![12 => set, 1 => Just(Command::Repair)]
}

fn catalog_command() -> impl Strategy<Value = CatalogCommand> {
    let all_modules = || select([&BASES[..], &EXTRAS[..]].concat());
    let made = (all_modules(), any::<bool>()).prop_map(|(key, is_active)| create_module(key, is_active));
    let switched =
        (all_modules(), option::of(any::<bool>()), option::of(text(&["One", "Two"])), patch(text(&["ä", "b"])))
            .prop_map(|(key, is_active, name, description)| CatalogCommand::UpdateModule {
                id: id(2, key),
                name,
                description,
                is_active,
            });
    let sold = item().prop_flat_map(|item| (Just(item.clone()), module_set(&item), any::<bool>()));
    let sold = sold.prop_map(|(item, modules, is_active)| {
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        create_item(item, is_active, &modules)
    });
    let reach = select(vec![Reach::Existing, Reach::Future]);
    let names = (option::weighted(0.1, text(&["One", "Two"])), patch(text(&["ä", "b"])));
    let changed = item().prop_flat_map(|item| (Just(item.clone()), option::weighted(0.8, module_set(&item))));
    let changed = (changed, option::weighted(0.3, any::<bool>()), names, reach).prop_map(
        |((item, modules), is_active, (name, description), reach)| CatalogCommand::UpdateItem {
            kind: item.kind,
            id: item_id(&item),
            name,
            description,
            is_active,
            modules: modules.map(|keys| keys.iter().map(|key| module(key)).collect()),
            reach,
        },
    );
    prop_oneof![1 => made, 3 => switched, 1 => sold, 5 => changed]
}

/// A module set for an item: mostly a good one, sometimes with an unknown key, a key named twice, or a base module too many. What is
/// sold with a base module stays so, as what a company already has cannot be judged anew.
fn module_set(item: &ItemRef) -> impl Strategy<Value = Vec<String>> + use<> {
    let is_base = item.kind == ItemKind::Package && PACKAGES[..2].contains(&item.key.as_str());
    let is_addon = item.kind == ItemKind::Addon;
    let bases = if is_base {
        prop_oneof![10 => select(BASES.to_vec()).prop_map(|key| vec![key]), 1 => Just(BASES.to_vec())].boxed()
    } else if is_addon {
        prop_oneof![15 => Just(Vec::new()), 1 => Just(vec!["basic"])].boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let extras = vec(select(EXTRAS[..3].to_vec()), 0..3).prop_map(|mut keys| {
        keys.sort_unstable();
        keys.dedup();
        keys
    });
    let odd = prop_oneof![
        20 => Just(Vec::new()),
        1 => Just(vec!["nowhere"]),
        1 => Just(vec!["venue", "venue"]),
        3 => Just(vec!["live-sales"]),
    ];
    (bases, extras, odd)
        .prop_map(|(bases, extras, odd)| [bases, extras, odd].concat().into_iter().map(ToOwned::to_owned).collect())
}

fn patch<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![3 => Just(Patch::Keep), 1 => Just(Patch::Clear), 3 => value.prop_map(Patch::Set)]
}

fn text(words: &[&str]) -> impl Strategy<Value = Text> + use<> {
    select(words.iter().map(|word| line(word)).collect::<Vec<_>>())
}

/// The id that a key has in every sequence, so that a command can name what may not be there.
fn id(room: u128, key: &str) -> Uuid {
    let known = [&BASES[..], &EXTRAS, &PACKAGES, &ADDONS].concat();
    let place = known.iter().position(|known| *known == key).unwrap_or(known.len()) as u128;
    Uuid::from_u128((room << 64) + 0x4000_8000_0000_0000_0000_0000 + place)
}

fn item_id(item: &ItemRef) -> Uuid {
    id(u128::from(item.kind == ItemKind::Package), item.key.as_str())
}

fn create_module(key: &str, is_active: bool) -> CatalogCommand {
    CatalogCommand::CreateModule {
        id: id(2, key),
        key: module(key),
        name: line(key),
        kind: if BASES.contains(&key) { ModuleKind::Base } else { ModuleKind::Addon },
        description: None,
        is_active,
    }
}

fn create_item(item: ItemRef, is_active: bool, modules: &[&str]) -> CatalogCommand {
    CatalogCommand::CreateItem {
        id: item_id(&item),
        kind: item.kind,
        name: line(item.key.as_str()),
        key: item.key,
        description: None,
        is_active,
        modules: modules.iter().map(|key| module(key)).collect(),
    }
}
