//! `resolve` answers whatever it is given, also what no command could have made.

use std::collections::BTreeSet;

use domain::{
    Catalog, Command, CompanyId, CompanyState, Holding, Item, ItemKey, ItemKind, ItemRef, Module, ModuleKey,
    ModuleKind, Origin, Reach, Revision, Status, Terms, Timestamp, Uuid, Window, apply, decide, resolve,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::world::{at, command, text};

const KEYS: [&str; 5] = ["basic", "finance", "market", "plus", "wide"];

fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0..10_000_i64, Just(0), Just(Timestamp::MAX.micros())].prop_map(at)
}

fn item() -> impl Strategy<Value = ItemRef> {
    (select(vec![ItemKind::Package, ItemKind::Addon]), select(KEYS.to_vec()))
        .prop_map(|(kind, key)| ItemRef { kind, key: ItemKey::parse(key).unwrap() })
}

fn extreme() -> impl Strategy<Value = u64> {
    prop_oneof![0..5_u64, Just(u64::MAX), Just(u64::MAX - 1), Just(i64::MAX.cast_unsigned())]
}

prop_compose! {
    fn revision()(
        number in prop_oneof![0..4_u32, Just(u32::MAX)],
        future in any::<bool>(),
        modules in vec(select(KEYS.to_vec()), 0..4),
        epoch in extreme(),
        epoch_grown_at in instant(),
        created_at in instant(),
    ) -> Revision {
        let reach = if future { Reach::Future } else { Reach::Existing };
        let modules: BTreeSet<ModuleKey> = modules.into_iter().map(|key| ModuleKey::parse(key).unwrap()).collect();
        Revision { number, reach, modules, epoch, epoch_grown_at, created_at }
    }
}

prop_compose! {
    fn sold()(item in item(), revisions in vec(revision(), 0..4), is_active in any::<bool>(), at in instant()) -> Item {
        Item {
            id: Uuid::nil(),
            kind: item.kind,
            name: text(item.key.as_str()),
            key: item.key,
            description: None,
            is_active,
            revisions,
            created_at: at,
            updated_at: at,
        }
    }
}

prop_compose! {
    fn module()(key in select(KEYS.to_vec()), base in any::<bool>(), is_active in any::<bool>(), at in instant()) -> Module {
        Module {
            id: Uuid::nil(),
            key: ModuleKey::parse(key).unwrap(),
            name: text(key),
            kind: if base { ModuleKind::Base } else { ModuleKind::Addon },
            description: None,
            is_active,
            created_at: at,
            updated_at: at,
        }
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
        created_at in instant(),
    ) -> Holding {
        let window = Window { starts_at, ends_at, grace_ends_at };
        let terms = Terms { item, status, window, quantity, assigned_revision, created_at };
        let by = text("somebody");
        let (created_by, updated_by) = (by.clone(), by);
        let origin = Origin { source: None, external_reference: None, created_by, updated_by, updated_at: created_at };
        Holding { terms, origin }
    }
}

prop_compose! {
    fn state()(
        write_seq in prop_oneof![0..5_u64, Just(u64::from(u32::MAX))],
        version_base in prop_oneof![-9..9_i64, Just(i64::MIN), Just(i64::MAX)],
        last_write_at in instant(),
        holdings in vec(row(), 0..8),
    ) -> CompanyState {
        let company_id = CompanyId::new(Uuid::from_u128(1)).unwrap();
        CompanyState { company_id, write_seq, version_base, last_write_at, holdings }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn resolve_answers_whatever_it_is_given(
        state in state(),
        modules in vec(module(), 0..6),
        sold in vec(sold(), 0..8),
        now in instant(),
    ) {
        let catalog = Catalog::new(7, now, modules, sold);

        let answer = resolve(&state.standing(), &catalog, now);

        prop_assert_eq!(answer.as_of, now.max(state.last_write_at));
        prop_assert_eq!(answer.has_basic, answer.base_package.is_some());
        prop_assert!(answer.valid_until.is_none_or(|until| until > answer.as_of));
        let distinct: BTreeSet<_> = answer.enabled_modules.iter().collect();
        prop_assert_eq!(distinct.len(), answer.enabled_modules.len());
    }

    #[test]
    fn decide_judges_whatever_it_is_given_and_apply_carries_it_out(
        state in state(),
        modules in vec(module(), 0..6),
        sold in vec(sold(), 0..8),
        now in instant(),
        command in prop_oneof![command(), Just(Command::Repair)],
    ) {
        let catalog = Catalog::new(7, now, modules, sold);
        if let Ok(Some(changes)) = decide(&command, &state, &catalog, now, &text("law")) {
            let after = apply(state.clone(), &changes);
            prop_assert_eq!(after.write_seq, state.write_seq + 1);
            prop_assert!(changes.at >= state.last_write_at);
        }
    }
}
