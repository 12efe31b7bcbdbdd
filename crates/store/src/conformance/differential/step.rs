//! What a random sequence is made of.

use domain::{
    AddGrant, CatalogCommand, ChangePackage, Command, CompanyProfile, ConsumeCredits, CreateItem, CreateModule,
    FeatureEdit, FeatureKind, FeatureValue, GrantCredits, Granted, ItemEdit, ItemKind, ItemKindEdit, ItemRef,
    Lifecycle, ModuleEdit, ModuleKind, Patch, Reach, SetHolding, Status, Text, Timestamp, Uuid,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::super::world::{addon, feature, line, module, package};

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
const ADDONS: [&str; 6] = ["finance", "market", "venue", "suite", "pack", "live"];

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
    let made = |key: &str, kind, room: u128| CatalogCommand::CreateFeature {
        id: Uuid::from_u128((room << 64) + 1_u128),
        key: feature(key),
        kind,
        edit: FeatureEdit { name: Some(line(key)), ..FeatureEdit::default() },
    };
    let mut commands = vec![
        made("sms", FeatureKind::Credit, 3),
        made("seats", FeatureKind::Limit, 4),
        made("beta", FeatureKind::Toggle, 5),
    ];
    commands.extend(BASES.iter().map(|key| create_module(key, true)));
    commands.extend(EXTRAS[..3].iter().map(|key| create_module(key, true)));
    commands.push(item(package("basic"), &["basic"]));
    let modules = Some(["core", "finance"].map(module).into());
    let features = Some([(feature("sms"), FeatureValue::Amount(30))].into());
    let plus = ItemEdit { name: Some(line("plus")), modules, features, ..ItemEdit::default() };
    commands.push(create_item_of(package("plus"), plus));
    commands.push(item(package("premium-market"), &["market"]));
    commands.push(leads_to("basic", "plus", true));
    commands.push(leads_to("plus", "basic", false));
    commands.push(leads_to("premium-market", "basic", false));
    commands.extend(["finance", "market", "venue"].map(|key| item(addon(key), &[key])));
    commands.push(item(addon("suite"), &["finance", "venue"]));
    let features = Some([(feature("sms"), FeatureValue::Amount(100))].into());
    let pack = ItemEdit { name: Some(line("pack")), modules: Some(Vec::new()), features, ..ItemEdit::default() };
    commands.push(create_item_of(addon("pack"), pack));
    commands.into_iter().map(Step::Catalog).collect()
}

/// A command that lets companies go from one package to another.
fn leads_to(from: &str, to: &str, up: bool) -> CatalogCommand {
    let targets = Some([package(to).key].into());
    let own = if up {
        ItemKindEdit { upgrade_targets: targets, ..ItemKindEdit::default() }
    } else {
        ItemKindEdit { downgrade_targets: targets, ..ItemKindEdit::default() }
    };
    let edit = Box::new(ItemEdit { own, ..ItemEdit::default() });
    CatalogCommand::UpdateItem { kind: ItemKind::Package, id: item_id(&package(from)), edit }
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

/// An instant on the grid, now and then one at an end of time.
fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        20 => (0..48_i64).prop_map(|step| BEGIN + step * GRID),
        1 => select(vec![0, 1, Timestamp::MAX.micros() - 1, Timestamp::MAX.micros()]),
    ]
    .prop_map(Timestamp::clamped)
}

