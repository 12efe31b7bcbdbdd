//! The throwaway cluster itself.

use throwaway::{Cluster, Options};

#[test]
fn a_cluster_answers_survives_a_kill_and_leaves_nothing_behind() {
    let mut cluster = Cluster::start(Options { fsync: true, loopback: true, ..Options::default() }).unwrap();
    let folder = cluster.folder().to_owned();
    cluster.create_database("one").unwrap();
    cluster.sql("one", "CREATE TABLE kept AS SELECT 7 AS number").unwrap();

    cluster.kill().unwrap();
    assert!(cluster.sql("one", "SELECT 1").is_err());
    cluster.restart().unwrap();
    assert_eq!(cluster.sql("one", "SELECT number FROM kept").unwrap(), "7");

    cluster.freeze().unwrap();
    cluster.thaw().unwrap();
    assert_eq!(cluster.sql("one", "SELECT number FROM kept").unwrap(), "7");

    cluster.stop().unwrap();
    cluster.restart().unwrap();
    assert_ne!(cluster.port(), 5432);
    assert!(cluster.loopback_url("one").is_some());

    cluster.freeze().unwrap();
    drop(cluster);
    assert!(!folder.exists(), "{folder:?} is still there");
}

#[test]
fn a_standby_has_what_was_committed_and_takes_over() {
    let mut primary = Cluster::start(Options::default()).unwrap();
    primary.create_database("one").unwrap();
    let standby = primary.standby().unwrap();
    primary.sql("one", "CREATE TABLE kept AS SELECT 7 AS number").unwrap();
    primary.kill().unwrap();

    assert!(standby.sql("one", "CREATE TABLE refused ()").is_err());
    standby.promote().unwrap();

    assert_eq!(standby.sql("one", "SELECT number FROM kept").unwrap(), "7");
    standby.sql("one", "CREATE TABLE taken ()").unwrap();
}
