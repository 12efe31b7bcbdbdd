//! Every SQL statement of the store, prepared against the migrated schema, and the query plans of the hot ones.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{
    census, change_requests, commit, commit_catalog, commit_parts, companies, connection::Purpose, feed, history,
    holders, keys, ledger, load, load_catalog, log, put_entries, read, replies, roll_outs, schema, webhook_deliveries,
    webhook_endpoints, webhook_outcomes, writer,
};

/// Statements that every request runs, or that run over tables which grow with companies: none may scan.
const HOT: [&str; 75] = [
    commit_catalog::HEAD,
    commit_catalog::MOVE_HEAD,
    log::CATALOG_HEAD,
    log::COMPANY_HEADS,
    log::DUE,
    log::OF_CATALOG,
    log::OF_COMPANY,
    commit::FIRST_WRITE,
    commit::NEXT_WRITE,
    commit::PUT_SUBSCRIPTION,
    commit::PUT_ADDON,
    commit::RECORD,
    commit_parts::ADD_GRANT,
    commit_parts::REMOVE_GRANT,
    commit_parts::PUT_LOT,
    commit_parts::ADD_ENTRY,
    commit_parts::PUT_PROFILE,
    census::RESHAPE,
    ledger::PAGE,
    load::OPEN_LOTS,
    load::LOTS,
    load::PROFILE,
    read::GRANTS,
    roll_outs::MOVE_ON,
    roll_outs::NOTE_MOVE,
    roll_outs::MOVES,
    commit_catalog::MOVE_ON,
    put_entries::PUT_PACKAGE_REVISION,
    put_entries::PUT_ADDON_REVISION,
    commit_catalog::RECORD,
    commit_catalog::RECORD_REACH,
    feed::APPEND,
    feed::AFTER,
    feed::LAST,
    feed::STATE,
    feed::WRITTEN,
    feed::PRUNE,
    feed::NOTE_PRUNED,
    feed::NEW_EPOCH,
    history::PAGE,
    keys::IS_LIVE,
    keys::GENERATION,
    keys::NOTE_USE,
    keys::REVOKE,
    load::HOLDINGS,
    read::COMPANY,
    read::TERMS,
    replies::EXPIRY,
    replies::KEEP,
    replies::KEPT,
    replies::PRUNE,
    webhook_deliveries::CLAIM,
    webhook_deliveries::CURSOR,
    webhook_deliveries::DUE,
    webhook_deliveries::IS_ANY_DUE,
    webhook_deliveries::IS_ENABLED,
    webhook_deliveries::MAKE,
    webhook_deliveries::MOVE_CURSOR,
    webhook_deliveries::ONE,
    webhook_deliveries::PAGE,
    webhook_deliveries::ATTEMPTS,
    webhook_deliveries::REDELIVER,
    webhook_endpoints::IS_DISABLED,
    webhook_endpoints::PUT,
    webhook_endpoints::REMOVE,
    webhook_outcomes::SETTLE,
    webhook_outcomes::LOG,
    webhook_outcomes::HEALTH,
    webhook_outcomes::JUDGE,
    webhook_outcomes::SETTLED_BEFORE,
    webhook_outcomes::LEFT_OVER,
    webhook_outcomes::REMOVED_ENDPOINTS,
    webhook_outcomes::FORGET,
    webhook_outcomes::FORGET_ATTEMPTS,
    webhook_outcomes::DISABLE_CROWDED,
];

/// Statements over the catalog, the keys or one row: small tables, read whole. And questions about all companies, which go through all of
/// them by design.
const WHOLE: [&str; 46] = [
    log::MAPPED,
    put_entries::PUT_MODULE,
    put_entries::PUT_PERMISSION,
    put_entries::PUT_FEATURE,
    put_entries::SET_POLICY,
    census::SHAPES,
    census::STALE,
    census::COMPANIES_OF,
    change_requests::ADD,
    change_requests::ALL,
    companies::LIST,
    change_requests::PENDING,
    change_requests::DECIDE,
    feed::OLDEST,
    holders::OF_PACKAGES,
    holders::OF_ADDONS,
    holders::OF_PACKAGE,
    holders::OF_ADDON,
    load_catalog::PERMISSIONS,
    load_catalog::FEATURES,
    roll_outs::ADD,
    roll_outs::ALL,
    put_entries::PUT_PACKAGE,
    put_entries::PUT_ADDON,
    put_entries::UNMAP_PACKAGE,
    put_entries::UNMAP_ADDON,
    put_entries::MAP_PACKAGE,
    put_entries::MAP_ADDON,
    keys::ADD,
    keys::ALL,
    keys::GROW,
    load_catalog::STATE,
    load_catalog::MODULES,
    load_catalog::PACKAGES,
    load_catalog::ADDONS,
    load_catalog::PACKAGE_REVISIONS,
    load_catalog::ADDON_REVISIONS,
    crate::restore::FOREIGN_KEYS,
    schema::APPLIED,
    schema::HAS_TABLES,
    schema::LEDGER,
    schema::NOTE_APPLIED,
    writer::GENERATION,
    webhook_endpoints::ADD,
    webhook_endpoints::ALL,
    webhook_outcomes::WAITING,
];

