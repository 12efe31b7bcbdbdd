//! `backup` and `restore`.

use std::fs;

use crate::support::{Acked, Client, Home, PATIENCE, Writer, audit, under_load, until};

#[test]
fn a_backup_under_write_load_restores_to_what_was_at_one_instant() {
    let home = Home::sqlite();
    let key = home.key("admin");
    let mut served = home.serve();
    let mut writers = Writer::several(4, 1);
    let backup = home.file("backup.db");
    let known_before = under_load(&mut writers, &served.client(&key), |progress| {
        progress.await_more(200, PATIENCE);
        let known_before = progress.keys();
        home.run(&["backup", backup.to_str().unwrap()]).fine();
        progress.await_more(50, PATIENCE);
        known_before
    });
    drop(served);

    let restored = Home::empty();
    restored.run(&["restore", backup.to_str().unwrap()]).fine();

    let acked: Vec<Acked> = writers.into_iter().flat_map(|writer| writer.acked).collect();
    let mut served = restored.serve();
    let mut client = served.client(&key);
    let kept = kept_of(&mut client, &acked);
    assert!(
        known_before.iter().all(|key| kept.iter().any(|acked| acked.write.key == *key)),
        "an older write is missing"
    );
    assert!(kept.len() < acked.len());
    audit(restored.url(), &mut client, &kept);
}

/// Those writes that a database has, by its versions: whatever is there is a beginning of each company's story.
fn kept_of(client: &mut Client, acked: &[Acked]) -> Vec<Acked> {
    let mut versions = std::collections::BTreeMap::new();
    for write in acked {
        let company = &write.write.company;
        versions.entry(company.clone()).or_insert_with(|| {
            let answer = client.entitlements(company);
            if answer.status == 404 { 0 } else { answer.data()["entitlementVersion"].as_u64().unwrap() }
        });
    }
    acked.iter().filter(|acked| acked.version <= versions[&acked.write.company]).cloned().collect()
}

#[test]
fn restore_refuses_an_existing_database_without_force() {
    let home = Home::sqlite();
    let backup = home.file("backup.db");
    let backup = backup.to_str().unwrap();
    assert_eq!(home.run(&["backup", backup]).fine(), format!("backed up to {backup}\n"));
    home.key("admin");

    let line = home.run(&["restore", backup]).failed(1);

    assert!(line.ends_with("core.db` exists; restoring replaces it: repeat with --force"), "{line}");
    assert_eq!(home.run(&["keys", "list"]).fine().lines().count(), 2);
    home.run(&["restore", backup, "--force"]).fine();
    assert_eq!(home.run(&["keys", "list"]).fine().lines().count(), 1, "the key was made after the backup");
}

#[test]
fn restore_refuses_a_database_that_is_served_even_with_force() {
    let home = Home::sqlite();
    let backup = home.file("backup.db");
    home.run(&["backup", backup.to_str().unwrap()]).fine();
    let (_served, mut client) = home.served();

    let line = home.run(&["restore", backup.to_str().unwrap(), "--force"]).failed(1);

    assert!(line.contains("another process serves the database") && line.contains("stop it first"), "{line}");
    until("a key that still is known", PATIENCE, || {
        (client.get("/internal/catalog/modules").status == 200).then_some(())
    });
}

#[test]
fn a_backup_overwrites_nothing_and_is_read_by_its_owner_only() {
    let home = Home::sqlite();
    let backup = home.file("backup.db");
    home.run(&["backup", backup.to_str().unwrap()]).fine();
    let before = fs::read(&backup).unwrap();
    home.key("admin");

    let line = home.run(&["backup", backup.to_str().unwrap()]).failed(1);

    assert!(line.ends_with("backup.db` exists; name another file"), "{line}");
    assert_eq!(fs::read(&backup).unwrap(), before);
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&backup).unwrap());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_no_backup_is_refused_and_the_database_stays() {
    let home = Home::sqlite();
    let nonsense = home.file("nonsense");
    fs::write(&nonsense, "letters to my grandmother").unwrap();
    let missing = home.file("missing");

    let empty = Home::empty();
    for (home, force) in [(&home, &["--force"][..]), (&empty, &[])] {
        let line = home.run(&[&["restore", nonsense.to_str().unwrap()], force].concat()).failed(1);
        assert!(line.contains("nonsense` is no database of this program; name"), "{line}");
        assert!(!line.contains("defect"), "{line}");
    }
    let left = fs::read_dir(empty.file("any").parent().unwrap()).unwrap().count();
    assert_eq!(left, 0, "a restore that did nothing leaves nothing");
    let line = home.run(&["restore", missing.to_str().unwrap(), "--force"]).failed(1);

    assert!(line.starts_with("there is no database `") && line.ends_with("missing`"), "{line}");
    let mut served = home.serve();
    assert_eq!(served.client("").get("/ready").status, 200);
}

#[test]
fn for_postgresql_the_command_to_use_is_named_and_no_password_is_shown() {
    let home = Home::at("postgres://core:canary-password@db.example/core");

    let backup = home.run(&["backup", "core.dump"]).failed(1);
    let restore = home.run(&["restore", "core.dump"]).failed(1);

    assert!(backup.contains("pg_dump --format=custom --file=core.dump"), "{backup}");
    assert!(restore.contains("pg_restore --clean --if-exists"), "{restore}");
    assert!(!backup.contains("canary") && !restore.contains("canary"));
}
