//! Bringing a database to this build's schema.

use store::{SCHEMA_VERSION, Store, StoreError};
use store_postgres::{PostgresStore, migrate, schema_version};

use crate::support::cluster;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_that_migrate_at_once_migrate_once_and_again_changes_nothing() {
    let cluster = cluster();
    let url = cluster.create_database("many").unwrap();
    assert_eq!(schema_version(&url).await, Ok(0));

    let outcomes = futures_util::future::join_all((0..8).map(|_| migrate(&url))).await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let moved = outcomes.iter().filter(|found| **found == Ok(0)).count();
    assert_eq!(moved, 1, "one found nothing, the others what it had made: {outcomes:?}");
    assert_eq!(migrate(&url).await, Ok(SCHEMA_VERSION));
    assert_eq!(schema_version(&url).await, Ok(SCHEMA_VERSION));
    assert_eq!(cluster.sql("many", "SELECT count(*) FROM schema_version").unwrap(), SCHEMA_VERSION.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_another_schema_is_refused_with_what_to_do() {
    let cluster = cluster();
    let url = cluster.create_database("other").unwrap();

    let never = PostgresStore::connect(&url).await.map(|_| ()).unwrap_err();
    assert!(matches!(never, StoreError::Schema { found: 0, .. }), "{never}");

    migrate(&url).await.unwrap();
    let store = PostgresStore::connect(&url).await.unwrap();
    cluster.sql("other", "INSERT INTO schema_version (version) VALUES (1000)").unwrap();
    for error in [
        PostgresStore::connect(&url).await.map(|_| ()).unwrap_err(),
        store.ready().await.map(|_| ()).unwrap_err(),
        migrate(&url).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Schema { found: 1000, .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_column_and_index_of_the_requirements_is_there() {
    let cluster = cluster();
    let url = cluster.create_database("tables").unwrap();
    migrate(&url).await.unwrap();
    let wanted = [
        ("modules", "id key name type description is_active created_at updated_at"),
        ("packages", "id key name description is_active created_at updated_at"),
        ("addons", "id key name description is_active created_at updated_at"),
        ("package_modules", "package_id module_id created_at"),
        ("addon_modules", "addon_id module_id created_at"),
        (
            "company_subscriptions",
            "id company_id package_id status starts_at ends_at source external_reference entitlement_version created_by \
             updated_by created_at updated_at",
        ),
        (
            "company_addons",
            "id company_id addon_id status starts_at ends_at source external_reference created_by updated_by created_at \
             updated_at",
        ),
        ("company_entitlement_versions", "company_id entitlement_version updated_at updated_by"),
        (
            "entitlement_history",
            "id company_id change_type entity_type entity_key previous_status new_status payload_json source changed_by \
             created_at",
        ),
        (
            "billing_products",
            "id entity_type entity_id provider provider_product_id provider_price_id created_at updated_at",
        ),
    ];
    for (table, columns) in wanted {
        let query = format!("SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'");
        let found = cluster.sql("tables", &query).unwrap();
        for column in columns.split(' ') {
            assert!(found.lines().any(|name| name == column), "{table}.{column}");
        }
    }
    let indexes = cluster.sql("tables", "SELECT indexname FROM pg_indexes").unwrap();
    for index in [
        "modules_key",
        "packages_key",
        "addons_key",
        "package_modules_package_id",
        "package_modules_module_id",
        "addon_modules_addon_id",
        "addon_modules_module_id",
        "company_subscriptions_company_id",
        "company_subscriptions_status",
        "company_addons_company_id",
        "company_addons_status",
        "entitlement_history_company_id",
        "entitlement_history_created_at",
    ] {
        assert!(indexes.lines().any(|name| name == format!("idx_{index}")), "idx_{index}");
    }
}
