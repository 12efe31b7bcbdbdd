//! Whoever changes what is stored behind the program's back is found out.

use domain::{Command, ConsumeCredits, GrantCredits, Patch, SetHolding, Status, Timestamp, Uuid};
use store::{
    Store as _, StoreError,
    conformance::world::{
        activate_many, addon, company, execute, feature, now, seed, seed_features, set, switch_module,
    },
    verify,
};

use crate::support::Place;

const UNLOCKED: &str = "
    PRAGMA foreign_keys = 0;
    DROP TRIGGER entitlement_history_is_not_changed;
    DROP TRIGGER entitlement_history_is_not_deleted;
    DROP TRIGGER catalog_history_is_not_changed;
    DROP TRIGGER catalog_history_is_not_deleted;";

/// Two companies with five writes each, and a catalog that was changed meanwhile.
async fn written() -> Place {
    let place = Place::migrated();
    let store = place.open();
    let catalog = seed(&store).await;
    for quantity in 1..=5 {
        for number in 1..=2 {
            execute(&store, company(number), &activate_many(&addon("finance"), quantity), "request").await;
        }
    }
    store::conformance::world::change_catalog(&store, &switch_module(&catalog, "venue", false)).await;
    place
}

async fn found(place: &Place) -> Vec<String> {
    let store = place.open();
    let found = verify(&store).await.unwrap();
    found.breaches.into_iter().map(|breach| format!("{}: {}", breach.place, breach.what)).collect()
}

#[tokio::test]
async fn what_was_written_is_found_to_be_as_it_was_written() {
    let place = written().await;

    assert_eq!(found(&place).await, Vec::<String>::new());
}

#[tokio::test]
async fn history_is_only_added_to() {
    let place = written().await;
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    for history in ["entitlement_history", "catalog_history"] {
        for sql in [format!("UPDATE {history} SET changed_by = 'somebody else'"), format!("DELETE FROM {history}")] {
            let refused = connection.execute_batch(&sql).unwrap_err();

            assert!(refused.to_string().contains("history is only added to"), "{sql}: {refused}");
        }
    }
}

