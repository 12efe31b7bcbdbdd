//! A full disk under either store.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use throwaway::{Cluster, Options};

use crate::support::{Client, Home, NORMAL_WITHIN, Served, Writer, audit, bound, path_of_program, run_with, until};

/// A disk that is full soon.
const DISK: &str = "size=6m";

/// The same for a database of PostgreSQL, which takes half of it when it is made.
const DISK_OF_POSTGRESQL: &str = "24m";

/// The most writes until a full disk is felt.
const WRITES: usize = 5_000;

/// The program on a small disk of its own, which goes with the process: nobody else sees it.
struct OnSmallDisk {
    served: Served,
    /// The disk, seen from outside.
    disk: PathBuf,
}

impl OnSmallDisk {
    fn start(home: &Home) -> Self {
        let folder = home.file("disk");
        fs::create_dir(&folder).unwrap();
        let mount = format!("mount -t tmpfs -o {DISK} none '{}'", folder.display());
        let script = format!(
            "{mount} && \"$0\" migrate > /dev/null && \"$0\" keys create admin --role admin > '{}/key' && exec \"$0\" serve",
            folder.display()
        );
        let mut command = bound("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "unshare", "--mount", "sh", "-c", &script]).arg(path_of_program());
        command.env("PLATFORM_CORE_DATABASE_URL", format!("sqlite:{}/core.db", folder.display()));
        let mut served = Served::start(command.env("PLATFORM_CORE__SERVER__LISTEN", "127.0.0.1:0"));
        let process = served.child().id();
        let inside = folder.strip_prefix("/").unwrap();
        let disk = PathBuf::from(format!("/proc/{process}/root")).join(inside);
        served.api();
        Self { served, disk }
    }

    fn key(&self) -> String {
        fs::read_to_string(self.disk.join("key")).unwrap().trim_end().to_owned()
    }

    /// A copy outside of what the database has.
    fn copy(&mut self, home: &Home) -> Home {
        let (database, backup) = (format!("sqlite:{}", home.file("disk/core.db").display()), home.file("backup.db"));
        let mut inside = bound("nsenter");
        inside.args(["--mount", "--target", &self.served.child().id().to_string(), "--"]).arg(path_of_program());
        run_with(inside.arg("backup").arg(&backup).args(["--database-url", &database])).fine();
        let copy = Home::empty();
        copy.run(&["restore", backup.to_str().unwrap()]).fine();
        copy
    }
}

/// Whether this machine lets us mount small disks; says so where it does not.
fn can_mount(home: &Home) -> bool {
    let mount = format!("mount -t tmpfs none '{}'", home.file("").display());
    let can = Command::new("unshare").args(["--mount", "sh", "-c", &mount]).output().is_ok_and(|o| o.status.success());
    if !can {
        eprintln!("skipped: nobody may mount a small disk here (`unshare --mount` and `mount -t tmpfs` need root)");
    }
    can
}

/// Takes all the space of a disk that is left.
fn fill(disk: &Path) {
    let mut ballast = fs::File::create(disk.join("ballast")).unwrap();
    while std::io::Write::write_all(&mut ballast, &[b'x'; 4_096]).is_ok() {}
}

/// Fills a disk twice, and holds what is answered meanwhile and afterwards against what was written.
fn fill_twice(disk: &Path, client: &mut Client, writer: &mut Writer) {
    let write_some = |client: &mut Client, writer: &mut Writer| {
        for _ in 0..20 {
            writer.write(client).unwrap();
        }
        assert!(writer.pending.is_none());
    };
    write_some(client, writer);
    for _ in 0..2 {
        fill(disk);
        let mut written = 0;
        while writer.pending.is_none() {
            writer.write(client).unwrap();
            written += 1;
            assert!(written < WRITES, "the disk is full and nobody noticed");
        }
        for acked in writer.acked.iter().rev().take(50) {
            let company = &acked.write.company;
            let read = client.entitlements(company);
            assert!(read.data()["entitlementVersion"].as_u64().unwrap() >= acked.version);
            assert_eq!(client.get(&format!("/internal/companies/{company}/history")).status, 200);
        }
        assert_eq!(client.get("/health").status, 200);

        fs::remove_file(disk.join("ballast")).unwrap();

        until("a write after there is space again", NORMAL_WITHIN, || {
            writer.write(client).unwrap();
            writer.pending.is_none().then_some(())
        });
        write_some(client, writer);
    }
}

#[test]
fn on_a_full_disk_writes_are_503_reads_go_on_and_all_is_well_when_there_is_space() {
    let home = Home::empty();
    if !can_mount(&home) {
        return;
    }
    let mut small = OnSmallDisk::start(&home);
    let mut client = small.served.client(&small.key());
    let mut writers = Writer::several(1, 5);

    fill_twice(&small.disk.clone(), &mut client, &mut writers[0]);

    let audited = audit(small.copy(&home).url(), &mut client, &writers[0].acked);
    println!("{audited:?} around a full disk");
}

/// The disk of its data, that is. When that of its log is full, PostgreSQL ends, and is a database that is gone.
#[test]
fn on_a_full_disk_of_postgresql_writes_are_503_reads_go_on_and_all_is_well_when_there_is_space() {
    if !can_mount(&Home::empty()) {
        return;
    }
    let size = Some(DISK_OF_POSTGRESQL.to_owned());
    let cluster = Cluster::start(Options { small_disk: size, ..Options::default() }).unwrap();
    let (inside, disk) = cluster.small_disk();
    cluster.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", inside.display())).unwrap();
    cluster.sql("postgres", "CREATE DATABASE core TABLESPACE small").unwrap();
    let home = Home::at(&cluster.url("core"));
    home.run(&["migrate"]).fine();
    let (_served, mut client) = home.served();
    let mut writers = Writer::several(1, 5);

    fill_twice(&disk, &mut client, &mut writers[0]);

    let audited = audit(home.url(), &mut client, &writers[0].acked);
    println!("{audited:?} around a full disk of PostgreSQL");
}
