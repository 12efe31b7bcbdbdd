//! Random commands to companies.

use std::collections::BTreeMap;

use domain::{
    AddGrant, ChangePackage, Command, CompanyProfile, ConsumeCredits, FeatureValue, GrantCredits, Granted, ItemKind,
    ItemRef, Patch, SetHolding, Status, Text, Timestamp, Uuid,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::beginning::{CREDIT, LIMITS, PACKAGES, TOGGLES, feature, item_key, items, modules};
use crate::catalog_commands;
use crate::world::{COMPANIES, HALF_DAY, Step, at, text};

pub(crate) fn patch<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![3 => Just(Patch::Keep), 1 => Just(Patch::Clear), 3 => value.prop_map(Patch::Set)]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..60_i64).prop_map(|step| at(step * HALF_DAY))
}

fn references() -> impl Strategy<Value = Patch<Text>> {
    patch(select(vec![text("pay_1"), text("pay_2")]))
}

prop_compose! {
    fn set()(
        item in select(items()),
        status in select([&Status::ALL[..], &[Status::Active; 6], &[Status::Trial; 2]].concat()),
        window in prop_oneof![
            2 => Just((Patch::Keep, Patch::Keep, Patch::Keep)),
            3 => (patch(instant()), patch(instant()), Just(Patch::Keep)),
            1 => (patch(instant()), patch(instant()), patch(instant())),
        ],
        quantity in option::weighted(0.2, 1..4_u32),
        source in patch(select(vec![text("billing_sync"), text("migration")])),
        external_reference in references(),
    ) -> SetHolding {
        let (starts_at, ends_at, grace_ends_at) = window;
        SetHolding { fresh: Uuid::nil(), item, status, starts_at, ends_at, grace_ends_at, quantity, source, external_reference }
    }
}

prop_compose! {
    pub(crate) fn change()(
        package in select(PACKAGES.to_vec()),
        from in option::weighted(0.2, select(PACKAGES.to_vec())),
        effective_at in option::of(instant()),
        deactivate_invalidated in any::<bool>(),
        external_reference in references(),
    ) -> ChangePackage {
        let (fresh, source) = (Uuid::nil(), Patch::Keep);
        let (package, from) = (item_key(package), from.map(item_key));
        ChangePackage { fresh, package, from, effective_at, deactivate_invalidated, source, external_reference }
    }
}

fn granted() -> impl Strategy<Value = Granted> {
    let amount = prop_oneof![4 => (0..20_u64).prop_map(FeatureValue::Amount), 1 => Just(FeatureValue::Unlimited)];
    let toggle = select(vec![FeatureValue::On, FeatureValue::Off]);
    prop_oneof![
        2 => select(modules()).prop_map(Granted::Module),
        1 => (select(TOGGLES.to_vec()), toggle).prop_map(|(key, value)| Granted::Feature(feature(key), value)),
        1 => (select(LIMITS.to_vec()), amount).prop_map(|(key, value)| Granted::Feature(feature(key), value)),
    ]
}

fn grant() -> impl Strategy<Value = Command> {
    (granted(), option::of(instant()), option::of(instant())).prop_map(|(granted, starts_at, ends_at)| {
        let (id, reason, source) = (Uuid::nil(), text("because"), None);
        Command::AddGrant(AddGrant { id, granted, starts_at, ends_at, reason, source })
    })
}

fn credits() -> impl Strategy<Value = Command> {
    let reference = || option::of(select(vec![text("gift_1"), text("gift_2")]));
    let granted =
        (1..30_u64, option::of(instant()), reference()).prop_map(|(amount, expires_at, external_reference)| {
            let (lot, entry, feature, reason) = (Uuid::nil(), Uuid::nil(), feature(CREDIT), None);
            Command::GrantCredits(GrantCredits { lot, entry, feature, amount, expires_at, reason, external_reference })
        });
    let consumed = (1..30_u64).prop_map(|amount| {
        let (entry, feature, reason, external_reference) = (Uuid::nil(), feature(CREDIT), None, None);
        Command::ConsumeCredits(ConsumeCredits { entry, feature, amount, reason, external_reference })
    });
    prop_oneof![granted, consumed]
}