/// An identifier that no other step draws.
fn fresh() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn set_holding() -> impl Strategy<Value = Command> {
    let references = ["sub_1", "sub_2", "sub_3"];
    let origin = (patch(text(&["platform_admin", "billing_sync", "ünï 'source'"])), patch(text(&references)));
    let window = (patch(instant()), patch(instant()), patch(instant()));
    // Active more often than the rest: what never entitles is soon told.
    let statuses = [&Status::ALL[..], &[Status::Active; 5]].concat();
    let quantity = option::weighted(0.2, select(vec![0, 1, 2, 3, u32::MAX]));
    (fresh(), item(), select(statuses), window, quantity, origin).prop_map(
        |(fresh, item, status, (starts_at, ends_at, grace_ends_at), quantity, (source, external_reference))| {
            Command::SetHolding(SetHolding {
                fresh,
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
    )
}

fn grant() -> impl Strategy<Value = Command> {
    let of_module = select([&EXTRAS[..], &["nowhere"]].concat()).prop_map(|key| Granted::Module(module(key)));
    let values = vec![FeatureValue::On, FeatureValue::Off, FeatureValue::Amount(7), FeatureValue::Unlimited];
    let of_feature = (select(vec!["seats", "beta", "sms", "nowhere"]), select(values))
        .prop_map(|(key, value)| Granted::Feature(feature(key), value));
    let granted = prop_oneof![3 => of_module, 1 => of_feature];
    let window = (option::weighted(0.4, instant()), option::weighted(0.4, instant()));
    let words = (text(&["support", "a 'promotion'"]), option::of(text(&["crm"])));
    (fresh(), granted, window, words).prop_map(|(id, granted, (starts_at, ends_at), (reason, source))| {
        Command::AddGrant(AddGrant { id, granted, starts_at, ends_at, reason, source })
    })
}

fn credits() -> impl Strategy<Value = Command> {
    let amount = || select(vec![0, 1, 5, 60, 250]);
    let reference = option::of(text(&["inv_1", "inv_2", "inv_3"]));
    let come = (fresh(), fresh(), amount(), option::weighted(0.6, instant()), reference).prop_map(
        |(lot, entry, amount, expires_at, external_reference)| {
            let (feature, reason) = (feature("sms"), None);
            Command::GrantCredits(GrantCredits { lot, entry, feature, amount, expires_at, reason, external_reference })
        },
    );
    let go = (fresh(), amount(), option::of(text(&["a \"campaign\""]))).prop_map(|(entry, amount, reason)| {
        let (feature, external_reference) = (feature("sms"), None);
        Command::ConsumeCredits(ConsumeCredits { entry, feature, amount, reason, external_reference })
    });
    prop_oneof![2 => come, 3 => go]
}

fn change_package() -> impl Strategy<Value = Command> {
    let words = (patch(text(&["self_service"])), patch(text(&["sub_8", "sub_9"])));
    let targets = select(vec!["basic", "plus", "wide"]);
    (fresh(), targets, option::weighted(0.5, instant()), any::<bool>(), words).prop_map(
        |(fresh, key, effective_at, deactivate_invalidated, (source, external_reference))| {
            Command::ChangePackage(ChangePackage {
                fresh,
                package: package(key).key,
                from: None,
                effective_at,
                deactivate_invalidated,
                source,
                external_reference,
            })
        },
    )
}

fn company_command() -> impl Strategy<Value = Command> {
    let profile = option::of(text(&["ACME", "Müller & Söhne"])).prop_map(|name| {
        let external_references = name.iter().map(|name| (line("stripe"), name.clone())).collect();
        Command::SetProfile(CompanyProfile { name, external_references })
    });
    let moved = (item(), 1..5_u32).prop_map(|(item, revision)| Command::MoveRevision { item, from: None, revision });
    prop_oneof![
        14 => set_holding(),
        3 => grant(),
        2 => (0..8_u128).prop_map(|place| Command::RemoveGrant(Uuid::from_u128(place))),
        6 => credits(),
        2 => change_package(),
        1 => Just(Command::CancelPackageChange),
        2 => moved,
        1 => profile,
        1 => Just(Command::Repair),
        4 => Just(Command::SweepBoundary),
    ]
}

fn catalog_command() -> impl Strategy<Value = CatalogCommand> {
    let all_modules = || select([&BASES[..], &EXTRAS[..]].concat());
    let made = (all_modules(), any::<bool>()).prop_map(|(key, is_active)| create_module(key, is_active));
    let switched =
        (all_modules(), option::of(any::<bool>()), option::of(text(&["One", "Two"])), patch(text(&["ä", "b"])))
            .prop_map(|(key, is_active, name, description)| CatalogCommand::UpdateModule {
                id: id(2, key),
                edit: ModuleEdit { name, description, is_active, ..ModuleEdit::default() },
            });
    let sold = item().prop_flat_map(|item| (Just(item.clone()), module_set(&item), any::<bool>()));
    let sold = sold.prop_map(|(item, modules, is_active)| {
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        create_item(item, is_active, &modules)
    });
    let reach = option::of(select(vec![Reach::Existing, Reach::Future]));
    let names = (option::weighted(0.1, text(&["One", "Two"])), patch(text(&["ä", "b"])));
    let changed = item().prop_flat_map(|item| (Just(item.clone()), option::weighted(0.8, module_set(&item))));
    let life = prop_oneof![
        6 => Just((None, None)),
        3 => any::<bool>().prop_map(|is_active| (Some(is_active), None)),
        1 => select(vec![Lifecycle::Deprecated, Lifecycle::Active, Lifecycle::Archived])
            .prop_map(|lifecycle| (None, Some(lifecycle))),
    ];
    let changed = (changed, life, names, reach).prop_map(
        |((item, modules), (is_active, lifecycle), (name, description), reach)| CatalogCommand::UpdateItem {
            kind: item.kind,
            id: item_id(&item),
            edit: Box::new(ItemEdit {
                name,
                description,
                is_active,
                lifecycle,
                modules: modules.map(|keys| keys.iter().map(|key| module(key)).collect()),
                reach,
                ..ItemEdit::default()
            }),
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
    let kind = if BASES.contains(&key) { ModuleKind::Base } else { ModuleKind::Addon };
    let edit = ModuleEdit { name: Some(line(key)), is_active: Some(is_active), ..ModuleEdit::default() };
    CatalogCommand::CreateModule(CreateModule { id: id(2, key), key: module(key), kind, edit })
}

fn create_item(item: ItemRef, is_active: bool, modules: &[&str]) -> CatalogCommand {
    let edit = ItemEdit {
        name: Some(line(item.key.as_str())),
        is_active: Some(is_active),
        modules: Some(modules.iter().map(|key| module(key)).collect()),
        ..ItemEdit::default()
    };
    create_item_of(item, edit)
}

fn create_item_of(item: ItemRef, edit: ItemEdit) -> CatalogCommand {
    CatalogCommand::CreateItem(Box::new(CreateItem { id: item_id(&item), kind: item.kind, key: item.key, edit }))
}
