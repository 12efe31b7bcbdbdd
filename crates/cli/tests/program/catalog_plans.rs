//! Plans, and what is done by them; beside a running server too.

use crate::support::{Client, Home, Said, run_with};

const HOLDER: &str = "c0ffee00-0000-4000-8000-000000000001";
const OTHER: &str = "c0ffee00-0000-4000-8000-000000000002";

/// A change of the bootstrap catalog: Basic loses nothing and gains Finance, and something is new.
const CHANGE: &str = r#"
[features.seats]
name = "Seats"
kind = "limit"

[packages.basic]
name = "Basic"
description = "Basic subscription that enables Core App"
moduleKeys = ["basic", "finance"]
features = { seats = 5 }
"#;

/// A database with two companies, of which one has Basic, and a file with the change.
fn changed() -> (Home, String) {
    let home = Home::sqlite();
    let (served, mut client) = home.served();
    client.post(&format!("/internal/companies/{HOLDER}/basic"), r#"{"status":"active"}"#).data();
    client.post(&format!("/internal/companies/{OTHER}/addons"), r#"{"addonKey":"ai","status":"active"}"#).data();
    served.kill();
    let file = written(&home, CHANGE);
    (home, file)
}

fn written(home: &Home, text: &str) -> String {
    let file = home.file("change.toml");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// What a plan says that would change something.
fn plan_of(said: &Said) -> &str {
    assert_eq!((said.code, said.err.as_str()), (Some(2), ""), "{said:?}");
    &said.out
}

/// The hash that a plan names.
fn hash_of(plan: &str) -> String {
    plan.trim_end().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_plan_says_what_would_change_and_for_whom_and_changes_nothing() {
    let (home, file) = changed();
    let before = home.run(&["catalog", "export"]).fine();

    let planned = home.run(&["catalog", "plan", &file]);

    let plan = plan_of(&planned);
    insta::assert_snapshot!("plan", plan.replace(&hash_of(plan), "[hash]"));
    assert_eq!(home.run(&["catalog", "export"]).fine(), before);
    assert_eq!(home.run(&["catalog", "plan", &file]).out, *plan, "and the same again");
}

#[test]
fn an_apply_does_what_was_planned_once() {
    let (home, file) = changed();
    let planned = home.run(&["catalog", "plan", &file]);
    let hash = hash_of(plan_of(&planned));

    let dry = home.run(&["catalog", "apply", &file, "--hash", &hash, "--dry-run"]).fine();
    assert!(dry.ends_with("1 entries would be made and 1 changed; nothing was stored\n"), "{dry}");
    let reach = format!(
        "\nReach: 1 of 2 companies.\n    module finance: 1 gain it\n    permission finance.*: 1 gain it\n    feature seats: 1 gain it\n    companies: {HOLDER}\n"
    );
    assert!(dry.contains(&reach), "{dry}");
    let done = home.run(&["catalog", "apply", &file, "--hash", &hash, "--actor", "ada"]).fine();
    assert!(done.starts_with("+ feature seats\n~ package basic\n") && !done.contains("Reach"), "{done}");
    assert!(done.contains("1 entries were made and 1 changed; the catalog is at generation "), "{done}");

    assert_eq!(home.run(&["catalog", "plan", &file]).fine(), "nothing would change\n");
    let sheet = home.run(&["company", "show", HOLDER]).fine();
    assert!(sheet.contains("\n  enabled modules  basic, finance\n"), "{sheet}");
    assert!(sheet.contains("\n  features         seats 5\n"), "{sheet}");
    let (_served, mut client) = home.served();
    let history = client.get(&format!("/internal/companies/{HOLDER}/history")).data();
    assert_eq!(history["history"][0]["changedBy"], "ada", "{history}");
}

#[test]
fn a_plan_that_has_moved_is_not_applied() {
    let (home, file) = changed();
    let planned = home.run(&["catalog", "plan", &file]);
    let hash = hash_of(plan_of(&planned));
    let (served, mut client) = home.served();
    client.post(&format!("/internal/companies/{OTHER}/basic"), r#"{"status":"active"}"#).data();
    served.kill();

    let line = home.run(&["catalog", "apply", &file, "--hash", &hash]).failed(1);

    assert_eq!(line, "plan: what the plan was based on has moved; plan again and look again");
    let again = home.run(&["catalog", "plan", &file]);
    assert!(plan_of(&again).contains("Reach: 2 of 2 companies."), "{again:?}");
}

#[test]
fn comments_and_promises_of_a_file_stay_because_nothing_writes_it() {
    let (home, _) = changed();
    let text = format!("# Why: finance for everyone.\n{CHANGE}\n[[tests]]\nname = \"seats\"\n");
    let file = written(&home, &text);

    home.run(&["catalog", "apply", &file]).fine();

    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
}

#[test]
fn beside_a_running_server_the_catalog_is_read_and_its_server_is_asked_to_write_it() {
    let (home, file) = changed();
    let key = home.key("admin");
    let mut served = home.serve();
    let mut client: Client = served.client(&key);
    let url = format!("http://{}", served.api());
    let asked = |args: &[&str]| {
        let mut command = crate::support::program();
        run_with(command.args(args).args(["--server", &url]).env("PLATFORM_CORE_KEY", &key))
    };

    let exported = home.run(&["catalog", "export"]).fine();
    let refused = home.run(&["catalog", "apply", &file]).failed(1);
    assert!(refused.contains("another process serves the database"), "{refused}");
    assert!(refused.contains("--server") && refused.contains("PLATFORM_CORE_KEY"), "{refused}");

    assert_eq!(asked(&["catalog", "export"]).fine(), exported);
    let planned = asked(&["catalog", "plan", &file]);
    let hash = hash_of(plan_of(&planned));
    let dry = asked(&["catalog", "apply", &file, "--dry-run"]).fine();
    assert!(dry.contains("nothing was stored") && dry.contains("Reach: 1 of 2 companies.\n"), "{dry}");
    asked(&["catalog", "apply", &file, "--hash", &hash, "--actor", "ada"]).fine();
    assert_eq!(asked(&["catalog", "plan", &file]).fine(), "nothing would change\n");
    assert_eq!(asked(&["catalog", "backfill", "--dry-run"]).fine(), "nothing to fill up\n");
    let history = client.get(&format!("/internal/companies/{HOLDER}/history")).data();
    assert_eq!(history["history"][0]["changedBy"], "ada", "{history}");
    let wrong = written(&home, "[addons.x]\nname = \"X\"\nmoduleKeys = [\"light\"]\n");
    let line = asked(&["catalog", "apply", &wrong]).failed(1);
    assert!(line.contains("module `light` does not exist"), "{line}");
}

#[test]
fn a_server_that_is_not_there_or_does_not_know_the_key_is_told_in_one_line() {
    let home = Home::sqlite();
    let mut served = home.serve();
    let url = format!("http://{}", served.api());
    let export = |address: &str, key: Option<&str>| {
        let mut command = crate::support::program();
        command.args(["catalog", "export", "--server", address]);
        run_with(match key {
            Some(key) => command.env("PLATFORM_CORE_KEY", key),
            None => &mut command,
        })
    };

    let keyless = export(&url, None).failed(2);
    assert!(keyless.contains("PLATFORM_CORE_KEY"), "{keyless}");
    let stranger = export(&url, Some("canary-key")).failed(1);
    assert_eq!(stranger, "the server answers unauthorized: missing or invalid internal credentials");
    let nonsense = export("core.example", Some("canary-key")).failed(2);
    assert!(nonsense.starts_with("--server `core.example` is no URL"), "{nonsense}");
    served.terminate();
    served.ended(crate::support::PATIENCE);
    let gone = export(&url, Some("canary-key")).failed(1);
    assert!(gone.starts_with(&format!("the server {url}/ does not answer")), "{gone}");
    assert!(!gone.contains("canary"), "{gone}");
}

#[test]
fn a_plan_says_what_waits_for_an_approver() {
    let home = Home::sqlite();
    let guarded = "[packages.basic]\nname = \"Basic\"\nmoduleKeys = [\"basic\"]\ngovernance = { approvers = [\"ann\", \"bea\"] }\n";
    let file = written(&home, guarded);
    home.run(&["catalog", "apply", &file]).fine();
    let file = written(&home, &guarded.replace("[\"basic\"]", "[\"basic\", \"finance\"]"));

    let planned = home.run(&["catalog", "plan", &file]);

    let waits = "~ package basic\n    waits for an approver (ann, bea): ask for it by PATCH; apply refuses it\n";
    assert!(plan_of(&planned).starts_with(waits), "{planned:?}");
    assert_eq!(home.run(&["catalog", "apply", &file]).code, Some(1));
}