/// What somebody did, and what is said of it. `{one}` and `{two}` are the companies.
const DAMAGES: [(&str, &str); 32] = [
    // Edited: who did it, what it was, and when.
    (
        "UPDATE entitlement_history SET changed_by = 'nobody' WHERE company_id = {one} AND write_seq = 2",
        "write 2, part 0: its link does not fit",
    ),
    (
        "UPDATE entitlement_history SET payload_json = replace(payload_json, '\"quantity\":3', '\"quantity\":9') WHERE company_id = {one} AND write_seq = 3",
        "write 3, part 0: its link does not fit",
    ),
    (
        "UPDATE entitlement_history SET created_at = created_at + 1 WHERE company_id = {one} AND write_seq = 4",
        "write 4, part 0: its link does not fit",
    ),
    // Edited, with a link that fits itself: the next one does not follow.
    (
        "UPDATE entitlement_history SET hash = zeroblob(32) WHERE company_id = {one} AND write_seq = 2",
        "write 3, part 0: its link does not fit",
    ),
    (
        "UPDATE entitlement_history SET hash = NULL WHERE company_id = {one} AND write_seq = 2",
        "write 2, part 0: its link is gone",
    ),
    // Deleted: in the middle, the beginning, the end, all of it.
    (
        "DELETE FROM entitlement_history WHERE company_id = {one} AND write_seq = 3",
        "write 4, part 0: follows on write 2, part 0",
    ),
    (
        "DELETE FROM entitlement_history WHERE company_id = {one} AND write_seq = 1",
        "write 2, part 0: follows on nothing",
    ),
    (
        "DELETE FROM entitlement_history WHERE company_id = {one} AND write_seq = 5",
        "its history ends at write 4, and it was written 5 times",
    ),
    (
        "DELETE FROM entitlement_history WHERE company_id = {one} AND write_seq > 3",
        "its history ends at write 3, and it was written 5 times",
    ),
    (
        "DELETE FROM entitlement_history WHERE company_id = {one}",
        "its history ends at write 0, and it was written 5 times",
    ),
    // Swapped: two writes of one company, two companies.
    (
        "UPDATE entitlement_history SET write_seq = CASE write_seq WHEN 2 THEN 3 ELSE 2 END WHERE company_id = {one} AND write_seq IN (2, 3)",
        "write 2, part 0: its link does not fit",
    ),
    (
        "UPDATE entitlement_history SET company_id = CASE company_id WHEN {one} THEN {two} ELSE {one} END",
        "write 1, part 0: its link does not fit",
    ),
    // The tail is cut off, and the company set back with it.
    (
        "DELETE FROM entitlement_history WHERE company_id = {one} AND write_seq = 5; UPDATE company_entitlement_versions SET write_seq = 4, entitlement_version = 4, version_base = version_base - 1 WHERE company_id = {one}",
        "its newest row of history is not the one that it was left with",
    ),
    // The state says something else than its history.
    (
        "UPDATE company_addons SET quantity = 50 WHERE company_id = {one}",
        "its row for addon `finance` is not what its history says",
    ),
    ("DELETE FROM company_addons WHERE company_id = {one}", "its row for addon `finance` is gone"),
    (
        "UPDATE company_entitlement_versions SET version_base = version_base + 7 WHERE company_id = {one}",
        "its version does not stand on what its history says",
    ),
    (
        "UPDATE company_entitlement_versions SET entitlement_version = 77 WHERE company_id = {one}",
        "its last write made version 5, and version 77 is stored",
    ),
    (
        "INSERT INTO company_grants (company_id, id, granted, key, value, reason, created_by, created_at) VALUES ({one}, x'00000000000000000000000000000001', 'module', 'venue', 'true', 'a gift', 'nobody', 5000)",
        "its grants are not what its history says",
    ),
    // The feed says something else than the history.
    (
        "DELETE FROM change_feed WHERE company_id = {one} AND version = 3",
        "the feed tells of 4 changes, the history of 5",
    ),
    (
        "UPDATE change_feed SET request_id = 'another' WHERE company_id = {one} AND version = 3",
        "the feed tells other changes than the history",
    ),
    (
        "DELETE FROM entitlement_history WHERE company_id = {one}; DELETE FROM company_addons WHERE company_id = {one}; DELETE FROM company_entitlement_versions WHERE company_id = {one}",
        "the feed tells of it, and it is not stored",
    ),
    // Both are gone, and the history is left alone.
    (
        "DELETE FROM change_feed WHERE company_id = {one}; DELETE FROM company_addons WHERE company_id = {one}; DELETE FROM company_entitlement_versions WHERE company_id = {one}",
        "its history ends at write 5, and it was written 0 times",
    ),
    // The catalog.
    ("DELETE FROM change_feed WHERE company_id IS NULL AND version = 3", "catalog: the feed tells of "),
    (
        "UPDATE change_feed SET entity_key = 'another' WHERE company_id IS NULL AND version = 3",
        "catalog: the feed tells other changes than the history",
    ),
    (
        "UPDATE catalog_history SET changed_by = 'nobody' WHERE generation = 3",
        "generation 3, part 0: its link does not fit",
    ),
    ("DELETE FROM catalog_history WHERE generation = 10", "its history ends at generation 9, and it is at 10"),
    ("DELETE FROM catalog_history WHERE generation = 4", "generation 5, part 0: follows on generation 3"),
    ("UPDATE addons SET name = 'Free' WHERE key = 'finance'", "addon `finance` is not what its history says"),
    // What is kept beside, for whoever reads or counts the tables.
    ("DELETE FROM addon_modules", "catalog: addon_modules lacks `finance` with `finance`, unlike its newest revision"),
    (
        "INSERT INTO package_modules SELECT package.id, module.id, 0 FROM packages AS package JOIN modules AS module ON module.key = 'market' WHERE package.key = 'basic'",
        "catalog: package_modules has `basic` with `market`, unlike its newest revision",
    ),
    (
        "UPDATE company_entitlement_versions SET shape = 'a:finance@1*9' WHERE company_id = {one}",
        "is counted by a shape that its rows do not have",
    ),
    (
        "UPDATE company_entitlement_versions SET shape_until = 9000000000000000 WHERE company_id = {one}",
        "is counted by a shape that its rows do not have",
    ),
];

