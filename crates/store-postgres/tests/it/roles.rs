//! What the role of the service may do.

use store::{
    Store,
    conformance::world::{activate, addon, company, execute, seed, set},
    verify,
};

use crate::support::{cluster, connect, database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_of_the_service_cannot_change_history() {
    let cluster = cluster();
    let url = database(&cluster, "roles").await;
    cluster
        .sql(
            "roles",
            "CREATE ROLE core_service LOGIN; CREATE ROLE core_owner LOGIN SUPERUSER;
        CREATE ROLE core_member LOGIN IN ROLE postgres",
        )
        .unwrap();

    store_postgres::grant_service_role(&url, "core_service").await.unwrap();
    store_postgres::grant_service_role(&url, "core_service").await.unwrap();

    let owner = store_postgres::grant_service_role(&url, "core_owner").await.unwrap_err();
    assert!(owner.to_string().contains("all the same, as a superuser"), "{owner}");
    let postgres = store_postgres::grant_service_role(&url, "postgres").await.unwrap_err();
    assert!(postgres.to_string().contains("an owner may do everything"), "{postgres}");
    let member = store_postgres::grant_service_role(&url, "core_member").await.unwrap_err();
    assert!(member.to_string().contains("all the same"), "{member}");
    let nobody = store_postgres::grant_service_role(&url, "nobody_at_all").await.unwrap_err();
    assert!(nobody.to_string().contains("nobody_at_all"), "{nobody}");

    // The service does all that it does as that role.
    let store = connect(&as_role(&url, "core_service")).await;
    seed(&*store).await;
    execute(&*store, company(1), &activate(&addon("finance")), "request").await;
    let paused = domain::Command::SetHolding(set(&addon("finance"), domain::Status::Paused));
    execute(&*store, company(1), &paused, "request").await;
    store.prune().await.unwrap();
    assert_eq!(verify(&*store).await.unwrap().breaches, []);

    for history in ["entitlement_history", "catalog_history", "catalog_reach"] {
        for change in [
            format!("UPDATE {history} SET created_at = now()"),
            format!("DELETE FROM {history}"),
            format!("TRUNCATE {history}"),
        ] {
            let as_service = cluster.sql("roles", &format!("SET ROLE core_service; {change}")).unwrap_err();
            assert!(as_service.to_string().contains("permission denied"), "{change}: {as_service}");
            let as_owner = cluster.sql("roles", &change).unwrap_err();
            assert!(as_owner.to_string().contains("history is only added to"), "{change}: {as_owner}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_in_the_tables_is_found() {
    let cluster = cluster();
    let url = database(&cluster, "tampered").await;
    let store = connect(&url).await;
    seed(&*store).await;
    for status in [domain::Status::Active, domain::Status::Paused, domain::Status::Active] {
        let command = domain::Command::SetHolding(set(&addon("finance"), status));
        execute(&*store, company(1), &command, "request").await;
    }
    assert_eq!(verify(&*store).await.unwrap().breaches, []);

    let edit = "ALTER TABLE entitlement_history DISABLE TRIGGER only_added_to;
        UPDATE entitlement_history SET payload_json = jsonb_set(payload_json, '{after,quantity}', '9') WHERE write_seq = 2";
    cluster.sql("tampered", edit).unwrap();

    let found = verify(&*store).await.unwrap().breaches;
    assert!(found.iter().any(|breach| breach.what.contains("write 2, part 0: its link does not fit")), "{found:#?}");
}

fn as_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    format!("{scheme}://{role}@{rest}")
}
