//! `dev`: what `make run` starts.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::MetadataExt,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::support::{bound, program, signal};

/// The program as `dev`, killed when dropped, with what it has printed until it was ready.
struct Dev {
    child: Child,
    printed: String,
}

impl Dev {
    fn start(data: &std::path::Path) -> Self {
        let mut dev = program();
        dev.args(["dev", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = dev.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        // The curl is the last thing printed, with a blank line after it.
        while !(printed.contains("curl ") && printed.ends_with("\n\n")) {
            if out.read_line(&mut printed).unwrap() == 0 {
                let mut err = String::new();
                child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
                panic!("dev ended: {printed}{err}");
            }
        }
        // Nothing else is printed; the other end must stay open nevertheless.
        child.stdout = Some(out.into_inner());
        Self { child, printed }
    }

    /// The curl, as it stands there.
    fn curl(&self) -> &str {
        self.printed.lines().map(str::trim).rfind(|line| line.starts_with("curl ")).unwrap()
    }

    fn end(mut self) {
        signal("INT", &self.child);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(err, "");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pasted(line: &str) -> Value {
    let output = Command::new("bash").args(["-c", line]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {line}: {output:?}"))
}

#[test]
fn dev_ends_by_printing_a_curl_that_works_as_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"));

    let answer = pasted(dev.curl());

    assert_eq!(answer["success"], true, "{answer}");
    assert_eq!(answer["data"]["basePackage"], "basic");
    assert_eq!(answer["data"]["enabledModules"], serde_json::json!(["basic", "finance"]));
    dev.end();
}

#[test]
fn the_keys_are_shown_once_and_kept_in_a_file_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = data.join("dev-keys.env");
    let first = Dev::start(&data);
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.lines().all(|line| first.printed.contains(line)), "{}", first.printed);
    let (curl, answer) = (first.curl().to_owned(), pasted(first.curl()));
    first.end();

    let second = Dev::start(&data);

    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let roles: Vec<&str> = kept.lines().map(|line| line.split_once('=').unwrap().0).collect();
    assert_eq!(roles, ["PLATFORM_CORE_AUTH_KEY", "PLATFORM_CORE_ADMIN_KEY", "PLATFORM_CORE_JOB_KEY"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), kept, "new keys were made");
    let admin = kept.lines().find_map(|line| line.strip_prefix("PLATFORM_CORE_ADMIN_KEY=")).unwrap();
    assert!(!second.printed.contains(admin), "a key was shown again");
    // The same company, unchanged; only the port is another.
    assert_eq!(pasted(second.curl())["data"]["entitlementVersion"], answer["data"]["entitlementVersion"]);
    assert_eq!(curl.split("http").next(), second.curl().split("http").next());
    second.end();
}

#[test]
fn the_file_of_keys_can_be_sourced() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path());
    let url = dev.curl().split(' ').find(|word| word.starts_with("http")).unwrap().replace("/entitlements", "/history");
    let file = folder.path().join("dev-keys.env").display().to_string();

    let script = format!(r#"source '{file}'; curl -s -H "X-Internal-API-Key: $PLATFORM_CORE_ADMIN_KEY" {url}"#);

    let output = bound("bash").args(["-c", &script]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["data"]["history"].as_array().unwrap().len(), 2, "{answer}");
    dev.end();
}

#[test]
fn dev_starts_on_a_catalog_that_says_who_assigns_what() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let url = format!("sqlite:{}", data.join("platform-core.db").display());
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs/persona.toml");
    for args in [&["migrate", "--no-seed"][..], &["catalog", "apply", catalog]] {
        let done = program().args(args).args(["--database-url", &url]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    let dev = Dev::start(&data);

    assert_eq!(pasted(dev.curl())["data"]["basePackage"], "basic_promoter");
    dev.end();
}