#[tokio::test]
async fn every_hand_in_the_tables_is_found_and_named() {
    let one = "x'c0de0000000040008000000000000002'";
    let two = "x'c0de0000000040008000000000000003'";
    for (damage, named) in DAMAGES {
        let damage = damage.replace("{one}", one).replace("{two}", two);
        let place = written().await;
        place.tamper(&format!("{UNLOCKED} {damage}"));

        let breaches = found(&place).await;

        assert!(
            breaches.iter().any(|breach| breach.contains(named)),
            "{damage}\nwanted: {named}\nfound: {breaches:#?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_with_its_company_and_hides_no_others() {
    let damages = [
        (
            "UPDATE company_addons SET created_by = char(10) WHERE company_id = {one}",
            "c0de0000-0000-4000-8000-000000000002: cannot be read: ",
        ),
        ("UPDATE modules SET type = 'none' WHERE key = 'venue'", "catalog: cannot be read: "),
    ];
    for (damage, named) in damages {
        let place = written().await;
        let other = "UPDATE entitlement_history SET changed_by = 'nobody' WHERE company_id = {two} AND write_seq = 2";
        let damage = format!("PRAGMA ignore_check_constraints = 1; {UNLOCKED} {damage}; {other}");
        let damage = damage.replace("{one}", "x'c0de0000000040008000000000000002'");
        place.tamper(&damage.replace("{two}", "x'c0de0000000040008000000000000003'"));

        let breaches = found(&place).await;

        for wanted in [named, "c0de0000-0000-4000-8000-000000000003: history of write 2, part 0: its link does not fit"]
        {
            assert!(breaches.iter().any(|breach| breach.starts_with(wanted)), "{damage}: {wanted}: {breaches:#?}");
        }
    }
}

#[tokio::test]
async fn a_company_that_goes_on_being_written_is_no_breach() {
    let place = written().await;
    let store = place.open();
    let (seen, ended) = tokio::join!(verify(&store), async {
        for quantity in 6..=30 {
            execute(&store, company(1), &activate_many(&addon("finance"), quantity), "request").await;
        }
        let end = SetHolding { ends_at: Patch::Clear, ..set(&addon("finance"), Status::Cancelled) };
        execute(&store, company(1), &Command::SetHolding(end), "request").await
    });

    assert_eq!(seen.map(|seen| seen.breaches), Ok::<_, StoreError>(Vec::new()));
    assert_eq!(ended.version, 31);
    assert!(store.ready().await.is_ok());
}

#[tokio::test]
async fn credits_that_were_not_granted_and_boundaries_that_nobody_looks_for_are_found() {
    let one = "x'c0de0000000040008000000000000002'";
    let damages = [
        (
            "UPDATE credit_lots SET granted = 9000, remaining = 9000",
            "9000 credits of `sms` are left, and its ledger says",
        ),
        (
            "UPDATE credit_ledger SET amount = 70 WHERE kind = 'grant'",
            "3 credits of `sms` are left, and its ledger says 66",
        ),
        ("DELETE FROM credit_ledger WHERE kind = 'consume'", "3 credits of `sms` are left, and its ledger says 7"),
        (
            "UPDATE company_entitlement_versions SET next_boundary = NULL WHERE company_id = {one}",
            "its next boundary would pass without a word in its history",
        ),
        (
            "UPDATE company_entitlement_versions SET next_boundary = next_boundary + 1 WHERE company_id = {one}",
            "its next boundary would pass without a word in its history",
        ),
    ];
    for (damage, named) in damages {
        let place = Place::migrated();
        let store = place.open();
        seed(&store).await;
        seed_features(&store).await;
        let end = Timestamp::clamped(now(&store).await.micros() + 86_400_000_000);
        let ending = SetHolding { ends_at: Patch::Set(end), ..set(&addon("finance"), Status::Active) };
        let granted = GrantCredits {
            lot: Uuid::from_u128(7),
            entry: Uuid::from_u128(8),
            feature: feature("sms"),
            amount: 7,
            expires_at: None,
            reason: None,
            external_reference: None,
        };
        let used = ConsumeCredits {
            entry: Uuid::from_u128(9),
            feature: feature("sms"),
            amount: 4,
            reason: None,
            external_reference: None,
        };
        for command in [Command::SetHolding(ending), Command::GrantCredits(granted), Command::ConsumeCredits(used)] {
            execute(&store, company(1), &command, "request").await;
        }
        drop(store);
        assert_eq!(found(&place).await, Vec::<String>::new());
        place.tamper(&format!("{UNLOCKED} {}", damage.replace("{one}", one)));

        let breaches = found(&place).await;

        assert!(
            breaches.iter().any(|breach| breach.contains(named)),
            "{damage}\nwanted: {named}\nfound: {breaches:#?}"
        );
    }
}