fn migrated() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core.db");
    schema::migrate(&path).unwrap();
    let connection = Connection::open(path).unwrap();
    (folder, connection)
}

/// The steps of a plan that go through a whole table or index of the store.
fn scans(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let unbound = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(unbound), |row| row.get::<_, String>(3)).unwrap();
    // What the statement itself made (the items that a company holds, the page before it is sorted) is small.
    let of_its_own = [
        "SCAN held",
        "SCAN (subquery-",
        "SCAN own",
        "SCAN catalog",
        "SCAN reached",
        "SCAN written",
        "SCAN told",
        "SCAN stored",
        "SCAN named",
        "SCAN CONSTANT ROW",
    ];
    steps.map(Result::unwrap).filter(|step| step.starts_with("SCAN") && !of_its_own.contains(&step.as_str())).collect()
}

#[test]
fn every_statement_fits_the_schema() {
    let (_folder, connection) = migrated();

    for sql in HOT.iter().chain(&WHOLE) {
        connection.prepare(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}

#[test]
fn no_statement_is_left_out_of_these_checks() {
    let sources = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let statements = sources
        .map(|source| fs::read_to_string(source.unwrap().path()).unwrap())
        .map(|text| text.lines().filter(|line| line.contains("const ") && line.ends_with(": &str = \"")).count())
        .sum::<usize>();

    assert_eq!(statements, HOT.len() + WHOLE.len());
}

#[test]
fn no_hot_statement_scans_a_table() {
    let (_folder, connection) = migrated();

    for sql in HOT {
        assert_eq!(scans(&connection, sql), Vec::<String>::new(), "{sql}");
    }
}

#[test]
fn a_scan_would_be_noticed() {
    let (_folder, connection) = migrated();

    let scanning = "SELECT * FROM company_addons WHERE status = 'active'";

    assert_eq!(scans(&connection, scanning), ["SCAN company_addons"]);
    assert!(!scans(&connection, "SELECT * FROM change_feed WHERE company_id = ?1").is_empty());
}

#[test]
fn own_history_comes_off_the_index_in_order() {
    let (_folder, connection) = migrated();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", history::PAGE)).unwrap();
    let unbound = vec![rusqlite::types::Null; statement.parameter_count()];

    let plan: Vec<String> = statement
        .query_map(rusqlite::params_from_iter(unbound), |row| row.get(3))
        .unwrap()
        .map(Result::unwrap)
        .collect();

    let index = "SEARCH entitlement_history USING INDEX idx_entitlement_history_company_id";
    assert!(
        plan.iter().any(|step| step.starts_with(index) && step.contains("(created_at,write_seq,part)<")),
        "{plan:#?}"
    );
    // Which row decides is found in the index; what it counts as is read of that one row.
    let past = "SEARCH past USING INDEX idx_entitlement_history_company_id (company_id=? AND created_at<?)";
    assert!(plan.iter().any(|step| step == past), "{plan:#?}");
}

#[test]
fn every_commit_is_synced_and_foreign_keys_hold() {
    let (folder, _connection) = migrated();
    let writing = crate::connection::open(&folder.path().join("core.db"), Purpose::Writing).unwrap();
    let setting = |name| writing.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();

    // No kill of a process shows a missing sync: only a power cut would. 2 is FULL.
    assert_eq!(setting("synchronous"), 2);
    assert_eq!(setting("foreign_keys"), 1);
}

#[test]
fn no_statement_is_planned_anew_for_each_company() {
    let (folder, connection) = migrated();
    for id in 1_u128..200 {
        let company = (domain::Uuid::from_u128(id).into_bytes(), 1);
        let known =
            "INSERT INTO company_entitlement_versions (company_id, write_seq, version_base, updated_at, updated_by)
            VALUES (?1, ?2, 1, 1, 'test')";
        connection.execute(known, company).unwrap();
    }
    connection.execute_batch("ANALYZE").unwrap();
    let reading = crate::connection::open(&folder.path().join("core.db"), Purpose::Reading).unwrap();

    let mut statement = reading.prepare(read::COMPANY).unwrap();
    for id in 1_u128..20 {
        let found = statement.query_row([domain::Uuid::from_u128(id).into_bytes()], |row| row.get::<_, i64>(1));
        assert_eq!(found.unwrap(), 1);
    }

    assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
}
