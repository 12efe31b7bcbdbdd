//! The tables that other programs read with SQL say what the program itself goes by.

use domain::Reach;
use store::conformance::world::{
    activate, activate_many, addon, catalog, change_catalog, company, execute, package, remap,
};

use crate::support::Place;

fn rows(place: &Place, sql: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const MAPPED: &str = "
    SELECT package.key || ' ' || module.key
    FROM package_modules AS mapped
    JOIN packages AS package ON package.id = mapped.package_id
    JOIN modules AS module ON module.id = mapped.module_id
    ORDER BY 1";

#[tokio::test]
async fn mapping_tables_hold_the_newest_revision() {
    let place = Place::seeded().await;
    let store = place.open();
    assert_eq!(rows(&place, MAPPED), ["basic basic", "premium-market market"]);

    for (item, modules) in [("basic", vec!["basic", "finance"]), ("premium-market", vec![])] {
        let command = remap(&catalog(&store).await, &package(item), &modules, Reach::Future);
        change_catalog(&store, &command).await;
    }

    assert_eq!(rows(&place, MAPPED), ["basic basic", "basic finance"]);
    let addons = "
        SELECT addon.key || ' ' || module.key
        FROM addon_modules AS mapped
        JOIN addons AS addon ON addon.id = mapped.addon_id
        JOIN modules AS module ON module.id = mapped.module_id
        ORDER BY 1";
    assert_eq!(rows(&place, addons), ["finance finance", "market market", "venue venue"]);
}

#[tokio::test]
async fn each_row_carries_the_version_of_its_own_last_write() {
    let place = Place::seeded().await;
    let store = place.open();

    execute(&store, company(9), &activate(&package("basic")), "request").await;
    execute(&store, company(9), &activate(&addon("finance")), "request").await;
    execute(&store, company(9), &activate_many(&addon("finance"), 4), "request").await;

    let versions = "
        SELECT entitlement_version || ' ' || write_seq || ' ' || updated_by
        FROM company_entitlement_versions
        WHERE write_seq = 3";
    assert_eq!(rows(&place, versions), ["3 3 conformance"]);
    let held = "
        SELECT entitlement_version || ' ' || quantity
        FROM company_addons
        WHERE quantity > 1";
    assert_eq!(rows(&place, held), ["3 4"]);
    let subscribed = "
        SELECT max(entitlement_version) || ' ' || min(status)
        FROM company_subscriptions";
    assert_eq!(rows(&place, subscribed), ["1 active"]);
}
