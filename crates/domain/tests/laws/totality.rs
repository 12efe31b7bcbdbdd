//! `resolve` answers whatever it is given, also what no command could have made.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Catalog, CatalogFacts, Combine, Command, CompanyId, CompanyProfile, CompanyState, CreditLot, Credits, Entry,
    Evaluation, FeatureKind, FeatureValue, Grant, GrantTerms, Granted, Holding, Item, ItemKind, ItemRef, Lifecycle,
    Module, ModuleKind, Origin, PackageChangeReport, Profile, Reach, Replaced, Revision, Shape, Status, Terms,
    Timestamp, Uuid, Window, apply, apply_catalog, decide, decide_catalog, direction, resolve,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::beginning::{ADDONS, CREDIT, LIMITS, PACKAGES, TOGGLES, feature, item_key, module, modules};
use crate::catalog_commands;
use crate::commands::command;
use crate::free::{definition, feature_of, item_of, module_of};
use crate::world::{at, id, text, told};

fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0..10_000_i64, Just(0), Just(Timestamp::MAX.micros())].prop_map(at)
}

fn item() -> impl Strategy<Value = ItemRef> {
    let keys: Vec<&str> = PACKAGES.into_iter().chain(ADDONS).collect();
    (select(vec![ItemKind::Package, ItemKind::Addon]), select(keys))
        .prop_map(|(kind, key)| ItemRef { kind, key: item_key(key) })
}

fn extreme() -> impl Strategy<Value = u64> {
    prop_oneof![0..5_u64, Just(u64::MAX), Just(u64::MAX - 1), Just(i64::MAX.cast_unsigned())]
}

prop_compose! {
    fn revision()(
        number in prop_oneof![0..4_u32, Just(u32::MAX)],
        future in any::<bool>(),
        is_package in any::<bool>(),
        definitions in (definition(true), definition(false)),
        epoch in extreme(),
        epoch_grown_at in instant(),
        created_at in instant(),
    ) -> Revision {
        let reach = if future { Reach::Future } else { Reach::Existing };
        let definition = if is_package { definitions.0 } else { definitions.1 };
        Revision { number, reach, definition, epoch, epoch_grown_at, created_at }
    }
}

prop_compose! {
    fn profile()(
        trial_days in option::of(prop_oneof![0..3_u32, Just(u32::MAX)]),
        grace_days in option::of(prop_oneof![0..3_u32, Just(u32::MAX)]),
        targets in vec(select(PACKAGES.to_vec()), 0..4),
        requires_base_package in any::<bool>(),
    ) -> Profile {
        let upgrade_targets = targets.into_iter().map(item_key).collect();
        Profile { trial_days, grace_days, upgrade_targets, requires_base_package, ..Profile::default() }
    }
}

prop_compose! {
    fn sold()(
        item in item(),
        revisions in vec(revision(), 0..4),
        lifecycle in select(Lifecycle::ALL.to_vec()),
        profile in profile(),
        at in instant(),
    ) -> Item {
        Item { profile, ..item_of(item, revisions, lifecycle, at) }
    }
}

prop_compose! {
    fn any_module()(key in select(modules()), base in any::<bool>(), is_active in any::<bool>(), at in instant()) -> Module {
        module_of(&key, if base { ModuleKind::Base } else { ModuleKind::Addon }, is_active, at)
    }
}

fn catalog() -> impl Strategy<Value = Catalog> {
    let kinds = vec(select(FeatureKind::ALL.to_vec()), 4);
    (vec(any_module(), 0..6), vec(sold(), 0..8), kinds, instant()).prop_map(|(modules, sold, kinds, now)| {
        let mut catalog = Catalog::new(7, now);
        let sold = sold.into_iter().map(|item| Entry::Item(Box::new(item)));
        for entry in modules.into_iter().map(Entry::Module).chain(sold) {
            catalog.put(entry);
        }
        for (key, kind) in TOGGLES.into_iter().chain(LIMITS).chain([CREDIT]).zip(kinds) {
            catalog.put(Entry::Feature(feature_of(key, kind, Combine::Sum)));
        }
        catalog
    })
}

prop_compose! {
    fn grant()(
        number in 0..5_usize,
        is_module in any::<bool>(),
        value in prop_oneof![Just(FeatureValue::On), Just(FeatureValue::Off), extreme().prop_map(FeatureValue::Amount)],
        starts_at in option::of(instant()),
        ends_at in option::of(instant()),
        created_at in instant(),
    ) -> Grant {
        let granted = if is_module { Granted::Module(module("venue")) } else { Granted::Feature(feature(LIMITS[0]), value) };
        let window = Window { starts_at, ends_at, grace_ends_at: None };
        let terms = GrantTerms { id: id(number), granted, window, created_at };
        Grant { terms, reason: text("because"), source: None, created_by: text("somebody") }
    }
}

