//! Whoever changes what is stored behind the program's back is found out. The cases that both stores share stand with the embedded one; here is
//! what the statements of this store read for it.

use store::{
    conformance::world::{activate_many, addon, company, execute, seed},
    verify,
};

use crate::support::{cluster, connect, database};

const DAMAGES: [(&str, &str); 5] = [
    ("DELETE FROM addon_modules", "catalog: addon_modules lacks `finance` with `finance`, unlike its newest revision"),
    (
        "INSERT INTO package_modules (package_id, module_id) SELECT package.id, module.id FROM packages AS package, modules AS module WHERE package.key = 'basic' AND module.key = 'market'",
        "catalog: package_modules has `basic` with `market`, unlike its newest revision",
    ),
    (
        "UPDATE company_entitlement_versions SET shape = 'a:finance@1*9' WHERE company_id = '{one}'",
        "{one}: is counted by a shape that its rows do not have",
    ),
    (
        "UPDATE company_entitlement_versions SET shape_until = '2200-01-01T00:00:00Z' WHERE company_id = '{one}'",
        "{one}: is counted by a shape that its rows do not have",
    ),
    ("UPDATE company_addons SET created_by = E'\\n' WHERE company_id = '{one}'", "{one}: cannot be read: "),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_beside_the_history_is_held_against_it_and_what_cannot_be_read_hides_no_others() {
    let cluster = cluster();
    let (one, two) = (company(1).to_string(), company(2).to_string());
    for (number, (damage, named)) in DAMAGES.into_iter().enumerate() {
        let name = format!("core{number}");
        let url = database(&cluster, &name).await;
        let store = connect(&url).await;
        seed(&*store).await;
        for whose in 1..=2 {
            execute(&*store, company(whose), &activate_many(&addon("finance"), 1), "request").await;
        }
        assert_eq!(verify(&*store).await.unwrap().breaches, []);
        cluster.sql(&name, &damage.replace("{one}", &one)).unwrap();
        let other = "UPDATE company_entitlement_versions SET entitlement_version = 9 WHERE company_id = '{two}'";
        cluster.sql(&name, &other.replace("{two}", &two)).unwrap();

        let found = verify(&*store).await.unwrap().breaches;

        let found: Vec<String> = found.iter().map(|breach| format!("{}: {}", breach.place, breach.what)).collect();
        for wanted in [named.replace("{one}", &one), format!("{two}: its last write made version 1, and version 9")] {
            assert!(found.iter().any(|breach| breach.starts_with(&wanted)), "{damage}: {wanted}: {found:#?}");
        }
    }
}
