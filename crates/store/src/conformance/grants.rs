//! Grants and profiles: stored, read, taken away, and told of.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    AddGrant, ChangeType, Combine, Command, CompanyProfile, CompanyState, CreditScope, EntityType, FeatureEdit,
    FeatureValue, Granted, Reach, Text, Timestamp, Uuid, apply, resolve,
};

use super::world::{
    activate, addon, catalog, change_catalog, company, execute, feature, line, module, package, remap, seed,
    seed_features, settled_feed, state_of, switch_module,
};
use crate::{CompanyReading, FeedPosition, HistorySource, Store};

/// A command that gives something, from now on and for ever.
fn give(granted: Granted) -> AddGrant {
    let (starts_at, ends_at, source) = (None, None, None);
    AddGrant { id: Uuid::new_v4(), granted, starts_at, ends_at, reason: line("a promotion"), source }
}

fn of_module(key: &str) -> AddGrant {
    give(Granted::Module(module(key)))
}

fn of_feature(key: &str, value: FeatureValue) -> AddGrant {
    give(Granted::Feature(feature(key), value))
}

/// Given grants of modules and of every value, with and without windows, they come back whole and in order, to `read` their terms.
pub async fn grants_come_back_as_they_went_in(store: Arc<dyn Store>) {
    seed(&*store).await;
    seed_features(&*store).await;
    let long = Text::line(&"界".repeat(Text::REFERENCE_CHARS), Text::REFERENCE_CHARS).expect("is a line");
    let windowed = AddGrant {
        starts_at: Some(Timestamp::MIN),
        ends_at: Some(Timestamp::MAX),
        reason: long,
        source: Some(line("crm \"1\"")),
        ..of_module("venue")
    };
    let grants = [
        of_module("finance"),
        windowed,
        of_feature("seats", FeatureValue::Amount(domain::MAX_AMOUNT)),
        of_feature("seats", FeatureValue::Amount(0)),
        of_feature("seats", FeatureValue::Unlimited),
        of_feature("beta", FeatureValue::On),
        of_feature("beta", FeatureValue::Off),
    ];
    let mut expected = CompanyState::unknown(company(1));

    for grant in grants {
        let changes = execute(&*store, company(1), &Command::AddGrant(grant), "request").await;
        expected = apply(expected, &changes);
        assert_eq!(state_of(&*store, company(1)).await, expected);
        let reading = store.read(company(1), None).await.expect("the store answers");
        assert_eq!(reading.company, CompanyReading::Standing(expected.standing()));
    }

    assert_eq!(expected.grants.len(), 7);
    assert!(!state_of(&*store, company(2)).await.is_known());
}

/// Given a grant that was taken away, it is gone from the state, the answer and the version moves on; the others stay.
pub async fn a_grant_that_is_taken_away_is_gone(store: Arc<dyn Store>) {
    seed(&*store).await;
    let (kept, taken) = (of_module("finance"), of_module("venue"));
    execute(&*store, company(1), &Command::AddGrant(kept.clone()), "one").await;
    execute(&*store, company(1), &Command::AddGrant(taken.clone()), "two").await;

    let changes = execute(&*store, company(1), &Command::RemoveGrant(taken.id), "three").await;

    assert_eq!(changes.version, 3);
    let state = state_of(&*store, company(1)).await;
    assert_eq!(state.grants.iter().map(|grant| grant.terms.id).collect::<Vec<_>>(), [kept.id]);
    let (catalog, now) = store.catalog().await.expect("the store answers");
    let answer = resolve(&state.standing(), &catalog, now);
    assert_eq!(answer.enabled_modules.iter().map(ToString::to_string).collect::<Vec<_>>(), ["finance"]);
    let history = store.history(company(1), None, 10).await.expect("answers").expect("known");
    let told: Vec<_> = history.iter().map(|entry| (entry.change_type, entry.entity_key.as_deref())).collect();
    let (added, removed) = (ChangeType::GrantAdded, ChangeType::GrantRemoved);
    assert_eq!(told, [(removed, Some("venue")), (added, Some("venue")), (added, Some("finance"))]);
    assert!(history.iter().all(|entry| entry.entity_type == EntityType::Grant));
}

