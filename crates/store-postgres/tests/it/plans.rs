//! How the hot statements are carried out, with as many rows as matter.

use throwaway::Cluster;

use crate::support::{cluster, database};

/// A hundred thousand companies with a package and three add-ons each, and their history.
const ROWS: &str = "
    INSERT INTO packages (key, name) VALUES ('basic', 'Basic');
    INSERT INTO addons (key, name) VALUES ('finance', 'Finance'), ('market', 'Market'), ('venue', 'Venue');
    CREATE TEMPORARY TABLE company AS
        SELECT md5('company ' || number)::uuid AS id FROM generate_series(1, 100000) AS number;
    INSERT INTO company_entitlement_versions (company_id, entitlement_version, write_seq, version_base, next_boundary)
        SELECT id, 4, 4, 0, now() + interval '1 day' FROM company;
    INSERT INTO company_subscriptions (company_id, package_id, status, created_by, updated_by)
        SELECT company.id, packages.id, 'active', 'x', 'x' FROM company, packages;
    INSERT INTO company_addons (company_id, addon_id, status, created_by, updated_by)
        SELECT company.id, addons.id, 'active', 'x', 'x' FROM company, addons;
    INSERT INTO entitlement_history (company_id, change_type, entity_type, entity_key, new_status, write_seq, part,
            entitlement_version, assigned_revision)
        SELECT id, 'addon_activated', 'addon', 'finance', 'active', number, 0, number, 1
        FROM company, generate_series(1, 2) AS number;
    INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type)
        SELECT now(), id, 1, 'addon_activated', 'addon' FROM company;
    INSERT INTO idempotency_replies
        SELECT 'caller', id::text, sha256('x'), 200, '[]', 'x', now(), now() FROM company;
    INSERT INTO company_grants (company_id, id, granted, key, value, reason, created_by, created_at)
        SELECT id, id, 'module', 'finance', 'true', 'x', 'x', now() FROM company;
    INSERT INTO credit_lots (company_id, id, feature_key, granted, remaining, created_at)
        SELECT company.id, md5(company.id::text || number)::uuid, 'sms', 1, number % 2, now()
        FROM company, generate_series(1, 2) AS number;
    INSERT INTO company_profiles (company_id, updated_at, updated_by)
        SELECT id, now(), 'x' FROM company;
    INSERT INTO webhook_endpoints (id, step, url, events, secret, created_by, created_at, updated_at)
        SELECT id, 1, 'x', '{}', sha256('x'), 'x', now(), now() FROM company LIMIT 100;
    INSERT INTO webhook_deliveries (id, endpoint_id, event_type, event_at, version, status, attempts, tries, next_attempt_at, created_at)
        SELECT company.id, (SELECT min(id::text)::uuid FROM webhook_endpoints), 'x', now(), 1, 'pending', 0, 0, now(), now()
        FROM company";

fn plan(cluster: &Cluster, statement: &str, arguments: &str) -> String {
    let explain = format!(
        "SET plan_cache_mode = force_generic_plan; SET jit = off; PREPARE hot AS {statement}; EXPLAIN EXECUTE hot ({arguments})"
    );
    cluster.sql("plans", &explain).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hot_statement_walks_through_a_company_table() {
    let cluster = cluster();
    database(&cluster, "plans").await;
    // Until it has looked at what is new, the database guesses; so it is for the first minutes of a platform, or after a restore.
    cluster.sql("plans", ROWS).unwrap();
    check(&cluster, "before ANALYZE");
    cluster.sql("plans", "ANALYZE").unwrap();
    check(&cluster, "after ANALYZE");
}

fn check(cluster: &Cluster, when: &str) {
    let arrays = ", '{}'".repeat(54);
    let id = "'00000000-0000-4000-8000-000000000001'";

    let plans = [
        ("read", plan(cluster, include_str!("../../src/read.sql"), "'{}', '{}'")),
        ("load", plan(cluster, include_str!("../../src/load.sql"), "'{}', '{}'")),
        ("commit", plan(cluster, include_str!("../../src/commit_batch.sql"), &format!("1{arrays}"))),
        ("history", plan(cluster, include_str!("../../src/history.sql"), &format!("{id}, now(), 1, 1, 1, 50"))),
        ("watch", plan(cluster, include_str!("../../src/watch.sql"), "'1000:1000:', 50000")),
        (
            "claim",
            plan(
                cluster,
                include_str!("../../src/webhook_claim.sql"),
                &format!("'{{{id}}}', '{{4}}', 30", id = id.trim_matches('\'')),
            ),
        ),
        ("feed", plan(cluster, include_str!("../../src/feed.sql"), "'0', 0, 100")),
        ("due", plan(cluster, include_str!("../../src/due.sql"), "500")),
    ];

    for (name, plan) in plans {
        for table in [
            "company_entitlement_versions",
            "company_subscriptions",
            "company_addons",
            "entitlement_history",
            "change_feed",
            "company_grants",
            "credit_lots",
            "company_profiles",
            "webhook_deliveries",
        ] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{when}, {name} walks through {table}:\n{plan}");
        }
        assert!(plan.contains("Index"), "{when}, {name}:\n{plan}");
    }
}
