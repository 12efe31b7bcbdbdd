//! A full disk under the embedded store.

use std::{fs, path::PathBuf, process::Command};

use crate::support::{Home, NORMAL_WITHIN, Served, Writer, audit, bound, path_of_program, run_with, until};

/// A disk that is full soon.
const DISK: &str = "size=6m";

/// The most writes until a full disk is felt.
const WRITES: usize = 5_000;

/// The program on a small disk of its own, which goes with the process: nobody else sees it.
struct OnSmallDisk {
    served: Served,
    /// The disk, seen from outside.
    disk: PathBuf,
}

impl OnSmallDisk {
    /// `None` where disks may not be mounted.
    fn start(home: &Home) -> Option<Self> {
        let folder = home.file("disk");
        fs::create_dir(&folder).unwrap();
        let mount = format!("mount -t tmpfs -o {DISK} none '{}'", folder.display());
        let tried = Command::new("unshare").args(["--mount", "sh", "-c", &mount]).output();
        if !tried.is_ok_and(|tried| tried.status.success()) {
            return None;
        }
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
        Some(Self { served, disk })
    }

    fn key(&self) -> String {
        fs::read_to_string(self.disk.join("key")).unwrap().trim_end().to_owned()
    }

    /// Takes all the space that is left.
    fn fill(&self) {
        let mut ballast = fs::File::create(self.disk.join("ballast")).unwrap();
        while std::io::Write::write_all(&mut ballast, &[b'x'; 4_096]).is_ok() {}
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

    fn give_back(&self) {
        fs::remove_file(self.disk.join("ballast")).unwrap();
    }
}

#[test]
fn on_a_full_disk_writes_are_503_reads_go_on_and_all_is_well_when_there_is_space() {
    let home = Home::empty();
    let Some(mut small) = OnSmallDisk::start(&home) else {
        eprintln!(
            "skipped: this machine lets nobody mount a small disk (`unshare --mount` and `mount -t tmpfs` need root)"
        );
        return;
    };
    let mut client = small.served.client(&small.key());
    let mut writers = Writer::several(1, 5);
    let writer = &mut writers[0];
    for _ in 0..20 {
        writer.write(&mut client).unwrap();
    }
    assert!(writer.pending.is_none());

    for _ in 0..2 {
        small.fill();
        let mut written = 0;
        while writer.pending.is_none() {
            writer.write(&mut client).unwrap();
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

        small.give_back();

        until("a write after there is space again", NORMAL_WITHIN, || {
            writer.write(&mut client).unwrap();
            writer.pending.is_none().then_some(())
        });
        for _ in 0..20 {
            writer.write(&mut client).unwrap();
        }
        assert!(writer.pending.is_none());
    }

    let audited = audit(small.copy(&home).url(), &mut client, &writer.acked);
    println!("{audited:?} around a full disk");
}
