//! What cannot have been stored by this program is a defect that is told, never a panic and never a guess.

use domain::CreditScope;
use store::{FeedPosition, Store as _, StoreError, conformance::world::company};

use crate::support::Place;

fn is_defect<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Defect(_)))
}

#[tokio::test]
async fn a_catalog_that_makes_no_sense_is_a_defect() {
    let damages = [
        "UPDATE packages SET key = 'Not A Key' WHERE key = 'basic'",
        "UPDATE modules SET name = ''",
        "UPDATE modules SET id = zeroblob(3) WHERE key = 'venue'",
        "UPDATE addons SET created_at = -1",
        "UPDATE addon_revisions SET number = number + 1",
        "DELETE FROM addon_revisions",
        "UPDATE addon_revisions SET definition = '{\"v\":99,\"modules\":[]}'",
        "UPDATE addon_revisions SET definition = 'no json'",
        "UPDATE addon_revisions SET reach = 'everyone'",
        "UPDATE catalog_state SET generation = -1",
        "DELETE FROM catalog_state",
    ];
    for damage in damages {
        let place = Place::seeded().await;
        place.tamper(&format!("PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0; {damage}"));

        assert!(is_defect(&place.open().catalog().await), "{damage}");
    }
}

#[tokio::test]
async fn a_company_that_makes_no_sense_is_a_defect_to_its_readers_alone() {
    let damages = [
        "UPDATE company_addons SET status = 'asleep'",
        "UPDATE company_addons SET starts_at = 9223372036854775807",
        "UPDATE company_addons SET quantity = -1",
        "UPDATE company_addons SET assigned_revision = 4294967296",
        "UPDATE company_entitlement_versions SET write_seq = -1",
        "UPDATE company_entitlement_versions SET updated_at = -1",
    ];
    for damage in damages {
        let place = Place::seeded().await;
        place.tamper(&format!("PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0; {damage}"));
        let store = place.open();

        assert!(is_defect(&store.read(company(1), None).await), "{damage}");
        assert!(is_defect(&store.load(company(1), CreditScope::All).await), "{damage}");
        assert!(store.load(company(77), CreditScope::All).await.is_ok(), "{damage}");
        assert!(store.catalog().await.is_ok(), "{damage}");
    }
}

#[tokio::test]
async fn history_feed_and_keys_that_make_no_sense_are_defects() {
    let place = Place::seeded().await;
    place.tamper(
        "DROP TRIGGER entitlement_history_is_not_changed;
        UPDATE entitlement_history SET change_type = 'unheard_of';
        UPDATE change_feed SET entity_type = 'user';
        INSERT INTO api_keys (id, name, role, scopes, hash, created_at)
        VALUES (zeroblob(16), 'auth', 'auth', 'no list', zeroblob(32), 0)",
    );
    let store = place.open();

    assert!(is_defect(&store.history(company(1), None, 10).await));
    assert!(is_defect(&store.changes(FeedPosition::default(), 10).await));
    assert!(is_defect(&store.key_ring(None).await));
}