/// Given a profile, it comes back whole, moves no version but a first one, and stands in the history and the feed.
pub async fn a_profile_comes_back_as_it_went_in(store: Arc<dyn Store>) {
    seed(&*store).await;
    let references: BTreeMap<Text, Text> =
        [(line("stripe"), line("cus_1")), (line("ünï \"2\""), line("{'x': 1}"))].into();
    let profiles = [
        CompanyProfile { name: Some(line("ACME 東京")), external_references: references },
        CompanyProfile { name: None, external_references: BTreeMap::new() },
        CompanyProfile { name: Some(line("Renamed")), external_references: BTreeMap::new() },
    ];
    let mut expected = CompanyState::unknown(company(1));

    for profile in &profiles {
        let changes = execute(&*store, company(1), &Command::SetProfile(profile.clone()), "request").await;
        expected = apply(expected, &changes);
        assert_eq!((state_of(&*store, company(1)).await, changes.version), (expected.clone(), 1));
    }

    let scoped = store.load(company(1), CreditScope::None).await.expect("the store answers").state;
    assert_eq!(scoped.profile, profiles[2]);
    assert_eq!(scoped.last_write_at, expected.last_write_at, "no answer was written");
    let feed = settled_feed(&*store, FeedPosition::default()).await;
    let own: Vec<_> = feed.iter().filter(|entry| entry.company_id.is_some()).map(|entry| entry.change_type).collect();
    assert_eq!(own, [ChangeType::ProfileUpdated; 3]);
}

/// Given catalog changes of a module and a feature, they stand in the history of those who then had a grant of it: not of those who had
/// it before or later, have a feature of the same key, or only a row of the add-on.
pub async fn a_catalog_change_stands_in_the_history_of_those_who_then_had_a_grant(store: Arc<dyn Store>) {
    seed(&*store).await;
    let mut catalog_now = seed_features(&*store).await;
    // A feature of the key of a module: a grant of it is another thing.
    change_catalog(&*store, &super::world::create_feature("venue", domain::FeatureKind::Toggle)).await;
    let early = of_module("venue");
    execute(&*store, company(1), &Command::AddGrant(of_module("venue")), "has").await;
    execute(&*store, company(2), &Command::AddGrant(early.clone()), "had").await;
    execute(&*store, company(2), &Command::RemoveGrant(early.id), "had").await;
    execute(&*store, company(3), &Command::AddGrant(of_feature("venue", FeatureValue::On)), "another").await;
    execute(&*store, company(4), &Command::AddGrant(of_feature("seats", FeatureValue::Amount(3))), "seats").await;
    execute(&*store, company(5), &activate(&package("basic")), "nothing").await;
    let later = AddGrant { starts_at: Some(Timestamp::MAX), ..of_module("venue") };
    execute(&*store, company(6), &Command::AddGrant(later), "has, from a later time on").await;

    let switched = change_catalog(&*store, &switch_module(&catalog_now, "venue", false)).await.generation;
    let seats = catalog_now.feature(&feature("seats")).expect("is there").id;
    let edit = FeatureEdit { combine: Some(Combine::Max), ..FeatureEdit::default() };
    let combined = change_catalog(&*store, &domain::CatalogCommand::UpdateFeature { id: seats, edit }).await.generation;
    catalog_now = catalog(&*store).await;
    change_catalog(&*store, &remap(&catalog_now, &addon("venue"), &["venue", "market"], Reach::Existing)).await;
    execute(&*store, company(5), &Command::AddGrant(of_module("venue")), "too late").await;

    let expected: [(u128, &[u64]); 6] =
        [(1, &[switched]), (2, &[]), (3, &[]), (4, &[combined]), (5, &[]), (6, &[switched])];
    for (number, generations) in expected {
        let history = store.history(company(number), None, 50).await.expect("answers").expect("known");
        let of_catalog = history.iter().filter(|entry| entry.position.source == HistorySource::Catalog);
        let numbers: Vec<u64> = of_catalog.map(|entry| entry.position.number).collect();
        assert_eq!(numbers, generations, "company {number}");
    }
    let (after, now) = store.catalog().await.expect("the store answers");
    let version = resolve(&state_of(&*store, company(1)).await.standing(), &after, now).version;
    assert_eq!(version, 2, "the grant means something else now");
}
