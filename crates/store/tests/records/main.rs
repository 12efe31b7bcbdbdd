//! What was stored is read again as what it was: every stored form, there and back, and the forms of version 1.

mod any;
mod first_version;

use any::{catalog_entry, definition, feature_values, history_record, item_profile, requirement};
use domain::{ChangeType, CompanyEvent, EntityType, Entry, Replaced};
use proptest::prelude::*;
use store::record::{
    CompanyPayload, DefinitionRecord, EntryRecord, ProfileRecord, ReplacedRecord, RequirementRecord, feature_value,
    to_feature_value,
};

proptest! {
    #[test]
    fn a_definition_comes_back_as_it_was(definition in definition()) {
        let json = DefinitionRecord::of(&definition).to_json();

        prop_assert_eq!(DefinitionRecord::from_json(&json).unwrap().to_definition(), Ok(definition), "{}", json);
    }

    #[test]
    fn a_requirement_comes_back_as_it_was(requirement in requirement()) {
        let json = serde_json::to_string(&RequirementRecord::of(&requirement)).unwrap();

        let read: RequirementRecord = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read.to_requirement(), Ok(requirement), "{}", json);
    }

    #[test]
    fn a_profile_comes_back_as_it_was(profile in item_profile()) {
        let json = ProfileRecord::of(&profile).to_json();

        prop_assert_eq!(ProfileRecord::from_json(&json).unwrap().to_profile(), Ok(profile), "{}", json);
    }

    #[test]
    fn a_feature_value_comes_back_as_it_was(value in feature_values()) {
        let json = feature_value(value).to_string();

        prop_assert_eq!(to_feature_value(&serde_json::from_str(&json).unwrap()), Ok(value), "{}", json);
    }

    #[test]
    fn a_catalog_entry_comes_back_as_it_was(entry in catalog_entry()) {
        let json = serde_json::to_string(&EntryRecord::of(&entry)).unwrap();

        let read: EntryRecord = serde_json::from_str(&json).unwrap();
        let revisions = match (&entry, &read) {
            (Entry::Item(_), EntryRecord::Item(item)) => item.newest().map(|one| one.to_revision().unwrap()),
            _ => None,
        };
        prop_assert_eq!(read.to_entry(revisions.into_iter().collect()), Ok(entry), "{}", json);
    }

    #[test]
    fn a_history_payload_comes_back_as_it_was(before in any::maybe(history_record()), after in any::maybe(history_record())) {
        let event = CompanyEvent {
            change_type: ChangeType::PackageUpdated,
            entity_type: EntityType::Package,
            entity_key: None,
            before,
            after,
            by_time: false,
        };
        let json = CompanyPayload::of(&event).to_json();

        let read = CompanyPayload::from_json(&json).unwrap().to_records();
        prop_assert_eq!(read, Ok((event.before, event.after)), "{}", json);
    }

    #[test]
    fn what_a_package_replaces_comes_back_as_it_was(replaced in any::replaced()) {
        let json = ReplacedRecord::of(&replaced).to_json();

        let read: Replaced = ReplacedRecord::from_json(&json).unwrap();
        prop_assert_eq!(read, replaced, "{}", json);
    }
}
