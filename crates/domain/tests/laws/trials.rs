//! One trial for life.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CatalogCommand, Command, CreateModule, Holding, ItemRef, Status, apply, decide};
use proptest::prelude::*;

use crate::commands::{command, steps, steps_with_packages};
use crate::world::{Done, Step, World, at, text};

/// What shares one trial.
fn line(world: &World, item: &ItemRef) -> Option<String> {
    let profile = &world.catalog.item(item)?.profile;
    profile.trial_days?;
    let group = profile.trial_group.as_ref().map(|group| format!("group {group}"));
    Some(group.unwrap_or_else(|| format!("{item:?}")))
}

fn is_resumable(row: &Holding, now: i64) -> bool {
    matches!(row.terms.status, Status::Trial | Status::Paused) && !row.terms.window.has_closed(at(now))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_company_is_given_one_trial_of_a_line_whatever_happens(
        steps in prop_oneof![1 => steps().boxed(), 3 => steps_with_packages().boxed()],
    ) {
        let mut world = World::new();
        let mut used: BTreeSet<(usize, String)> = BTreeSet::new();
        // Rows that were on trial and have not been anything but paused since.
        let mut on_trial: BTreeMap<(usize, ItemRef), bool> = BTreeMap::new();
        for step in &steps {
            let is_set = matches!(step, Step::Write(_, Command::SetHolding(_)));
            let Done::Wrote(whose, changes) = world.play(step) else { continue };
            for change in &changes.holdings {
                let item = change.after.terms.item.clone();
                let is_trial = change.after.terms.status == Status::Trial;
                let goes_on = on_trial.get(&(whose, item.clone())) == Some(&true)
                    && change.before.as_ref().is_some_and(|row| is_resumable(row, world.now));
                if let Some(line) = line(&world, &item).filter(|_| is_trial && is_set && !goes_on) {
                    prop_assert!(used.insert((whose, line)), "a second trial: {:#?}", changes);
                }
                let is_carried = is_trial && !is_set && change.after.terms.window.starts_at <= Some(changes.at);
                if let Some(line) = line(&world, &item).filter(|_| is_carried) {
                    used.insert((whose, line));
                }
                let was = on_trial.get(&(whose, item.clone())) == Some(&true);
                let is_paused = change.after.terms.status == Status::Paused;
                on_trial.insert((whose, item), is_trial || (was && is_paused));
            }
        }
    }

    #[test]
    fn nothing_but_a_write_that_is_accepted_changes_anything(steps in steps(), command in command()) {
        let mut world = World::after(&steps);
        for whose in 0..crate::world::COMPANIES {
            let command = world.with_fresh_ids(whose, &command);
            let (state, now) = (world.states[whose].clone(), at(world.now));
            let first = decide(&command, &state, &world.catalog, now, &text("law"));
            prop_assert_eq!(&first, &decide(&command, &state, &world.catalog, now, &text("law")), "dry runs agree");
            let Ok(Some(changes)) = first else { continue };
            prop_assert!(!changes.events().is_empty(), "a change without history: {:#?}", changes);
            let after = apply(state.clone(), &changes);
            prop_assert_eq!(after.write_seq, state.write_seq + 1);
            let again = decide(&command, &after, &world.catalog, now, &text("law"));
            let is_once = match &command {
                Command::SetHolding(_) | Command::SetProfile(_) | Command::MoveRevision { .. } => true,
                Command::GrantCredits(grant) => grant.external_reference.is_some(),
                Command::ChangePackage(_) | Command::CancelPackageChange | Command::RemoveGrant(_) => {
                    prop_assert!(again.is_err(), "{:#?}", again);
                    false
                }
                Command::AddGrant(_) | Command::ConsumeCredits(_) | Command::Repair | Command::SweepBoundary => false,
            };
            if is_once {
                prop_assert_eq!(again, Ok(None), "a repeat: {:#?}", command);
            }
        }
    }

    #[test]
    fn a_catalog_command_said_twice_changes_nothing_the_second_time(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            if !matches!(world.play(step), Done::Changed(_)) {
                continue;
            }
            let Step::Change(commands) = step else { continue };
            let one_each: BTreeSet<String> = commands.iter().map(named).collect();
            if one_each.len() == commands.len() {
                prop_assert!(matches!(world.play(step), Done::Nothing), "{:#?}", commands);
            }
        }
    }
}

/// What a catalog command is about.
fn named(command: &CatalogCommand) -> String {
    match command {
        CatalogCommand::UpdateModule { id, .. } | CatalogCommand::CreateModule(CreateModule { id, .. }) => {
            format!("module {id}")
        }
        CatalogCommand::UpdatePermission { id, .. } | CatalogCommand::CreatePermission { id, .. } => {
            format!("permission {id}")
        }
        CatalogCommand::UpdateFeature { id, .. } | CatalogCommand::CreateFeature { id, .. } => format!("feature {id}"),
        CatalogCommand::UpdateItem { kind, id, .. } => format!("{kind:?} {id}"),
        CatalogCommand::CreateItem(create) => format!("{:?} {}", create.kind, create.id),
        CatalogCommand::SetPolicy(_) => "policy".to_owned(),
    }
}