fn profile() -> impl Strategy<Value = Command> {
    option::of(select(vec![text("Ada"), text("Bob")]))
        .prop_map(|name| Command::SetProfile(CompanyProfile { name, external_references: BTreeMap::new() }))
}

fn moved() -> impl Strategy<Value = Command> {
    (select(items()), option::of(0..4_u32), 0..30_u32).prop_map(|(item, from, revision)| Command::MoveRevision {
        item,
        from,
        revision,
    })
}

/// Any company command.
pub(crate) fn command() -> BoxedStrategy<Command> {
    prop_oneof![
        20 => set().prop_map(Command::SetHolding).boxed(),
        8 => change().prop_map(Command::ChangePackage).boxed(),
        5 => Just(Command::CancelPackageChange),
        3 => grant().boxed(),
        2 => (0..9_u128).prop_map(|which| Command::RemoveGrant(Uuid::from_u128(which))),
        3 => credits().boxed(),
        1 => profile(),
        3 => moved(),
        1 => Just(Command::Repair),
    ]
    .boxed()
}

/// A write that a company has a package, which tends to be accepted.
fn plain() -> impl Strategy<Value = Command> {
    (select(items()), select(vec![Status::Active, Status::Trial])).prop_map(|(item, status)| {
        Command::SetHolding(SetHolding {
            fresh: Uuid::nil(),
            item,
            status,
            starts_at: Patch::Clear,
            ends_at: Patch::Clear,
            grace_ends_at: Patch::Clear,
            quantity: None,
            source: Patch::Keep,
            external_reference: Patch::Keep,
        })
    })
}

/// Steps of every kind.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => select(vec![0, 1, HALF_DAY, HALF_DAY * 5 / 2, 10 * HALF_DAY]).prop_map(Step::Wait),
        5 => ((0..COMPANIES), command()).prop_map(|(whose, command)| Step::Write(whose, command)),
        2 => ((0..COMPANIES), plain()).prop_map(|(whose, command)| Step::Write(whose, command)),
        3 => catalog_commands::commands().prop_map(Step::Change),
    ];
    vec(step, 1..60)
}

prop_compose! {
    /// A row of a package, mostly without a window of its own.
    fn package_row()(
        key in select(PACKAGES.to_vec()),
        status in select([&Status::ALL[..], &[Status::Active; 4], &[Status::Trial; 4], &[Status::Cancelled]].concat()),
        (starts_at, ends_at) in prop_oneof![
            3 => Just((Patch::Keep, Patch::Keep)),
            1 => Just((Patch::Clear, Patch::Clear)),
            2 => (patch(instant()), patch(instant())),
        ],
    ) -> SetHolding {
        let item = ItemRef { kind: ItemKind::Package, key: item_key(key) };
        let (grace_ends_at, source, external_reference) = (Patch::Clear, Patch::Keep, Patch::Keep);
        SetHolding { fresh: Uuid::nil(), item, status, starts_at, ends_at, grace_ends_at, quantity: None, source, external_reference }
    }
}

/// Steps that one company takes with packages alone, and changes of what those include.
pub(crate) fn steps_with_packages() -> impl Strategy<Value = Vec<Step>> {
    let write = prop_oneof![
        6 => package_row().prop_map(Command::SetHolding).boxed(),
        3 => change().prop_map(Command::ChangePackage).boxed(),
        1 => Just(Command::CancelPackageChange),
        2 => moved(),
    ];
    let step = prop_oneof![
        1 => select(vec![0, HALF_DAY, 3 * HALF_DAY]).prop_map(Step::Wait),
        6 => write.prop_map(|command| Step::Write(0, command)),
        2 => catalog_commands::of_package_modules().prop_map(|command| Step::Change(vec![command])),
    ];
    vec(step, 1..40)
}
