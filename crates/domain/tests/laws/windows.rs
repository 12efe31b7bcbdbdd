//! Windows are half open.

use domain::{
    Catalog, CatalogCommand, CatalogFacts, Command, CompanyId, CompanyState, CreateItem, ItemEdit, ItemKey, ItemKind,
    ItemRef, Patch, SetHolding, Status, Timestamp, Uuid, apply, apply_catalog, decide, decide_catalog, resolve,
};
use proptest::{option, prelude::*};

use crate::world::{at, text};

fn catalog() -> (Catalog, ItemRef) {
    let item = ItemRef { kind: ItemKind::Addon, key: ItemKey::parse("finance").unwrap() };
    let edit = ItemEdit { name: Some(text("Finance")), ..ItemEdit::default() };
    let create = CreateItem { id: Uuid::from_u128(1), kind: item.kind, key: item.key.clone(), edit };
    let commands = [CatalogCommand::CreateItem(Box::new(create))];
    let change = decide_catalog(&commands, &Catalog::empty(), &CatalogFacts::default(), at(0), &text("law"));
    let change = change.unwrap().unwrap();
    (apply_catalog(&Catalog::empty(), &change), item)
}

fn edge() -> impl Strategy<Value = Option<i64>> {
    option::of(prop_oneof![0..20_i64, Just(Timestamp::MAX.micros()), Just(Timestamp::MAX.micros() - 1)])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_row_is_in_force_from_its_start_until_right_before_its_close(start in edge(), end in edge(), grace in edge()) {
        let (catalog, item) = catalog();
        let patch = |edge: Option<i64>| edge.map_or(Patch::Clear, |edge| Patch::Set(at(edge)));
        let set = SetHolding {
            fresh: Uuid::nil(),
            item,
            status: Status::Trial,
            starts_at: patch(start),
            ends_at: patch(end),
            grace_ends_at: patch(grace),
            quantity: None,
            source: Patch::Keep,
            external_reference: Patch::Keep,
        };
        let unknown = CompanyState::unknown(CompanyId::new(Uuid::from_u128(1)).unwrap());
        let decided = decide(&Command::SetHolding(set), &unknown, &catalog, at(0), &text("law"));

        let may_be = start.zip(end).is_none_or(|(start, end)| start <= end)
            && grace.is_none_or(|grace| end.is_some_and(|end| end <= grace));
        prop_assert_eq!(decided.is_ok(), may_be);
        let Ok(Some(changes)) = decided else { return Ok(()) };
        let standing = apply(unknown, &changes).standing();
        let (opens, closes) = (start.unwrap_or(i64::MIN), grace.or(end).unwrap_or(i64::MAX));
        let last = Timestamp::MAX.micros();
        for instant in (0..25).chain([last - 2, last - 1, last]) {
            let owned = resolve(&standing, &catalog, at(instant)).addons.len();
            prop_assert_eq!(owned == 1, opens <= instant && instant < closes, "at {}", instant);
        }
    }
}
