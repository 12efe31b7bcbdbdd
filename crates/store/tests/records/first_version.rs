//! Forms that version 1 stored.

use domain::{Definition, ItemKind, ModuleKey, Record, Status};
use store::record::{CompanyPayload, DefinitionRecord, ProfileRecord};

#[test]
fn a_definition_of_version_1_has_modules_and_nothing_else() {
    let read = DefinitionRecord::from_json(r#"{"v":1,"modules":["basic","finance"]}"#).unwrap().to_definition();

    let modules = ["basic", "finance"].map(|key| ModuleKey::parse(key).unwrap()).into();
    assert_eq!(read, Ok(Definition { modules, ..Definition::default() }));
}

#[test]
fn a_history_payload_of_version_1_is_of_rows() {
    let row = r#"{"kind":"addon","key":"finance","status":"trial","startsAt":null,"endsAt":7,"graceEndsAt":null,"quantity":2,
        "assignedRevision":3,"source":null,"externalReference":"sub_1","createdBy":"a","updatedBy":"b","createdAt":5,
        "updatedAt":6}"#;

    let read = CompanyPayload::from_json(&format!(r#"{{"v":1,"before":null,"after":{row}}}"#)).unwrap();

    let Ok((None, Some(Record::Holding(holding)))) = read.to_records() else { panic!("{read:?}") };
    assert_eq!((holding.terms.item.kind, holding.terms.status), (ItemKind::Addon, Status::Trial));
    assert_eq!((holding.terms.quantity, holding.terms.assigned_revision), (2, 3));
    assert_eq!((holding.trialed_at, holding.paused_from, holding.replaces), (None, None, None));
}

#[test]
fn the_profile_that_migration_gives_says_nothing() {
    let read = ProfileRecord::from_json(r#"{"v":1}"#).unwrap().to_profile();

    assert_eq!(read, Ok(domain::Profile::default()));
}

#[test]
fn forms_of_unknown_versions_are_refused() {
    assert!(DefinitionRecord::from_json(r#"{"v":3,"modules":[]}"#).is_err());
    assert!(DefinitionRecord::from_json(r#"{"v":0,"modules":[]}"#).is_err());
    assert!(ProfileRecord::from_json(r#"{"v":2}"#).is_err());
    assert!(CompanyPayload::from_json(r#"{"v":4,"before":null,"after":null}"#).is_err());
    let unknown = DefinitionRecord::from_json(r#"{"v":2,"modules":["Not A Key"]}"#).unwrap();
    assert!(unknown.to_definition().is_err());
}