prop_compose! {
    fn lot()(
        number in 0..9_usize,
        granted in extreme(),
        remaining in extreme(),
        starts_at in option::of(prop_oneof![instant(), Just(CreditLot::WAITS)]),
        expires_at in option::of(instant()),
        purchase in option::of(select(vec!["addon:refill one", "package:plus#two"])),
        created_at in instant(),
    ) -> CreditLot {
        let (id, feature, purchase) = (id(number), feature(CREDIT), purchase.map(text));
        CreditLot { id, feature, granted, remaining, starts_at, expires_at, purchase, created_at }
    }
}

prop_compose! {
    fn row()(
        item in item(),
        status in select(Status::ALL.to_vec()),
        starts_at in option::of(instant()),
        ends_at in option::of(instant()),
        grace_ends_at in option::of(instant()),
        quantity in prop_oneof![0..3_u32, Just(u32::MAX)],
        assigned_revision in prop_oneof![0..5_u32, Just(u32::MAX)],
        (created_at, trialed_at) in (instant(), option::of(instant())),
        paused_from in option::of(select(Status::ALL.to_vec())),
        (replaces, lapsed) in (option::of(select(PACKAGES.to_vec())), any::<bool>()),
    ) -> Holding {
        let window = Window { starts_at, ends_at, grace_ends_at };
        let terms = Terms { item, status, window, quantity, assigned_revision, created_at };
        let by = text("somebody");
        let (created_by, updated_by) = (by.clone(), by);
        let origin = Origin { source: None, external_reference: None, created_by, updated_by, updated_at: created_at };
        let replaces = replaces.map(|package| Replaced { package: item_key(package), ends_at, grace_ends_at });
        Holding { terms, origin, trialed_at, paused_from, replaces, lapsed }
    }
}

prop_compose! {
    fn state()(
        write_seq in prop_oneof![0..5_u64, Just(u64::from(u32::MAX))],
        version_base in prop_oneof![-9..9_i64, Just(i64::MIN), Just(i64::MAX)],
        last_write_at in instant(),
        holdings in vec(row(), 0..8),
        grants in vec(grant(), 0..4),
        lots in vec(lot(), 0..4),
        next_boundary in option::of(instant()),
    ) -> CompanyState {
        let company_id = CompanyId::new(Uuid::from_u128(1)).unwrap();
        let profile = CompanyProfile { name: None, external_references: BTreeMap::new() };
        let credits = Credits { lots };
        CompanyState { company_id, write_seq, version_base, last_write_at, holdings, grants, credits, profile, next_boundary }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn resolve_answers_whatever_it_is_given(state in state(), catalog in catalog(), now in instant()) {
        let standing = state.standing();

        let answer = resolve(&standing, &catalog, now);

        prop_assert_eq!(answer.as_of, now.max(state.last_write_at));
        prop_assert_eq!(answer.has_basic, answer.base_package.is_some());
        prop_assert!(answer.valid_until.is_none_or(|until| until > answer.as_of));
        let distinct: BTreeSet<_> = answer.enabled_modules.iter().collect();
        prop_assert_eq!(distinct.len(), answer.enabled_modules.len());
        let told = told(&Evaluation::of(&standing, &catalog, now));
        prop_assert_eq!(told.modules, answer.enabled_modules.iter().map(ToString::to_string).collect::<Vec<_>>());
        let (shape, _) = Shape::of(&standing, now);
        prop_assert!(shape.standing(state.company_id).is_some(), "{}", shape.as_str());
    }

    #[test]
    fn decide_judges_whatever_it_is_given_and_apply_carries_it_out(
        state in state(),
        catalog in catalog(),
        now in instant(),
        command in prop_oneof![4 => command(), 1 => Just(Command::Repair), 1 => Just(Command::SweepBoundary)],
    ) {
        let decided = decide(&command, &state, &catalog, now, &text("law"));
        if let Command::ChangePackage(change) = &command {
            let leads = direction(change, &state, &catalog, now);
            prop_assert!(leads.is_ok() || decided.is_err());
        }
        if let Ok(Some(changes)) = decided {
            let after = apply(state.clone(), &changes);
            prop_assert_eq!(after.write_seq, state.write_seq + 1);
            // What passed stands under its own instant, which may lie before other writes.
            prop_assert!(changes.passed.is_some() || changes.at >= state.last_write_at);
            drop(PackageChangeReport::of(&state, &after, &catalog, changes.at));
        }
    }

    #[test]
    fn decide_catalog_judges_whatever_it_is_given(
        catalog in catalog(),
        commands in catalog_commands::commands(),
        now in instant(),
    ) {
        if let Ok(Some(change)) = decide_catalog(&commands, &catalog, &CatalogFacts::default(), now, &text("law")) {
            let after = apply_catalog(&catalog, &change);
            prop_assert_eq!((after.generation, after.changed_at), (change.generation, change.at));
        }
    }
}
